local prices = { lamp = 1900, bulb = 400 }

local activities = {}

function activities.price_of(sku)
    local price = prices[sku]
    if not price then
        return nil, errors.new({ kind = errors.NOT_FOUND, message = `there is no {sku}`, retryable = false })
    end
    return price
end

function activities.charge(card, amount)
    return `{card} paid {amount}`
end

return activities
