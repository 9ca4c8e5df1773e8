-- Money, stock and a place on the van are in three databases, and no transaction spans them. Each step
-- says how it is taken back before it begins; if a later one fails, `saga` does that in reverse, also
-- if the workflow is asked to end meanwhile.

local funcs = require("funcs")
local saga = require("saga")

local STEPS = {
    { change = "shop:charge", undo = "shop:refund" },
    { change = "shop:take", undo = "shop:put_back" },
    { change = "shop:book", undo = "shop:unbook" },
}

local function main(order)
    return saga.run(function(undo)
        for _, step in ipairs(STEPS) do
            -- First, since a step that timed out may have happened.
            undo:add(step.undo, order)
            local _, problem = funcs.call(step.change, order)
            if problem then
                return nil, problem
            end
        end
        return { id = order.id, state = "shipped" }
    end)
end

return { main = main }
