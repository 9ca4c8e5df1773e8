---@meta coroutine
--- What metonic adds to Lua's coroutines. A call that waits may stand in any coroutine, also in one
--- that the code resumes itself. A coroutine that waits can be neither resumed nor closed: only the answer
--- goes on with it.

---@quickref coroutine.spawn(fn, …) -> thread | Run a function beside the others; an error in it ends the run
---@param fn function
---@param ... any
---@return thread
function coroutine.spawn(fn, ...) end
