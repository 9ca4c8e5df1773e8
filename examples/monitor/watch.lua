-- Looks at a site once an hour, for thirty days, then reports and begins the next month as a new
-- run: a history must not grow for ever. Also in between, if the server says that it is long enough.
-- A signal changes the site; one that comes at the wrong moment is carried into the next run.

local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

local function main(state)
    state.checks = state.checks or 0
    state.failures = state.failures or 0
    state.month = state.month or 1
    local changes = workflow.signals("site")
    workflow.on_query("state", function()
        return state
    end)

    while state.checks < (state.checks_a_month or 30 * 24) do
        local tick = time.after(state.every or "1h")
        local chosen = channel.select({ tick, changes })
        if chosen.channel == changes then
            state.site = chosen.value
        else
            state.checks += 1
            local healthy = funcs.call("monitor:look", state.site, state.checks)
            if not healthy then
                state.failures += 1
            end
        end
        workflow.continue_as_new_if_suggested(state)
    end

    local _, unreported = funcs.call("monitor:report", state)
    if unreported then
        return nil, unreported
    end
    if state.months and state.month >= state.months then
        return { months = state.month, site = state.site, failures = state.failures }
    end
    state.month += 1
    state.checks = 0
    workflow.continue_as_new(state)
end

return { main = main }
