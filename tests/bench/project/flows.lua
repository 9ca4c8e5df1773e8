local funcs = require("funcs")

local flows = {}

function flows.noop(name)
    return funcs.call("bench:greet", name)
end

function flows.idle()
    process.inbox():receive()
    return "done"
end

-- Holds `kib` KiB of numbers while it waits.
function flows.holding(kib)
    local held = table.create(kib * 64, 1.5)
    process.inbox():receive()
    return { "done", #held }
end

return flows
