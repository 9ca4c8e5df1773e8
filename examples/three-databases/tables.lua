-- What is in the three databases at the beginning, and now.

local sql = require("sql")

local STEP = "CREATE TABLE IF NOT EXISTS step (order_id TEXT PRIMARY KEY, state TEXT NOT NULL)"

local TABLES = {
    ["shop:billing"] = {
        STEP,
        "CREATE TABLE IF NOT EXISTS account (customer TEXT PRIMARY KEY, balance INTEGER NOT NULL)",
        "INSERT OR REPLACE INTO account VALUES ('ada', 100)",
    },
    ["shop:stock"] = {
        STEP,
        "CREATE TABLE IF NOT EXISTS item (sku TEXT PRIMARY KEY, count INTEGER NOT NULL)",
        "INSERT OR REPLACE INTO item VALUES ('lamp', 3)",
    },
    ["shop:shipping"] = {
        STEP,
        "CREATE TABLE IF NOT EXISTS van (day TEXT PRIMARY KEY, free INTEGER NOT NULL)",
        "INSERT OR REPLACE INTO van VALUES ('monday', 2)",
    },
}

local tables = {}

function tables.fill()
    for id, statements in TABLES do
        local db, problem = sql.get(id)
        if problem then
            return nil, problem
        end
        for _, statement in ipairs(statements) do
            local _, failed = db:execute(statement)
            if failed then
                return nil, failed
            end
        end
    end
    return "filled"
end

local function first(id, statement)
    local db, problem = sql.get(id)
    if problem then
        return nil, problem
    end
    local rows, failed = db:query(statement)
    return rows and rows[1].value, failed
end

function tables.show()
    return {
        balance = first("shop:billing", "SELECT balance AS value FROM account WHERE customer = 'ada'"),
        lamps = first("shop:stock", "SELECT count AS value FROM item WHERE sku = 'lamp'"),
        places = first("shop:shipping", "SELECT free AS value FROM van WHERE day = 'monday'"),
    }
end

return tables
