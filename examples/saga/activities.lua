-- Each booking and its opposite. Undoing what never was is fine: an undo may come after a step of
-- which nobody knows whether it happened.

local activities = {}

local function book(what)
    return function(trip)
        if trip.fails_at == what then
            return nil, errors.new({ kind = "SoldOut", message = `no {what} is left`, retryable = false })
        end
        return `{what}-{trip.id}`
    end
end

local function cancel(what)
    return function(id)
        print(`{what}-{id} is cancelled`)
        return `{what}-{id}`
    end
end

for _, what in ipairs({ "hotel", "car", "flight" }) do
    activities[`book_{what}`] = book(what)
    activities[`cancel_{what}`] = cancel(what)
end

return activities
