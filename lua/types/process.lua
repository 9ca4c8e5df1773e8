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

---@quickref process.pid() -> string | What the run is called among processes: its workflow id, which the run that continues it has, too
---@return string
function process.pid() end

---@quickref process.send(destination, topic, …) -> true, err | Send a message: to this run, to another workflow (a signal; waits until it is delivered), or the answer to an update
---@param destination string  A process id: `{client@worker|workflow id}`, or what `m:from()` gave
---@param topic string  Must not begin with `@` or `__temporal`. For an update: `nak`, which makes it fail, or `ack`, and then `ok` or `error`
---@param ... any
---@return true? done
---@return Error? err  NotFound: nobody is there. Invalid: it cannot be sent. Canceled
function process.send(destination, topic, ...) end

---@quickref process.post(destination, topic, …) -> true, err | The same as `process.send`, but go on at once: nobody is told whether another workflow got it. What goes to one workflow arrives in its order
---@param destination string
---@param topic string
---@param ... any
---@return true? done
---@return Error? err  NotFound: it is no process. Invalid: it cannot be sent. Canceled
function process.post(destination, topic, ...) end

---@quickref process.listen(topic, options?) -> channel, err | The values of a topic's messages
---@param topic string
---@param options { message: boolean? }?  `message = true`: the messages themselves
---@return Channel? channel
---@return Error? err
function process.listen(topic, options) end

---@quickref process.unlisten(channel) | Stop listening, and close the channel; what lies in it goes to who comes next
---@param channel Channel
function process.unlisten(channel) end

---@quickref process.inbox() -> channel | Messages that nobody listens for
---@return Channel
function process.inbox() end

---@quickref process.events() -> channel | Events about the run. Who asks for it decides what a request to end means
---@return Channel
function process.events() end

-- Other runs as processes ---------------------------------------------------------------------

---@class ExitEvent
---@field kind string  `process.event.EXIT`, or `process.event.LINK_DOWN` before it
---@field from string  the child's process id
---@field at string  RFC 3339
---@field result { value: any, error: Error? }

---@class Spawner
local Spawner = {}

---@quickref process.exec(id, host, …) -> result, err | Run a child and wait for its result
---@param id string  the id of an entry
---@param host string  a worker's id, or a task queue
---@param ... any
---@return any result
---@return Error? err
function process.exec(id, host, ...) end

---@quickref process.spawn(id, host, …) -> pid, err | Start a child; its end is an event of kind `process.event.EXIT`
---@param id string  the id of an entry
---@param host string  a worker's id, or a task queue
---@param ... any
---@return string? pid
---@return Error? err
function process.spawn(id, host, ...) end

---@quickref process.spawn_monitored(id, host, …) -> pid, err | The same as `spawn`: a child always reports its end
---@param id string  the id of an entry
---@param host string  a worker's id, or a task queue
---@param ... any
---@return string? pid
---@return Error? err
function process.spawn_monitored(id, host, ...) end

---@quickref process.spawn_linked(id, host, …) -> pid, err | Start a child whose failure is a broken link, too, if the run traps links
---@param id string  the id of an entry
---@param host string  a worker's id, or a task queue
---@param ... any
---@return string? pid
---@return Error? err
function process.spawn_linked(id, host, ...) end

---@quickref process.spawn_linked_monitored(id, host, …) -> pid, err | The same as `spawn_linked`
---@param id string  the id of an entry
---@param host string  a worker's id, or a task queue
---@param ... any
---@return string? pid
---@return Error? err
function process.spawn_linked_monitored(id, host, ...) end

---@quickref process.cancel(pid, reason?, options?) -> true, err | Ask a workflow to end
---@param pid string
---@param reason string?
---@param options { wait: boolean? }?  `wait = false`: go on at once; nobody is told whether it was asked
---@return true? done
---@return Error? err  NotFound, also of a child of this run that has ended. Invalid: the server takes no such request, as of a child that is being started
function process.cancel(pid, reason, options) end

---@quickref process.terminate(pid, options?) -> true, err | Ask a workflow to end: a workflow can do no more than ask
---@param pid string
---@param options { wait: boolean? }?  `wait = false`: go on at once; nobody is told whether it was asked
---@return true? done
---@return Error? err  NotFound, also of a child of this run that has ended. Invalid: the server takes no such request, as of a child that is being started
function process.terminate(pid, options) end

---@quickref process.upgrade(id, …) | End the run; a new one of `id`, or of this workflow if that is nil, takes its place. Never returns
---@param id string?
---@param ... any
function process.upgrade(id, ...) end

---@quickref process.get_options() -> table | What `process.set_options` set
---@return { trap_links: boolean }
function process.get_options() end

---@quickref process.set_options(options) -> true, err | Whether a broken link is an event of its own
---@param options { trap_links: boolean? }
---@return true? done
---@return Error? err  Invalid for any other option
function process.set_options(options) end

---@quickref process.with_options(options) -> spawner | Say how a child is started
---@param options RunOptions
---@return Spawner
function process.with_options(options) end

---@quickref process.with_context(values) -> spawner | Values on top of the run's context, for the child
---@param values table<string, any>
---@return Spawner
function process.with_context(values) end

---@quickref s:with_options(options) -> spawner | More options, on top of those before
---@param options RunOptions
---@return Spawner
function Spawner:with_options(options) end

---@quickref s:with_context(values) -> spawner | More values for the child's context
---@param values table<string, any>
---@return Spawner
function Spawner:with_context(values) end

---@quickref s:with_name(name) -> spawner | The child's workflow id
---@param name string
---@return Spawner
function Spawner:with_name(name) end

---@quickref s:with_message(topic, …) -> spawner | A signal that follows the start; as many as you like
---@param topic string
---@param ... any
---@return Spawner
function Spawner:with_message(topic, ...) end

---@quickref s:exec(id, host, …) -> result, err | Run a child and wait for its result
---@param id string
---@param host string
---@param ... any
---@return any result
---@return Error? err
function Spawner:exec(id, host, ...) end

---@quickref s:spawn(id, host, …) -> pid, err | Start a child as it was said
---@param id string
---@param host string
---@param ... any
---@return string? pid
---@return Error? err
function Spawner:spawn(id, host, ...) end

---@quickref s:spawn_monitored(id, host, …) -> pid, err | The same as `spawn`
---@param id string
---@param host string
---@param ... any
---@return string? pid
---@return Error? err
function Spawner:spawn_monitored(id, host, ...) end

---@quickref s:spawn_linked(id, host, …) -> pid, err | Start a linked child as it was said
---@param id string
---@param host string
---@param ... any
---@return string? pid
---@return Error? err
function Spawner:spawn_linked(id, host, ...) end

---@quickref s:spawn_linked_monitored(id, host, …) -> pid, err | The same as `spawn_linked`
---@param id string
---@param host string
---@param ... any
---@return string? pid
---@return Error? err
function Spawner:spawn_linked_monitored(id, host, ...) end

---@quickref process.monitor(pid) -> nil, err | Not possible in a workflow: a child always reports its end
---@param pid string
---@return nil
---@return Error err  Invalid
function process.monitor(pid) end

---@quickref process.unmonitor(pid) -> nil, err | Not possible in a workflow: a child always reports its end
---@param pid string
---@return nil
---@return Error err  Invalid
function process.unmonitor(pid) end

---@quickref process.link(pid) -> nil, err | Not possible in a workflow: a child always reports its end
---@param pid string
---@return nil
---@return Error err  Invalid
function process.link(pid) end

---@quickref process.unlink(pid) -> nil, err | Not possible in a workflow: a child always reports its end
---@param pid string
---@return nil
---@return Error err  Invalid
function process.unlink(pid) end

process.registry = {}

---@quickref process.registry.register(name) -> nil, err | Not possible in a workflow: names can change before a replay
---@param name string
---@return nil
---@return Error err  Invalid
function process.registry.register(name) end

---@quickref process.registry.lookup(name) -> nil, err | Not possible in a workflow: names can change before a replay
---@param name string
---@return nil
---@return Error err  Invalid
function process.registry.lookup(name) end

---@quickref process.registry.unregister(name) -> nil, err | Not possible in a workflow: names can change before a replay
---@param name string
---@return nil
---@return Error err  Invalid
function process.registry.unregister(name) end

return process
