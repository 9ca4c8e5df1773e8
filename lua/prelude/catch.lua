-- Catching: what `pcall` and its kin may catch, and how it looks to those who caught it.
--
-- The engine's own `pcall` lets a yield through, which a host's cannot; so it stays, and what it
-- caught is judged afterwards. `host.caught` turns a host error into an error object or a text, and
-- raises anew what nobody may catch: a passed limit, and a panic of the host.
local _, host = ...

local native_assert = assert
local native_pcall, native_xpcall = pcall, xpcall
local resume, close = coroutine.resume, coroutine.close
local caught, check, note_memory, raised = host.caught, host.check, host.note_memory, host.raised

local function settle(ok, ...)
    if ok then
        return true, ...
    end
    return false, caught((...))
end

local library = { coroutine = {} }

-- The engine's own takes a text only; `assert(f())` shall raise the error that `f` returned.
function library.assert(value, ...)
    if not value and select("#", ...) > 0 and typeof((...)) ~= "string" then
        error((...), 0)
    end
    return native_assert(value, ...)
end

-- For the library: what a function of the engine gave to `native_pcall`, or what it raised, raised anew
-- at the place where the author called the library.
function host.passed_on(ok, ...)
    if ok then
        return ...
    end
    local problem = ...
    -- Lack of memory is known by its words.
    error(problem, if type(problem) == "string" and problem ~= "not enough memory" then 3 else 0)
end

function library.pcall(...)
    return settle(native_pcall(...))
end

-- What a handler must not see stays a host error, and is raised anew after the handler's call.
local function settle_handled(ok, ...)
    if not ok and typeof((...)) == "error" then
        return false, caught((...))
    elseif not ok then
        check()
    end
    return ok, ...
end

function library.xpcall(f, handler, ...)
    if typeof(handler) ~= "function" then
        return settle_handled(native_xpcall(f, handler, ...))
    end
    return settle_handled(native_xpcall(f, function(problem)
        local ok, result = native_pcall(caught, problem)
        if ok then
            ok, result = native_pcall(handler, result)
        end
        if ok or typeof(result) == "error" then
            return result
        end
        -- The engine words an error of the handler itself.
        error(result, 0)
    end, ...))
end

function library.coroutine.resume(...)
    return settle(resume(...))
end

function library.coroutine.close(...)
    return settle(close(...))
end

-- For the host: calls `f` and gives `true` and its results, or `false` and a `Raised`, which holds
-- the raised value itself and the stack it was raised on.
local function on_error(problem)
    if problem == "not enough memory" then
        -- The stack is still there; whether there is memory to write it down is another thing.
        native_pcall(note_memory)
        return problem
    elseif typeof(problem) == "error" then
        return problem
    end
    return raised(problem)
end

local function settle_protected(ok, ...)
    if ok or typeof((...)) == "Raised" then
        return ok, ...
    end
    return false, raised((...))
end

function host.protected(f, ...)
    return settle_protected(native_xpcall(f, on_error, ...))
end

-- What a coroutine of the host begins with: one frame less than `host.protected`. Coroutines wait by
-- the thousand, and Luau doubles a stack that is full.
host.xpcall, host.on_error = native_xpcall, on_error

return library
