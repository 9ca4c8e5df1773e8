-- Scopes of cancellation: what is called inside one is cancelled with it.
local waiting, host = ...

local attend, check_can_wait, enter_scope, park, refusal, scope_now, wake =
    waiting.attend, waiting.check_can_wait, waiting.enter_scope, waiting.park, waiting.refusal, waiting.scope, waiting.wake
local protected = host.protected

-- The key of what a scope is made of; only this file has it.
local STATE = {}

local function got(value)
    return if value == nil then "nil" else `a {type(value)}`
end

local function check_function(name, argument, value, level)
    if type(value) ~= "function" then
        error(`{name}: \`{argument}\` must be a function, got {got(value)}`, level + 1)
    end
end

local function left(inner, outer, ...)
    host.close(inner)
    enter_scope(outer)
    return ...
end

-- Calls `f` in a new scope; gives `true` and its results, or `false` and what it raised.
local function inside(inner, f)
    local outer = scope_now()
    enter_scope(inner)
    return left(inner, outer, protected(f))
end

local function passed_on(ok, ...)
    if ok then
        return ...
    end
    error((...), 0)
end

local library = {}

function library.shield(f)
    check_function("workflow.shield", "fn", f, 2)
    host.check("workflow.shield")
    return passed_on(inside(host.open(true), f))
end

-- What a call with a time limit gives when its function has ended.
local function within_limit(limit, ok, first, second, ...)
    if limit.timer then
        host.stop_limit(limit.timer)
        limit.timer = nil
    end
    if not limit.passed then
        return passed_on(ok, first, second, ...)
    elseif ok then
        return nil, host.timed_out(limit.passed, if first == nil then second else nil)
    elseif host.is_canceled(first) then
        return nil, host.timed_out(limit.passed, nil)
    end
    error(first, 0)
end

function library.with_timeout(duration, f, options)
    check_function("workflow.with_timeout", "fn", f, 2)
    local summary = host.summary("workflow.with_timeout", options)
    host.check("workflow.with_timeout")
    local span, problem = host.span("workflow.with_timeout", "duration", duration)
    if not span then
        return nil, problem
    end
    local limit = {}
    local inner
    local function pass()
        limit.timer = nil
        limit.passed = span
        host.expire(inner, span)
    end
    if host.is_nothing(span) then
        inner = host.open(false)
        pass()
    else
        -- In a scope that is cancelled there is no timer, and the first wait is refused.
        limit.timer = host.start_limit(span, summary, function(_, cancelled)
            limit.timer = nil
            if not cancelled then
                pass()
            end
        end)
        inner = host.open(false)
    end
    return within_limit(limit, inside(inner, f))
end

local Scope = {}
local metatable = {
    __index = Scope,
    __metatable = "a scope",
    __tostring = function()
        return "scope"
    end,
    __newindex = function()
        error("a scope has no fields that could be set", 2)
    end,
}

local function state_of(scope, name)
    local state = type(scope) == "table" and rawget(scope, STATE)
    if not state then
        error(`{name}: call it with a colon, on what workflow.scope gave`, 3)
    end
    return state
end

local function reason_of(name, reason, level)
    if reason ~= nil and type(reason) ~= "string" then
        error(`{name}: \`reason\` must be a string, got {got(reason)}`, level + 1)
    end
    return reason or ""
end

function library.scope(f)
    check_function("workflow.scope", "fn", f, 2)
    host.check("workflow.scope")
    local state = { waiters = {} }
    state.id = host.spawn(f, function(_, ...)
        state.results = table.pack(...)
        state.reason = host.reason_of(state.id)
        if not state.reason then
            host.left_behind(state.id, state)
        end
        local taken = false
        for _, ticket in ipairs(state.waiters) do
            taken = wake(ticket) or taken
        end
        state.waiters = nil
        return taken
    end)
    return setmetatable({ [STATE] = state }, metatable)
end

function Scope.cancel(scope, reason)
    local state = state_of(scope, "scope:cancel")
    reason = reason_of("scope:cancel", reason, 2)
    host.check("scope:cancel")
    -- What its function left behind still belongs to it.
    if not state.results or host.goes_on(state.id) then
        host.cancel(state.id, reason)
    end
end

function Scope.cancelled(scope)
    local state = state_of(scope, "scope:cancelled")
    if state.results then
        return state.reason
    end
    return host.reason_of(state.id)
end

function Scope.result(scope)
    local state = state_of(scope, "scope:result")
    if not state.results then
        check_can_wait("scope:result")
        local refused = refusal()
        if refused then
            return nil, refused
        end
        local ticket = park("scope:result")
        table.insert(state.waiters, ticket)
        local answered, problem = attend()
        if not answered then
            local at = state.waiters and table.find(state.waiters, ticket)
            if at then
                table.remove(state.waiters, at)
            end
            return nil, problem
        end
    end
    host.asked(state.id)
    return table.unpack(state.results, 1, state.results.n)
end

-- For the library.
local internal = { inside = inside, passed_on = passed_on }

return library, internal
