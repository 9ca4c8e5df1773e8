local workflow = require("workflow")

-- An order that is worked on from outside: items are added, the state is asked for, it is approved.
local function order(customer)
    local state = { customer = customer, items = {}, approved_by = nil }
    workflow.on_signal("approve", function(who, note)
        state.approved_by = who
        state.note = note
    end)
    workflow.on_query("item_count", function(at_least)
        local count = 0
        for _, item in ipairs(state.items) do
            count += if item.price >= (at_least or 0) then 1 else 0
        end
        return count
    end)
    workflow.on_update("add_item", {
        validate = function(item)
            if item.price < 0 then
                error(errors.new({ kind = "NegativePrice", message = "a price cannot be negative", details = item }))
            end
        end,
        handler = function(item)
            table.insert(state.items, item)
            return { count = #state.items }
        end,
    })
    local _, cancelled = workflow.await(function()
        return state.approved_by ~= nil
    end)
    if cancelled then
        return nil, cancelled
    end
    return state
end

local function failing(kind)
    return nil, errors.new({ kind = kind, message = "as it was asked to", retryable = false, details = { code = 7 } })
end

local function echo(...)
    return { ... }
end

-- One value, as it came.
local function same(value)
    return value
end

return { order = order, failing = failing, echo = echo, same = same }
