-- Channels between the coroutines of one run. Who waits is served first in, first out, and `select`
-- takes the first ready case of its list: nothing is left to chance.
local host = ...

local attend, check_can_wait, park, wake = host.attend, host.check_can_wait, host.park, host.wake
local guard, own_key, seal = host.guard, host.own_key, host.seal

-- The key of what a channel is made of; only this file has it.
local STATE, CASE = own_key(), own_key()

-- A queue keeps its place while it shrinks, so that taking from it costs nothing.
local function queue()
    return { first = 1, last = 0 }
end

-- What a queue is that nothing was ever put into: many channels wait in memory, and most use one of
-- their three.
local EMPTY = table.freeze(queue())

local function size(items)
    return items.last - items.first + 1
end

local function put(state, name, item)
    local items = state[name]
    if items == EMPTY then
        items = queue()
        state[name] = items
    end
    items.last += 1
    items[items.last] = item
end

local function take(items)
    local first = items.first
    if first > items.last then
        return nil
    end
    local item = items[first]
    items[first] = nil
    items.first = first + 1
    return item
end

-- Those who wait with a ticket that was used elsewhere are gone.
local function forget(waiters, ticket)
    if waiters == EMPTY then
        return
    end
    local kept = waiters.first
    for index = waiters.first, waiters.last do
        local waiter = waiters[index]
        waiters[index] = nil
        if waiter.ticket ~= ticket then
            waiters[kept] = waiter
            kept += 1
        end
    end
    waiters.last = kept - 1
end

-- Hands `value` to a receiver or puts it into the buffer; false if a sender would have to wait. The
-- second result is whether somebody received it.
local function offer(state, value, capacity)
    local receiver = take(state.receivers)
    while receiver do
        if wake(receiver.ticket, receiver.case, value, true) then
            return true, true
        end
        receiver = take(state.receivers)
    end
    if size(state.items) < capacity then
        -- In a box, since nil can be sent, too.
        put(state, "items", { value })
        return true, false
    end
    return false, false
end

-- The next sender that still waits.
local function next_sender(state)
    local sender = take(state.senders)
    while sender do
        if wake(sender.ticket, sender.case, nil, true) then
            return sender
        end
        sender = take(state.senders)
    end
    return nil
end

-- Whether there is something to receive now, and what.
local function poll(state)
    local item = take(state.items)
    if item then
        local sender = next_sender(state)
        if sender then
            put(state, "items", { sender.value })
        end
        return true, item[1], true
    end
    local sender = next_sender(state)
    if sender then
        return true, sender.value, true
    end
    if state.closed then
        return true, nil, false
    end
    return false
end

-- Code that must not change anything cannot use channels.
local function check_may_change(name)
    if guard.what then
        error(`{name} cannot be used in {guard.what}: it may read the run and cannot change it`, 4)
    end
end

local function state_of(channel, name)
    check_may_change(name)
    local state = type(channel) == "table" and rawget(channel, STATE)
    if not state then
        error(`{name}: call it with a colon, on a channel`, 3)
    end
    return state
end

-- What the library fills is the library's: it counts what lies in there. Only its own channels have
-- no limit.
local function check_may_send(state, name)
    if state.capacity == math.huge then
        error(`{name}: metonic fills this channel itself; make one of your own with channel.new`, 3)
    end
end

local Channel = {}
local metatable = {
    __index = Channel,
    __metatable = "a channel",
    __tostring = function()
        return "channel"
    end,
    __newindex = function()
        error("a channel has no fields that could be set", 2)
    end,
}
local case_metatable = { __metatable = "a case of channel.select" }

local function new(capacity)
    -- `closed` is not there before it is true: a fifth field would make room for eight.
    return seal(
        { [STATE] = { capacity = capacity, items = EMPTY, receivers = EMPTY, senders = EMPTY } },
        metatable
    )
end

function Channel.send(channel, value)
    local state = state_of(channel, "channel:send")
    check_may_send(state, "channel:send")
    if state.closed then
        error("channel:send: the channel is closed", 2)
    end
    if offer(state, value, state.capacity) then
        return true
    end
    check_can_wait("channel:send")
    local ticket = park("channel:send")
    put(state, "senders", { ticket = ticket, value = value })
    local answered, problem, _, sent = attend()
    if not answered then
        forget(state.senders, ticket)
        error(problem, 0)
    elseif not sent then
        error("channel:send: the channel was closed", 2)
    end
    return true
end

-- Whoever waits here may do so for months, beside thousands of others; so little is in scope when it
-- does. A new coroutine has 45 slots, of which a function of the engine wants 20, and Luau doubles them.
function Channel.receive(channel)
    local ticket
    do
        local state = state_of(channel, "channel:receive")
        local ready, value, ok = poll(state)
        if ready then
            return value, ok
        end
        check_can_wait("channel:receive")
        ticket = park("channel:receive")
        put(state, "receivers", { ticket = ticket })
    end
    local answered, problem, value, ok = attend()
    if not answered then
        forget(channel[STATE].receivers, ticket)
        error(problem, 0)
    end
    return value, ok
end

local function close(channel)
    local state = channel[STATE]
    if state.closed then
        return
    end
    state.closed = true
    local receiver = take(state.receivers)
    while receiver do
        wake(receiver.ticket, receiver.case, nil, false)
        receiver = take(state.receivers)
    end
    local sender = take(state.senders)
    while sender do
        wake(sender.ticket, sender.case, nil, false)
        sender = take(state.senders)
    end
end

function Channel.close(channel)
    state_of(channel, "channel:close")
    close(channel)
end

function Channel.case_send(channel, value)
    local state = state_of(channel, "channel:case_send")
    check_may_send(state, "channel:case_send")
    return seal({ [CASE] = { channel = channel, state = state, sends = true, value = value } }, case_metatable)
end

function Channel.case_receive(channel)
    local state = state_of(channel, "channel:case_receive")
    return seal({ [CASE] = { channel = channel, state = state, sends = false } }, case_metatable)
end

-- The cases of a list; a channel that stands for itself is received from.
local function cases_of(list)
    check_may_change("channel.select")
    if type(list) ~= "table" then
        error(`channel.select: \`cases\` must be a table, got {type(list)}`, 3)
    end
    local cases = {}
    for key, item in pairs(list) do
        if type(key) == "number" then
            local is_table = type(item) == "table"
            local case = is_table and rawget(item, CASE)
            local state = is_table and rawget(item, STATE)
            if state then
                case = { channel = item, state = state, sends = false }
            elseif not case then
                error(`channel.select: case {key} is neither a channel nor made by case_send or case_receive`, 3)
            end
            cases[#cases + 1] = case
        elseif key ~= "default" then
            error(`channel.select: unknown option \`{key}\`; the only one is \`default\``, 3)
        end
    end
    return cases, list.default
end

local function selected(case, value, ok)
    if case.sends then
        if not ok then
            error("channel.select: a channel that was to be sent to is closed", 3)
        end
        return { channel = case.channel, ok = true }
    end
    return { channel = case.channel, value = value, ok = ok }
end

local library = {}

function library.new(capacity)
    capacity = if capacity == nil then 0 else capacity
    if type(capacity) ~= "number" or capacity < 0 or capacity % 1 ~= 0 then
        error("channel.new: `capacity` must be a whole number from 0, got " .. tostring(capacity), 2)
    end
    return new(capacity)
end

function library.select(list)
    local cases, default = cases_of(list)
    for _, case in ipairs(cases) do
        local state = case.state
        if not case.sends then
            local ready, value, ok = poll(state)
            if ready then
                return selected(case, value, ok)
            end
        elseif state.closed then
            return selected(case, nil, false)
        elseif offer(state, case.value, state.capacity) then
            return selected(case, nil, true)
        end
    end
    if default then
        return { default = true, ok = true }
    end
    check_can_wait("channel.select")
    local ticket = park("channel.select")
    for index, case in ipairs(cases) do
        put(case.state, if case.sends then "senders" else "receivers", { ticket = ticket, case = index, value = case.value })
    end
    local answered, index, value, ok = attend()
    for _, case in ipairs(cases) do
        forget(if case.sends then case.state.senders else case.state.receivers, ticket)
    end
    if not answered then
        error(index, 0)
    end
    return selected(cases[index], value, ok)
end

-- For the library's own code: a channel without limit, and what never waits.
local internal = { close = close }

function internal.new()
    return new(math.huge)
end

-- Whether somebody received the value at once; nil if the channel is closed.
function internal.push(channel, value)
    local state = channel[STATE]
    if state.closed then
        return nil
    end
    local _, received = offer(state, value, math.huge)
    return received
end

function internal.closed(channel)
    return channel[STATE].closed == true
end

-- Only if somebody waits or nothing is there yet: as a clock's tick.
function internal.push_latest(channel, value)
    local state = channel[STATE]
    if not state.closed then
        offer(state, value, 1)
    end
end

-- How many values nobody has received yet.
function internal.count(channel)
    return size(channel[STATE].items)
end

-- The values that nobody has received yet, in their order; none of them is nil.
function internal.items(channel)
    local items, list = channel[STATE].items, {}
    for index = items.first, items.last do
        list[#list + 1] = items[index][1]
    end
    return list
end

-- Takes away all of them, or the one at a place.
function internal.remove(channel, place)
    local state = channel[STATE]
    local items = state.items
    if place == nil then
        state.items = EMPTY
        return
    end
    for index = items.first + place - 1, items.last do
        items[index] = items[index + 1]
    end
    items.last -= 1
end

return library, internal
