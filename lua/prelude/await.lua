-- Waits for a condition: it is looked at whenever all coroutines of the run have come to a wait.
--
-- A look must leave no trace (`host.look` sees to that). All conditions of a run are looked at in one
-- go, in the order in which they were asked for; only the coroutine of one that is true is resumed,
-- and it looks again, since another one may have changed things before its turn.
local waiting, host = ...

local attend, check_can_wait, park, refusal, wake =
    waiting.attend, waiting.check_can_wait, waiting.park, waiting.refusal, waiting.wake

local TRUE, LATE = {}, {}

local function is_true(condition)
    local ok, value = host.look(condition)
    if not ok then
        error(value, 0)
    end
    return value and true or false
end

-- For the host: wakes the coroutines whose conditions are true now, and those that cannot be looked
-- at: they raise the error themselves. `one_by_one`: one of them changed something, nobody knows which.
local function recheck(conditions, one_by_one)
    local look = if one_by_one then host.look else pcall
    local woken, kept = false, 0
    for index, entry in ipairs(conditions) do
        conditions[index] = nil
        if not entry.over then
            kept += 1
            conditions[kept] = entry
            if entry.ticket then
                local ok, value = look(entry.condition)
                if not ok or value then
                    woken = wake(entry.ticket, TRUE) or woken
                end
            end
        end
    end
    return woken
end

local function over(entry, ok, ...)
    entry.over = true
    entry.condition = nil
    if entry.timer then
        host.stop_limit(entry.timer)
    end
    if ok then
        return ...
    end
    error((...), 0)
end

local function wait(entry)
    while true do
        entry.ticket = park("workflow.await")
        local answered, what, problem = attend()
        entry.ticket = nil
        if not answered then
            return nil, what
        elseif what == LATE then
            if problem then
                return nil, problem
            end
            return false
        elseif is_true(entry.condition) then
            return true
        end
    end
end

return function(condition, timeout, options)
    if type(condition) ~= "function" then
        local given = if condition == nil then "nil" else `a {type(condition)}`
        error(`workflow.await: \`condition\` must be a function, got {given}`, 2)
    end
    local summary = host.summary("workflow.await", options)
    local span, problem
    if timeout ~= nil then
        span, problem = host.span("workflow.await", "timeout", timeout)
        if not span then
            return nil, problem
        end
    end
    if is_true(condition) then
        return true
    end
    check_can_wait("workflow.await")
    local refused = refusal()
    if refused then
        return nil, refused
    elseif span and host.is_nothing(span) then
        return false
    end
    local entry = { condition = condition }
    if span then
        entry.timer = host.start_limit(span, summary, function(_, cancelled)
            entry.timer = nil
            if entry.ticket then
                wake(entry.ticket, LATE, cancelled)
            end
        end)
    end
    table.insert(host.conditions(), entry)
    return over(entry, host.protected(wait, entry))
end, recheck
