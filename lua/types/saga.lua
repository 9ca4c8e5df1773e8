---@meta saga
--- Steps that are taken back when a later one fails. `require("saga")`, in workflows.

local saga = {}

---@class SagaOptions
---@field parallel boolean?  Undo all steps at once, in place of newest first; default false
---@field continue_on_error boolean?  Go on with older steps when one cannot be undone; default false

---@class Saga
local Saga = {}

---@quickref s:add(undo, …) | Note how a step is taken back: a function, or the id of one that is called as an activity. Add it before the step: a step that timed out may have happened
---@param undo string | fun(...: any)
---@param ... any  What it is called with
function Saga:add(undo, ...) end

---@quickref s:compensate() -> true, err | Undo what was added, newest first, whatever happens to the run meanwhile
---@return true? done
---@return Error? err  What could not be undone: its details are the messages
function Saga:compensate() end

---@quickref saga.new(options?) -> saga | A list of steps to undo, of which the author decides when
---@param options SagaOptions?
---@return Saga
function saga.new(options) end

---@quickref saga.run(fn, options?) -> … | Call a function with a saga; if it gives `nil, err` or raises an error object, undo what it added and give `nil, err`
---@param fn fun(saga: Saga): ...any
---@param options SagaOptions?
---@return any ...
function saga.run(fn, options) end

return saga
