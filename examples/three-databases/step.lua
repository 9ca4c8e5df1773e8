-- A step changes one database at most once, however often it is tried, and its undo takes back only
-- what was changed. The note about that stands in the same database and is written in the same
-- transaction: a process that is killed leaves both or neither.

local sql = require("sql")

local step = {}

-- The value, or the error raised. A transaction that is not committed is taken back when the function
-- ends.
local function must(value, problem)
    if problem then
        error(problem, 0)
    end
    return value
end

local function begin(database, order)
    local tx = must(must(sql.get(database)):begin())
    local note = must(tx:query("SELECT state FROM step WHERE order_id = ?", { order.id }))[1]
    return tx, note and note.state
end

-- `change(run)` makes the change with `run(statement, parameters)`, which gives how many rows it changed.
local function runner(tx)
    return function(statement, parameters)
        return must(tx:execute(statement, parameters)).rows_affected
    end
end

function step.apply(database, order, change)
    local tx, state = begin(database, order)
    if state == "done" then
        -- An earlier attempt did it, and nobody heard.
        return true
    elseif state == "undone" then
        error(errors.new({ kind = "Undone", message = `order {order.id} was taken back`, retryable = false }))
    end
    local run = runner(tx)
    change(run)
    run("INSERT INTO step (order_id, state) VALUES (?, 'done')", { order.id })
    return must(tx:commit())
end

function step.undo(database, order, change)
    local tx, state = begin(database, order)
    local run = runner(tx)
    if state == "undone" then
        return true
    elseif state == "done" then
        change(run)
        run("UPDATE step SET state = 'undone' WHERE order_id = ?", { order.id })
    else
        -- The step has not happened, and now it never will: an attempt may still be on its way.
        run("INSERT INTO step (order_id, state) VALUES (?, 'undone')", { order.id })
    end
    return must(tx:commit())
end

return step
