-- What the steps change, and the opposite.

local step = require("step")

local function refuse(kind, message)
    error(errors.new({ kind = kind, message = message, retryable = false }))
end

local activities = {}

function activities.charge(order)
    return step.apply("shop:billing", order, function(run)
        local sql = "UPDATE account SET balance = balance - :price WHERE customer = :customer AND balance >= :price"
        if run(sql, { customer = order.customer, price = order.price }) == 0 then
            refuse("NoMoney", `{order.customer} cannot pay {order.price}`)
        end
    end)
end

function activities.refund(order)
    return step.undo("shop:billing", order, function(run)
        run("UPDATE account SET balance = balance + ? WHERE customer = ?", { order.price, order.customer })
    end)
end

function activities.take(order)
    return step.apply("shop:stock", order, function(run)
        if run("UPDATE item SET count = count - 1 WHERE sku = ? AND count > 0", { order.sku }) == 0 then
            refuse("SoldOut", `no {order.sku} is left`)
        end
    end)
end

function activities.put_back(order)
    return step.undo("shop:stock", order, function(run)
        run("UPDATE item SET count = count + 1 WHERE sku = ?", { order.sku })
    end)
end

function activities.book(order)
    return step.apply("shop:shipping", order, function(run)
        if run("UPDATE van SET free = free - 1 WHERE day = ? AND free > 0", { order.day }) == 0 then
            refuse("VanFull", `no van has room on {order.day}`)
        end
    end)
end

function activities.unbook(order)
    return step.undo("shop:shipping", order, function(run)
        run("UPDATE van SET free = free + 1 WHERE day = ?", { order.day })
    end)
end

return activities
