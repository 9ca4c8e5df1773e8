-- Timers that are not waited for: they put the time into a channel when they fire. And the sleep that
-- looks at the clock when it wakes.
local host, channels, waiting = ...

local start, cancel, now, sleep_left = host.start, host.cancel, host.now, host.sleep_left
local wakes_early = host.wakes_early
local close, closed, forget_unread = channels.close, channels.closed, channels.remove
local new_channel, push_latest = channels.new, channels.push_latest
local guard, scope_now, seal = waiting.guard, waiting.scope, waiting.seal

local STATE = waiting.own_key()

local function metatable_of(methods, name)
    return {
        __index = methods,
        __metatable = `a {name}`,
        __tostring = function()
            return name
        end,
        __newindex = function()
            error(`a {name} has no fields that could be set`, 2)
        end,
    }
end

local function state_of(object, name)
    local state = type(object) == "table" and rawget(object, STATE)
    if not state then
        error(`{name}: call it with a colon, on what time.timer or time.ticker gave`, 3)
    end
    return state
end

-- The same, for what changes it.
local function own_state_of(object, name)
    if guard.what then
        error(`{name} cannot be used in {guard.what}: it may read the run and cannot change it`, 3)
    end
    return state_of(object, name)
end

-- A tick that nobody has received yet is taken back: who stops a timer never hears of it.
local function stop(state)
    forget_unread(state.channel)
    if not state.seq then
        return false
    end
    cancel(state.seq)
    state.seq = nil
    return true
end

-- A copy: what is armed again must not meet other options than it began with.
local function kept(options)
    return if type(options) == "table" then table.clone(options) else options
end

-- A ticker stays in the scope that it was made in: no coroutine runs when it is armed again.
local arm
function arm(state, name, duration, scope)
    local seq, problem = start(name, duration, state.options, scope, function(_, cancelled)
        state.seq = nil
        if cancelled then
            state.cancelled = cancelled
            close(state.channel)
            return
        end
        push_latest(state.channel, now())
        if state.every then
            arm(state, name, state.every, state.scope)
        end
    end)
    if not seq then
        return false, problem
    end
    state.seq = seq
    return true
end

local Timer, Ticker = {}, {}
local timer_metatable, ticker_metatable = metatable_of(Timer, "timer"), metatable_of(Ticker, "ticker")

function Timer.response(timer)
    return state_of(timer, "timer:response").channel
end

Timer.channel = Timer.response

function Timer.stop(timer)
    return stop(own_state_of(timer, "timer:stop"))
end

function Timer.reset(timer, duration)
    local state = own_state_of(timer, "timer:reset")
    if state.cancelled then
        return nil, state.cancelled
    elseif closed(state.channel) then
        error("timer:reset: the channel of the timer is closed", 2)
    end
    local before = state.seq
    local armed, problem = arm(state, "timer:reset", duration, scope_now())
    if not armed then
        return nil, problem
    end
    if before then
        cancel(before)
    end
    forget_unread(state.channel)
    return before ~= nil
end

function Ticker.response(ticker)
    return state_of(ticker, "ticker:response").channel
end

Ticker.channel = Ticker.response

function Ticker.stop(ticker)
    local state = own_state_of(ticker, "ticker:stop")
    state.every = nil
    stop(state)
    close(state.channel)
end

local library = {}

-- The clock that a timer is measured by need not be the one that the next task is dated by: who is woken
-- early waits for the rest.
function library.sleep_until(time, options)
    repeat
        local done, problem = sleep_left(time, options)
        if not done then
            return nil, problem
        end
    until not (wakes_early and now():before(time))
    return true
end

function library.timer(duration, options)
    local state = { channel = new_channel(), options = kept(options) }
    local armed, problem = arm(state, "time.timer", duration, scope_now())
    if not armed then
        return nil, problem
    end
    return seal({ [STATE] = state }, timer_metatable)
end

function library.after(duration, options)
    local state = { channel = new_channel(), options = kept(options) }
    local armed, problem = arm(state, "time.after", duration, scope_now())
    if not armed then
        return nil, problem
    end
    return state.channel
end

function library.ticker(duration, options)
    local state = { channel = new_channel(), every = duration, options = kept(options), scope = scope_now() }
    local armed, problem = arm(state, "time.ticker", duration, state.scope)
    if not armed then
        return nil, problem
    end
    return seal({ [STATE] = state }, ticker_metatable)
end

return library
