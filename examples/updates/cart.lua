-- A cart lives until it is paid. What changes it is an update: the caller waits for the answer, and
-- what the validator refuses leaves no trace in the history.

local workflow = require("workflow")
local funcs = require("funcs")

local function refuse(kind, message)
    error(errors.new({ kind = kind, message = message, retryable = false }))
end

local function main(customer)
    local cart = { customer = customer, items = {}, total = 0 }
    local adding = 0
    local paying = false
    local receipt

    local function refuse_if_closed()
        if receipt then
            refuse("Closed", "the cart is paid")
        end
        if paying then
            refuse("Closed", "the cart is being paid")
        end
    end

    workflow.on_update("add", {
        description = "Puts an item into the cart",
        validate = function(sku, quantity)
            refuse_if_closed()
            if type(sku) ~= "string" or sku == "" then
                refuse(errors.INVALID, "an item needs a sku")
            end
            if type(quantity) ~= "number" or quantity < 1 or quantity > 10 then
                refuse(errors.INVALID, "one to ten of an item can be ordered")
            end
        end,
        handler = function(sku, quantity)
            adding += 1
            local price, problem = funcs.call("cart:price_of", sku)
            adding -= 1
            if problem then
                error(problem)
            end
            table.insert(cart.items, { sku = sku, quantity = quantity })
            cart.total += price * quantity
            return { total = cart.total }
        end,
    })

    workflow.on_update("pay", {
        description = "Charges the card and closes the cart",
        validate = function()
            refuse_if_closed()
            if #cart.items == 0 then
                refuse("Empty", "there is nothing to pay")
            end
        end,
        handler = function(card)
            -- Before anything waits: what comes meanwhile is refused. What came before is still added.
            paying = true
            local payment
            local _, problem = workflow.await(function()
                return adding == 0
            end)
            if not problem then
                payment, problem = funcs.call("cart:charge", card, cart.total)
            end
            paying = false
            if problem then
                error(problem)
            end
            receipt = payment
            return payment
        end,
    })

    workflow.on_query("total", function()
        return cart.total
    end)

    local _, cancelled = workflow.await(function()
        return receipt ~= nil and workflow.handlers_finished()
    end)
    if cancelled then
        return nil, cancelled
    end
    return { total = cart.total, receipt = receipt }
end

return { main = main }
