-- Waiting for the host inside the author's own coroutines: a coroutine that waits makes the one
-- that resumed it wait too, up to the host, and the answer goes the same way back.
local native, host = ...

local error, type = native.error, native.type
local create, resume, yield = native.coroutine.create, native.coroutine.resume, native.coroutine.yield
local pack, unpack = native.table.pack, native.table.unpack
local caught, is_pending = host.caught, host.is_pending

local function waits(ok, ...)
    if ok then
        local first = ...
        return type(first) == "userdata" and is_pending(first)
    end
    return false
end

-- Resumes until the coroutine gives something to its author's code.
local function follow(thread, ...)
    if not waits(...) then
        return ...
    end
    local results = pack(...)
    repeat
        results = pack(resume(thread, yield(results[2])))
    until not waits(unpack(results, 1, results.n))
    return unpack(results, 1, results.n)
end

local library = { coroutine = {} }

local function settle(ok, ...)
    if ok then
        return true, ...
    end
    return false, caught((...))
end

function library.coroutine.resume(thread, ...)
    return settle(follow(thread, resume(thread, ...)))
end

local function unwrap(ok, ...)
    if ok then
        return ...
    end
    error((...), 0)
end

function library.coroutine.wrap(f)
    local thread = create(f)
    return function(...)
        return unwrap(follow(thread, resume(thread, ...)))
    end
end

return library
