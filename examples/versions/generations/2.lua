-- The second generation: parcels are insured.

local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

local function main(parcel)
    funcs.call("parcel:pack", parcel.id)
    time.sleep(parcel.wait or "1h")

    local insurance = workflow.version("insurance", 1, 2)
    if insurance == 2 then
        funcs.call("parcel:insure", parcel.id)
    end

    local handed, problem = funcs.call("parcel:hand_over", parcel.id)
    if problem then
        return nil, problem
    end
    return { handed = handed, insurance = insurance }
end

return { main = main }
