-- Hotel, car, flight. Each step says how it is undone before the next one begins; whatever goes
-- wrong later, `saga` undoes the steps in reverse, even if the workflow is asked to end meanwhile.

local funcs = require("funcs")
local saga = require("saga")

local function main(trip)
    return saga.run(function(undo)
        local booked = {}
        for _, what in ipairs({ "hotel", "car", "flight" }) do
            -- First, since a step that timed out may have happened.
            undo:add(`trip:cancel_{what}`, trip.id)
            local booking, problem = funcs.call(`trip:book_{what}`, trip)
            if problem then
                return nil, problem
            end
            booked[what] = booking
        end
        return booked
    end)
end

return { main = main }
