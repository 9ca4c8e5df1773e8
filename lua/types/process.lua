---@meta process
--- What a run is called, and the messages that come to it. Always there in workflows; nothing has
--- to be listed in `modules:`. A message goes to who waits for it with `workflow.wait_signal`, else to
--- the handler of its topic, else to its listener, else to the handler of every topic, else to the
--- inbox; else it waits until somebody asks for it.

process = {}

process.event = {
    CANCEL = "pid.cancel",
    EXIT = "pid.exit",
    LINK_DOWN = "pid.link.down",
}

---@class Message
local Message = {}

---@quickref m:topic() -> string | The name of the signal
---@return string
function Message:topic() end

---@quickref m:from() -> string | The sender's process id; "" when it gave none; `{update|…}` for an update
---@return string
function Message:from() end

---@quickref m:payload() -> payload | What was sent; a list of payloads if it was more than one
---@return Payload | Payload[] | nil
function Message:payload() end

---@class CancelEvent
---@field kind string  `process.event.CANCEL`
---@field from string
---@field at string  RFC 3339
---@field reason string

---@quickref process.id() -> string | The id of the entry
---@return string
function process.id() end

---@quickref process.pid() -> string | What the run is called among processes
---@return string
function process.pid() end

---@quickref process.send(destination, topic, …) -> true, err | Send a message: to this run, to another workflow (a signal; waits until it is delivered), or the answer to an update
---@param destination string  A process id: `{client@worker|workflow id}`, or what `m:from()` gave
---@param topic string  Must not begin with `@` or `__temporal`. For an update: `ack` or `nak`, then `ok` or `error`
---@param ... any
---@return true? done
---@return Error? err  NotFound: nobody is there. Invalid: it cannot be sent. Canceled
function process.send(destination, topic, ...) end

---@quickref process.listen(topic, options?) -> channel, err | The values of a topic's messages
---@param topic string
---@param options { message: boolean? }?  `message = true`: the messages themselves
---@return Channel? channel
---@return Error? err
function process.listen(topic, options) end

---@quickref process.unlisten(channel) | Stop listening, and close the channel
---@param channel Channel
function process.unlisten(channel) end

---@quickref process.inbox() -> channel | Messages that nobody listens for
---@return Channel
function process.inbox() end

---@quickref process.events() -> channel | Events about the run. Who asks for it decides what a request to end means
---@return Channel
function process.events() end

return process
