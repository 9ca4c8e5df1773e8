-- The activities: the steps that touch the world. Here they only pretend to; a real one would use
-- `http_client`. Each may run more than once, so each derives its ids from its input.

local time = require("time")

local activities = {}

function activities.reserve_stock(items)
    time.sleep("300ms")
    for _, item in ipairs(items) do
        if item.sku == "unicorn" then
            return nil, errors.new({
                kind = "OutOfStock",
                message = "there are no unicorns left",
                retryable = false,
                details = { sku = item.sku },
            })
        end
    end
    return { id = "res-" .. #items }
end

function activities.charge_payment(charge)
    time.sleep("300ms")
    return { id = "pay-" .. charge.amount, amount = charge.amount }
end

function activities.ship_parcel(reservation)
    time.sleep("200ms")
    return { tracking = "parcel-" .. reservation }
end

function activities.send_receipt(receipt)
    time.sleep("100ms")
    return { receipt = "receipt for " .. receipt.payment }
end

return activities
