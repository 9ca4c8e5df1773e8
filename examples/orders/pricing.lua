-- What an order costs. Amounts are cents, so that sums are exact.

local pricing = {}

function pricing.total(items)
    local total = 0
    for _, item in ipairs(items) do
        total = total + item.price * (item.quantity or 1)
    end
    return total
end

return pricing
