---@meta channel
--- Channels between the coroutines of one run or call. Who waits is served first in, first out.
--- Always there; nothing has to be listed in `modules:`.

channel = {}

---@class Channel
local Channel = {}

---@class ChannelCase

---@class ChannelResult
---@field channel Channel?  whose case it was
---@field value any  what was received
---@field ok boolean  false: the channel is closed and empty
---@field default boolean?  no case was ready

---@quickref ch:send(value) -> true | Hand a value over; waits until it is taken or fits the buffer. Raises on a channel that metonic fills
---@param value any
---@return true
function Channel:send(value) end

---@quickref ch:receive() -> value, ok | Take a value; waits for one. `nil, false` when closed and empty
---@return any value
---@return boolean ok
function Channel:receive() end

---@quickref ch:close() | Say that nothing comes any more; who waits goes on
function Channel:close() end

---@quickref ch:case_send(value) -> case | A case of `channel.select` that sends
---@param value any
---@return ChannelCase
function Channel:case_send(value) end

---@quickref ch:case_receive() -> case | A case of `channel.select` that receives
---@return ChannelCase
function Channel:case_receive() end

---@quickref channel.new(capacity?) -> channel | Make a channel; without capacity a sender waits for its receiver
---@param capacity integer?
---@return Channel
function channel.new(capacity) end

---@quickref channel.select(cases) -> result | Wait for the first case that is ready, in the list's order
---@param cases table  cases or channels; `default = true` waits for nothing
---@return ChannelResult
function channel.select(cases) end

return channel
