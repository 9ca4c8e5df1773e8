-- From a program's text to the call of its function. Its slots lie below whatever the function waits
-- for, so it has no more than it needs.
local missing = ...

return function(chunk, method, ...)
    chunk = chunk()
    if type(chunk) == "function" then
        return chunk(...)
    elseif type(chunk) == "table" and type(chunk[method]) == "function" then
        return chunk[method](...)
    end
    return missing(chunk, method)
end
