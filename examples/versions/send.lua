-- The code has changed twice while parcels were on their way:
--
--   1. pack, wait, hand over
--   2. parcels are insured before they are handed over      (version 2 of "insurance")
--   3. insurance has a limit, and the customer is told      (version 3; the patch "notify")
--
-- A run keeps the behaviour that it began with, whichever code it is on now; `history/` has a run of
-- each generation, and `metonic replay` plays all of them against this file.

local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

local function main(parcel)
    local _, unpacked = funcs.call("parcel:pack", parcel.id)
    if unpacked then
        return nil, unpacked
    end
    time.sleep(parcel.wait or "1h")

    local insurance = workflow.version("insurance", 1, 3)
    local insured, uninsured = true, nil
    if insurance == 2 then
        insured, uninsured = funcs.call("parcel:insure", parcel.id)
    elseif insurance == 3 then
        insured, uninsured = funcs.call("parcel:insure", parcel.id, 50000)
    end
    if not insured then
        return nil, uninsured
    end

    local handed, problem = funcs.call("parcel:hand_over", parcel.id)
    if problem then
        return nil, problem
    end
    if workflow.patched("notify") then
        -- A parcel on its way is fine without the message.
        local _ = funcs.call("parcel:notify", parcel.id)
    end
    return { handed = handed, insurance = insurance }
end

return { main = main }
