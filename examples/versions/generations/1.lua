-- The first generation.

local funcs = require("funcs")
local time = require("time")

local function main(parcel)
    funcs.call("parcel:pack", parcel.id)
    time.sleep(parcel.wait or "1h")

    local handed, problem = funcs.call("parcel:hand_over", parcel.id)
    if problem then
        return nil, problem
    end
    return { handed = handed }
end

return { main = main }
