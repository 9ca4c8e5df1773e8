---@meta funcs
--- Calls functions by their entries' ids. A workflow's call is an activity, recorded by the server; a
--- function's call runs in the same process and is part of its attempt.

local funcs = {}

---@class Future
local Future = {}

---@quickref f:response() -> channel | Gives the result (call `:data()` on it) or the error, then closes
---@return Channel
function Future:response() end

---@quickref f:channel() -> channel | The same as `f:response()`
---@return Channel
function Future:channel() end

---@quickref f:is_complete() -> boolean | Whether it has ended
---@return boolean
function Future:is_complete() end

---@quickref f:is_canceled() -> boolean | Whether it was cancelled by `f:cancel()`
---@return boolean
function Future:is_canceled() end

---@quickref f:result() -> payload, err | What it has led to so far; waits for nothing
---@return Payload? payload
---@return Error? err
function Future:result() end

---@quickref f:error() -> err, boolean | The error, and whether there is one
---@return Error? err
---@return boolean
function Future:error() end

---@quickref f:cancel() -> true, err | Ask it to end, and forget its result
---@return boolean? done
---@return Error? err
function Future:cancel() end

---@class Executor
local Executor = {}

---@quickref e:with_options(options) -> executor | How calls are made: timeouts, retries; only in workflows. In the place of all options that were given before. What cannot be kept raises; what is no option, the call says
---@param options table  durations are texts like "30s", milliseconds, or Durations of `time`
---@return Executor executor
function Executor:with_options(options) end

---@quickref e:with_context(values) -> executor | What `ctx` of the called function gives, too. What cannot be kept raises
---@param values table<string, any>
---@return Executor executor
function Executor:with_context(values) end

---@quickref e:call(id, …) -> result, err | Call a function and wait
---@param id string
---@param ... any
---@return any? result
---@return Error? err
function Executor:call(id, ...) end

---@quickref e:async(id, …) -> future, err | Call a function and go on
---@param id string
---@param ... any
---@return Future? future
---@return Error? err
function Executor:async(id, ...) end

---@quickref funcs.call(id, …) -> result, err | Call a function and wait
---@param id string  `namespace:name`, or the name of an entry in the caller's namespace
---@param ... any
---@return any? result
---@return Error? err
function funcs.call(id, ...) end

---@quickref funcs.async(id, …) -> future, err | Call a function and go on
---@param id string
---@param ... any
---@return Future? future
---@return Error? err
function funcs.async(id, ...) end

---@quickref funcs.new() -> executor | For calls with options or context of their own
---@return Executor
function funcs.new() end

return funcs
