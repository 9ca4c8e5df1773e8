-- From a program's text to the call of its function.
local missing = ...

return function(chunk, method, ...)
    local exported = chunk()
    local kind = type(exported)
    if kind == "function" then
        return exported(...)
    elseif kind == "table" and type(exported[method]) == "function" then
        return exported[method](...)
    end
    return missing(exported, method)
end
