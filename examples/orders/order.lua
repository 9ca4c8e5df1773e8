-- The workflow: what happens to an order, step by step. It may wait for days, and the process may
-- die at any line: Temporal keeps what is done, and metonic goes on from there.

local funcs = require("funcs")
local time = require("time")
local logger = require("logger")
local pricing = require("pricing")

local function main(order)
    if type(order) ~= "table" or type(order.items) ~= "table" or #order.items == 0 then
        return nil, errors.new({
            kind = errors.INVALID,
            message = "an order needs at least one item",
            retryable = false,
        })
    end

    local reservation, err = funcs.call("orders:reserve_stock", order.items)
    if err then
        return nil, err
    end

    local total = pricing.total(order.items)
    logger:info("stock reserved", { reservation = reservation.id, total = total })

    local payment, charge_err = funcs.call("orders:charge_payment", { customer = order.customer, amount = total })
    if charge_err then
        return nil, charge_err
    end

    -- Packing takes a while. Kill the process here and start it again: the order is not lost.
    time.sleep("5s")

    -- Two things at once, both waited for.
    local parcel = funcs.async("orders:ship_parcel", reservation.id)
    local receipt = funcs.async("orders:send_receipt", { customer = order.customer, payment = payment.id })
    local shipped = parcel:response():receive()
    local sent = receipt:response():receive()
    if parcel:error() then
        return nil, (parcel:error())
    end
    if receipt:error() then
        return nil, (receipt:error())
    end

    return {
        status = "shipped",
        total = total,
        payment = payment.id,
        tracking = shipped:data().tracking,
        receipt = sent:data().receipt,
    }
end

return { main = main }
