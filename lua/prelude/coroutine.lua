-- Waiting: a call that waits yields `host.wait`, which no project code ever sees, to whoever runs
-- the coroutines of the realm. A coroutine that the project resumes itself hands the wait on.
local native, host = ...

local error, rawequal, typeof, unpack = native.error, native.rawequal, native.typeof, native.unpack
local pack = native.table.pack
local create, is_yieldable, native_close, native_resume, native_status, yield =
    native.coroutine.create, native.coroutine.isyieldable, native.coroutine.close, native.coroutine.resume,
    native.coroutine.status, native.coroutine.yield
local native_running = native.coroutine.running
local caught = host.caught
local wait, probe, stop, report = host.wait, host.probe, host.stop, host.report
local guard = host.guard
local enter_scope, home_scope, scope = host.enter_scope, host.home_scope, host.scope

-- The coroutines that wait inside another one: only the answer may go on with them.
local waiting = host.weak_keys()

-- A coroutine that yields inside a scope leaves it for the while.
local left_in = host.weak_keys()
local scopes_used = false

-- Who was woken only to be looked at waits on. A loop, for no call is the last of its function: however
-- often somebody looks, the coroutine holds no more for it.
local function after_probes()
    local results
    repeat
        report()
        results = pack(yield(wait))
    until not rawequal(results[1], probe)
    return unpack(results, 1, results.n)
end

local function settle(first, ...)
    if rawequal(first, probe) then
        return settle(after_probes())
    elseif rawequal(first, stop) then
        return false, (...)
    end
    return true, first, ...
end

-- Waits for the answer to the ticket that was taken before: `true` and the answer; or `false` and an
-- error, if the wait itself was ended.
local function attend()
    return settle(yield(wait))
end

-- In a metamethod nothing can wait, and wherever else the engine itself calls Lua code.
local function check_can_wait(name)
    if not is_yieldable() then
        error(`{name} cannot wait here: a metamethod or a function that the engine calls has to return at once`, 3)
    end
end

local function given(answered, ...)
    if answered then
        return ...
    end
    return nil, (...)
end

-- For the host: a function that waits, of one that takes a ticket and gives true, or `nil, err`.
local function waits(name, start)
    return function(...)
        check_can_wait(name)
        local started, problem = start(...)
        if not started then
            return nil, problem
        end
        return given(attend())
    end
end

-- Code of the library that changes a coroutine's scope says so first.
local function enter(id)
    scopes_used = true
    enter_scope(id)
end

host.waiting =
    { attend = attend, check_can_wait = check_can_wait, enter_scope = enter, scope = scope, waits = waits }

local function judged(ok, ...)
    if ok then
        return true, ...
    end
    return false, caught((...))
end

-- The coroutines that were made where nothing may be changed: only they may be changed there.
local made_aside = host.weak_keys()

local function noted(thread)
    if guard.what then
        made_aside[thread] = true
    end
    return thread
end

local function check_own(thread, name)
    if guard.what and typeof(thread) == "thread" and not made_aside[thread] then
        error(`{name} cannot be used in {guard.what} on a coroutine from outside: it may read the run and cannot change it`, 3)
    end
end

-- Coroutines that go on by themselves and that code has got hold of: it might hand them an answer that
-- nobody gave.
local by_themselves = host.by_themselves

local function is_waiting(thread)
    return typeof(thread) == "thread"
        and (waiting[thread] or (by_themselves[thread] and native_status(thread) == "suspended"))
end

local function resume(thread, ...)
    if is_waiting(thread) then
        return false, "cannot resume a coroutine that waits"
    end
    local outer = if scopes_used then scope() else nil
    if left_in[thread] then
        enter_scope(left_in[thread])
        left_in[thread] = nil
    end
    local results = pack(native_resume(thread, ...))
    while results[1] and rawequal(results[2], wait) do
        waiting[thread] = true
        local answers = pack(yield(wait))
        waiting[thread] = nil
        results = pack(native_resume(thread, unpack(answers, 1, answers.n)))
        if rawequal(answers[1], probe) then
            report()
        end
    end
    if scopes_used then
        outer = outer or home_scope()
        local inner = scope()
        if inner ~= outer then
            left_in[thread] = inner
            enter_scope(outer)
        end
    end
    return judged(unpack(results, 1, results.n))
end

local function passed_on(ok, ...)
    if ok then
        return ...
    end
    error((...), 0)
end

local library = { coroutine = {} }

function library.coroutine.create(f)
    return noted(create(f))
end

function library.coroutine.yield(...)
    if host.goes_on_by_itself((native_running())) then
        error("coroutine.yield: no code has resumed this coroutine, so nobody gets what it yields; resume it, or wait with the functions of metonic", 2)
    end
    return yield(...)
end

local function known(thread, ...)
    if host.goes_on_by_itself(thread) then
        by_themselves[thread] = true
    end
    return thread, ...
end

function library.coroutine.running()
    return known(native_running())
end

function library.coroutine.resume(thread, ...)
    check_own(thread, "coroutine.resume")
    return resume(thread, ...)
end

function library.coroutine.wrap(f)
    local thread = noted(create(f))
    return function(...)
        check_own(thread, "what coroutine.wrap gave")
        return passed_on(resume(thread, ...))
    end
end

function library.coroutine.status(thread)
    if typeof(thread) == "thread" and waiting[thread] then
        return "normal"
    end
    return native_status(thread)
end

function library.coroutine.close(thread)
    check_own(thread, "coroutine.close")
    if is_waiting(thread) then
        return false, "cannot close a coroutine that waits"
    end
    return judged(native_close(thread))
end

return library
