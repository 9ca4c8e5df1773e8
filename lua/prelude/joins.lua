-- Joins: several things at once, until all of them have ended, or the first one has.
--
-- Whatever the outcome, a join gives it when everything that it began has ended: clean-up that a
-- cancelled function does in a shield is never cut short.
local waiting, scopes, futures, host = ...

local attend, check_can_wait, park, refusal, wake =
    waiting.attend, waiting.check_can_wait, waiting.park, waiting.refusal, waiting.wake
local inside, passed_on, spawn = scopes.inside, scopes.passed_on, host.spawn

local function field(item, name)
    local ok, value = pcall(function()
        return item[name]
    end)
    return ok and type(value) == "function"
end

local function kind_of(item)
    if type(item) == "function" then
        return "function"
    elseif futures.is(item) then
        return "future"
    elseif (type(item) == "table" or type(item) == "userdata") and field(item, "result") and field(item, "cancel") then
        return "handle"
    end
    return nil
end

-- The items of a list, how many they are, and whether nothing is to be cancelled.
local function items_of(name, list)
    if type(list) ~= "table" then
        local given = if list == nil then "nil" else `a {type(list)}`
        error(`{name}: \`items\` must be a table, got {given}`, 3)
    end
    local count = 0
    for key, item in pairs(list) do
        if type(key) == "number" then
            count += 1
            if key ~= count then
                error(`{name}: item {count} is missing`, 3)
            elseif not kind_of(item) then
                error(`{name}: item {key} must be a function, a future or a handle with \`result\` and \`cancel\`, got a {type(item)}`, 3)
            end
        elseif key ~= "settle" then
            error(`{name}: unknown option \`{key}\`; the only one is \`settle\``, 3)
        end
    end
    local settle = rawget(list, "settle")
    if settle ~= nil and type(settle) ~= "boolean" then
        error(`{name}: \`settle\` must be a boolean, got a {type(settle)}`, 3)
    end
    return table.move(list, 1, count, 1, {}), count, settle
end

-- What a future gives is in a payload.
local function plain(value)
    return if type(value) == "userdata" and field(value, "data") then value:data() else value
end

-- Begins with one item; `ended(problem, value)` is told how it ended. Gives what cancels it.
local function begin(item, ended)
    if type(item) == "function" then
        local id = spawn(item, function(problem, value)
            ended(problem, value)
            return true
        end, true)
        return function(reason)
            host.cancel(id, reason)
        end
    elseif futures.is(item) then
        futures.watch(item, ended)
        return function()
            item:cancel()
        end
    end
    spawn(function()
        return item:result()
    end, function(problem, value)
        ended(problem, value)
        return true
    end, true)
    return function(reason)
        item:cancel(reason)
    end
end

-- Waits until `over` says so; a cancellation ends it sooner, and its error is given.
local function wait_until(name, join, over)
    while not over() do
        join.ticket = park(name)
        local answered, problem = attend()
        join.ticket = nil
        if not answered then
            return problem
        end
    end
    return nil
end

-- Runs the items; as soon as `decided` says so, those that are left are cancelled, for a reason; without
-- one they go on, and are not waited for. Gives the error if this wait was cancelled itself.
local function run(name, items, count, ended, decided, reason)
    check_can_wait(name)
    local join = { left = 0, begun = false, cancelled = false }
    local cancels = {}
    local function cancel_rest()
        if join.cancelled then
            return
        end
        join.cancelled = true
        for index = 1, count do
            if cancels[index] then
                cancels[index](reason or "")
            end
        end
    end
    local function start(index)
        join.left += 1
        local left = true
        local cancel = begin(items[index], function(problem, value)
            left = false
            cancels[index] = nil
            join.left -= 1
            ended(index, problem, plain(value))
            if reason and join.begun and decided() then
                cancel_rest()
            end
            if join.ticket then
                wake(join.ticket, true)
            end
        end)
        -- A future may have ended before.
        if left then
            cancels[index] = cancel
        end
    end
    -- What goes on already comes first: it may make functions needless.
    for index = 1, count do
        if type(items[index]) ~= "function" then
            start(index)
        end
    end
    for index = 1, count do
        if type(items[index]) == "function" and not (reason and decided()) then
            start(index)
        end
    end
    join.begun = true
    if reason and decided() then
        cancel_rest()
    end
    local function nothing_left()
        return join.left == 0
    end
    local stopped = wait_until(name, join, function()
        return nothing_left() or decided()
    end)
    if not nothing_left() and (reason or stopped) then
        cancel_rest()
        passed_on(inside(host.open(true), function()
            wait_until(name, join, nothing_left)
        end))
    end
    return stopped
end

local library = {}

function library.all(list)
    local items, count, settle = items_of("workflow.all", list)
    host.check("workflow.all")
    local refused = refusal()
    if refused then
        return nil, refused
    end
    local results, first_problem = {}, nil
    local function ended(index, problem, value)
        if settle then
            results[index] = if problem == nil then { ok = true, value = value } else { ok = false, error = problem }
        elseif problem == nil then
            results[index] = value
        elseif first_problem == nil then
            first_problem = problem
        end
    end
    local stopped = run("workflow.all", items, count, ended, function()
        return first_problem ~= nil
    end, "another one failed")
    if stopped then
        return nil, stopped
    elseif first_problem ~= nil then
        return nil, first_problem
    end
    return results
end

function library.race(list)
    local items, count, settle = items_of("workflow.race", list)
    if count == 0 then
        error("workflow.race: `items` is empty: nobody could win", 2)
    end
    host.check("workflow.race")
    local refused = refusal()
    if refused then
        return nil, refused
    end
    local winner
    local function ended(index, problem, value)
        winner = winner or { index = index, problem = problem, value = value }
    end
    local stopped = run("workflow.race", items, count, ended, function()
        return winner ~= nil
    end, if settle then nil else "another one was first")
    if stopped then
        return nil, stopped
    end
    return winner.value, winner.problem, winner.index
end

return library
