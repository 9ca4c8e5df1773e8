local funcs = require("funcs")

local flows = {}

function flows.noop(name)
    return funcs.call("bench:greet", name)
end

function flows.idle()
    process.inbox():receive()
    return "done"
end

return flows
