local funcs = require("funcs")
local saga = require("saga")
local time = require("time")
local uuid = require("uuid")
local workflow = require("workflow")

local trace, futures, timers, scopes, children = {}, {}, {}, {}, {}
local mutex, semaphore = workflow.mutex(), workflow.semaphore(2)
local channels = { channel.new(0), channel.new(1), channel.new(2) }
local nearby = funcs.new():with_options({ ["local"] = { local_retry_threshold = "1s" } })
local waiting = funcs.new():with_options({ wait_for_cancellation = true })

local function note(...)
    local words = {}
    for at = 1, select("#", ...) do
        words[at] = tostring((select(at, ...)))
    end
    trace[#trace + 1] = table.concat(words, " ")
end

local function last()
    return trace[#trace] or "first"
end

-- Waits for all or for the first, and cancels nothing.
local function settle(join, one, other)
    local value, problem, which = join({ one, other, settle = true })
    if type(value) == "table" then
        for _, end_of_one in ipairs(value) do
            note(end_of_one.ok, end_of_one.value, end_of_one.error)
        end
    else
        note(value, problem, which)
    end
end

local function pick(cases)
    local first = channel.select(cases)
    return first.value, first.ok, first.default
end

local function start(at, future, problem)
    futures[at] = future
    note("start", future, problem)
end

local function finish(at)
    local future = futures[at]
    if future then
        local value, ok = future:response():receive()
        note(value, ok, (future:error()))
    end
end

local function cancel(at)
    if futures[at] then
        note(futures[at]:cancel(), futures[at]:is_complete())
    end
end

local function arm(at, wait)
    timers[at] = time.timer(wait)
end

local function disarm(at)
    if timers[at] then
        note(timers[at]:stop())
    end
end

local function rearm(at, wait)
    if timers[at] then
        note(timers[at]:reset(wait))
    end
end

-- In a scope that is cancelled no timer begins.
local function after(wait)
    return time.after(wait) or channel.new()
end

local function tick(at, wait)
    local ticker = time.ticker(wait)
    if not ticker then
        return
    end
    coroutine.spawn(function()
        for turn = 1, 2 do
            note("tick", at, (ticker:response():receive()))
        end
        ticker:stop()
    end)
end

-- One event of the run: the end of a child, or that somebody asks the run to end.
local function hear(wait)
    local events = process.events()
    local first = channel.select({ events, after(wait) })
    if first.channel == events then
        local event = first.value
        local result = event.result or {}
        note(event.kind, event.from, event.reason, result.value, result.error)
    end
end

-- One message that nobody listens for; an update is answered.
local function collect(wait)
    local inbox = process.inbox()
    local first = channel.select({ inbox, after(wait) })
    if first.channel == inbox then
        local message = first.value
        note(message:topic(), message:from(), message:payload():data())
        if message:from():sub(1, 8) == "{update|" then
            note(process.send(message:from(), "ack"))
            note(time.sleep("1s"))
            note(process.send(message:from(), "ok", last()))
        end
    end
end

local function leave(at)
    if scopes[at] then
        scopes[at]:cancel("left")
    end
end

-- Handlers of a topic and of an update; each waits for something of its own.
local function serve(at)
    workflow.on_signal("topic" .. at, function(value)
        note("handled", value)
        note(funcs.call("app:work", at, last()))
    end)
    workflow.on_update("change", {
        -- A replay asks no validator, so the chance that it draws is not the run's.
        validate = function(value)
            if value == math.random(2) then
                return nil, errors.new("not today")
            end
            return true
        end,
        handler = function(value)
            note("changes", value)
            note(time.sleep(value .. "s"))
            return last()
        end,
    })
end

local function pause()
    note(pcall(function()
        return workflow.cancellation():receive()
    end))
end

-- A child; what becomes of it is known at the end of the start.
local function bear(at, how)
    local child, problem = workflow.with_options({ cancellation_type = how }):start("app:child", at, last())
    children[at] = child
    note(child and child:workflow_id(), problem)
end

local function tell(at)
    if children[at] then
        note(children[at]:signal("topic", last()))
    end
end

local function abort(at)
    if children[at] then
        note(children[at]:cancel("aborted"))
    end
end

local function reap(at)
    if children[at] then
        note(children[at]:result())
    end
end

-- Whoever has seen little yet goes on.
local function renew(at)
    if #trace > at * 4 then
        workflow.continue_as_new(at, last())
    end
end

local function give_up(at)
    if #trace > at * 4 then
        error(errors.new({ kind = "Trouble", message = last() }))
    end
end

-- Questions have chance of their own, and leave nothing behind.
workflow.on_query("look", function()
    return { last(), math.random(1000), uuid.v4(), tostring({}) }
end)
