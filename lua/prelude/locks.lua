-- Mutexes and semaphores between the coroutines of one run. Who waits is served first in, first out;
-- who is cancelled while it waits leaves the line.
local waiting, host = ...

local attend, check_can_wait, park, refusal, wake =
    waiting.attend, waiting.check_can_wait, waiting.park, waiting.refusal, waiting.wake
local guard, seal = waiting.guard, waiting.seal

-- The key of what a lock is made of; only this file has it.
local STATE = waiting.own_key()

-- How many permits are free, and who waits for one.
local function new_state(permits)
    return { free = permits, permits = permits, waiters = {} }
end

local function try(state)
    if state.free == 0 then
        return false
    end
    state.free -= 1
    return true
end

-- True, or `nil, err` if the wait is cancelled.
local function take(state, name)
    if try(state) then
        return true
    end
    check_can_wait(name)
    local refused = refusal()
    if refused then
        return nil, refused
    end
    local ticket = park(name)
    table.insert(state.waiters, ticket)
    local answered, problem = attend()
    if not answered then
        -- Who gave a permit back in the same step has taken it out of the line already.
        local at = table.find(state.waiters, ticket)
        if at then
            table.remove(state.waiters, at)
        end
        return nil, problem
    end
    -- The permit was handed over: nobody could take it in between.
    return true
end

local function give(state)
    while state.waiters[1] do
        if wake(table.remove(state.waiters, 1), true) then
            return
        end
    end
    state.free += 1
end

local function given(state, ok, ...)
    give(state)
    if ok then
        return ...
    end
    error((...), 0)
end

local function with(state, name, f)
    if type(f) ~= "function" then
        local kind = if f == nil then "nil" else `a {type(f)}`
        error(`{name}: \`fn\` must be a function, got {kind}`, 3)
    end
    local taken, problem = take(state, name)
    if not taken then
        return nil, problem
    end
    return given(state, host.protected(f))
end

local function class(name, made_by)
    local methods = {}
    local metatable = {
        __index = methods,
        __metatable = `a {name}`,
        __tostring = function()
            return name
        end,
        __newindex = function()
            error(`a {name} has no fields that could be set`, 2)
        end,
    }
    local function state_of(object, method)
        local state = type(object) == "table" and getmetatable(object) == metatable.__metatable and rawget(object, STATE)
        if not state then
            error(`{name}:{method}: call it with a colon, on what {made_by} gave`, 3)
        elseif guard.what then
            error(`{name}:{method} cannot be used in {guard.what}: it may read the run and cannot change it`, 3)
        end
        return state
    end
    return methods, metatable, state_of
end

local Mutex, mutex_metatable, mutex_of = class("mutex", "workflow.mutex")
local Semaphore, semaphore_metatable, semaphore_of = class("semaphore", "workflow.semaphore")

function Mutex.lock(mutex)
    return take(mutex_of(mutex, "lock"), "mutex:lock")
end

function Mutex.try_lock(mutex)
    return try(mutex_of(mutex, "try_lock"))
end

function Mutex.unlock(mutex)
    local state = mutex_of(mutex, "unlock")
    if state.free == 1 then
        error("mutex:unlock: the mutex is not locked", 2)
    end
    give(state)
end

function Mutex.with(mutex, f)
    return with(mutex_of(mutex, "with"), "mutex:with", f)
end

function Semaphore.acquire(semaphore)
    return take(semaphore_of(semaphore, "acquire"), "semaphore:acquire")
end

function Semaphore.try_acquire(semaphore)
    return try(semaphore_of(semaphore, "try_acquire"))
end

function Semaphore.release(semaphore)
    local state = semaphore_of(semaphore, "release")
    if state.free == state.permits then
        error("semaphore:release: no permit is held", 2)
    end
    give(state)
end

function Semaphore.with(semaphore, f)
    return with(semaphore_of(semaphore, "with"), "semaphore:with", f)
end

local library = {}

function library.mutex()
    return seal({ [STATE] = new_state(1) }, mutex_metatable)
end

function library.semaphore(permits)
    if type(permits) ~= "number" or permits < 1 or permits % 1 ~= 0 then
        local given_type = if permits == nil then "nil" elseif type(permits) == "number" then tostring(permits) else `a {type(permits)}`
        error(`workflow.semaphore: \`n\` must be a whole number from 1, got {given_type}`, 2)
    end
    return seal({ [STATE] = new_state(permits) }, semaphore_metatable)
end

return library
