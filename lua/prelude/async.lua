-- `funcs.async`: a call that is not waited for.
local new_future, start, cancel = ...

return function(...)
    local future, settle, on_cancel = new_future()
    local seq, problem = start(settle, ...)
    if not seq then
        return nil, problem
    end
    on_cancel(function()
        cancel(seq)
    end)
    return future
end
