-- A document waits for a decision. Half of the time passes in silence: the superior is asked, too.
-- All of it passes: the document is withdrawn, as if it had been rejected. So is one that nobody wants
-- to be decided on any more: whoever asked cancels the workflow.

local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

local function main(document)
    local status = "asked"
    local decision
    workflow.on_signal("approve", function(who)
        decision = decision or { approved = true, by = who }
    end)
    workflow.on_signal("reject", function(who, reason)
        decision = decision or { approved = false, by = who, reason = reason }
    end)
    workflow.on_query("status", function()
        return status
    end)
    local function decided()
        return decision ~= nil
    end

    local limit = time.parse_duration(document.limit or "48h")
    local info = workflow.info()
    local here = { workflow_id = info.workflow_id, run_id = info.run_id }
    local _, problem = funcs.call("approval:ask", document.approver, document.title, here)
    if problem then
        return nil, problem
    end

    local half = time.parse_duration(math.floor(limit:nanoseconds() / 2))
    local in_time, cancelled = workflow.await(decided, half)
    if not in_time and not cancelled then
        status = "escalated"
        -- If the superior cannot be asked, the approver still has the other half.
        local _ = funcs.call("approval:escalate", document.superior, document.title)
        in_time, cancelled = workflow.await(decided, half)
    end
    if cancelled then
        -- Nobody has to decide any more; what is done about it may not be cancelled, too.
        workflow.shield(function()
            local _ = funcs.call("approval:withdraw", document.title)
        end)
        status = "withdrawn"
        return nil, cancelled
    end
    if not in_time then
        decision = { approved = false, by = "nobody", reason = "no decision in time" }
    end

    local step = if decision.approved then "approval:publish" else "approval:withdraw"
    local _, step_problem = funcs.call(step, document.title)
    if step_problem then
        return nil, step_problem
    end
    status = if decision.approved then "published" else "withdrawn"
    return { status = status, by = decision.by, reason = decision.reason }
end

return { main = main }
