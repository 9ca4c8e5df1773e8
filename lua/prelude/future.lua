-- A Future: the result of something that goes on by itself.
local channels, canceled, waiting = ...

local guard, seal = waiting.guard, waiting.seal

local STATE = waiting.own_key()

local Future = {}
local metatable = {
    __index = Future,
    __metatable = "a future",
    __tostring = function()
        return "future"
    end,
    __newindex = function()
        error("a future has no fields that could be set", 2)
    end,
}

local function state_of(future, name)
    local state = type(future) == "table" and rawget(future, STATE)
    if not state then
        error(`{name}: call it with a colon, on a future`, 3)
    end
    return state
end

local function tell(state)
    local watchers = state.watchers
    state.watchers = nil
    for _, watcher in ipairs(watchers or {}) do
        watcher(if state.canceled then canceled() else state.problem, state.value)
    end
end

function Future.response(future)
    return state_of(future, "future:response").channel
end

Future.channel = Future.response

function Future.is_complete(future)
    local state = state_of(future, "future:is_complete")
    return state.done or state.canceled
end

function Future.is_canceled(future)
    return state_of(future, "future:is_canceled").canceled
end

function Future.result(future)
    local state = state_of(future, "future:result")
    if state.canceled then
        return nil, canceled()
    end
    return state.value, state.problem
end

function Future.error(future)
    local state = state_of(future, "future:error")
    local problem = if state.canceled then canceled() else state.problem
    return problem, problem ~= nil
end

function Future.cancel(future)
    local state = state_of(future, "future:cancel")
    if guard.what then
        error(`future:cancel cannot be used in {guard.what}: it may read the run and cannot change it`, 2)
    end
    if not state.done and not state.canceled then
        state.canceled = true
        state.cancel()
        channels.close(state.channel)
        tell(state)
    end
    return true
end

-- For the library: what is to be called with a future's error and value when it has ended.
local internal = {}

function internal.is(value)
    return type(value) == "table" and rawget(value, STATE) ~= nil
end

function internal.watch(future, watcher)
    local state = future[STATE]
    if state.done or state.canceled then
        watcher(if state.canceled then canceled() else state.problem, state.value)
    else
        state.watchers = state.watchers or {}
        table.insert(state.watchers, watcher)
    end
end

-- A future, the function that settles it, and the one that says how it is cancelled.
function internal.new()
    local state = { channel = channels.new(), done = false, canceled = false }
    local function settle(value, problem)
        if state.done or state.canceled then
            return
        end
        state.done, state.value, state.problem = true, value, problem
        channels.push(state.channel, if problem == nil then value else problem)
        channels.close(state.channel)
        tell(state)
    end
    local function on_cancel(cancel)
        state.cancel = cancel
    end
    return seal({ [STATE] = state }, metatable), settle, on_cancel
end

return internal
