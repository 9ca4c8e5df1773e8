-- Starts a job elsewhere and asks for it every minute, at most a hundred times. Between the
-- questions the workflow costs nothing. Who does not want to wait any longer cancels it: then the
-- job is aborted, too.

local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

local function main(job)
    local id, problem = funcs.call("jobs:submit", job)
    if problem then
        return nil, problem
    end

    local function abort()
        workflow.shield(function()
            -- Aborted or not, nobody waits for the job any longer.
            local _ = funcs.call("jobs:abort", id)
        end)
    end

    for attempt = 1, job.questions or 100 do
        local slept, cancelled = time.sleep(job.every or "60s", { summary = `question {attempt}` })
        if not slept then
            abort()
            return nil, cancelled
        end
        local status, unknown = funcs.call("jobs:status", id, attempt)
        if unknown then
            abort()
            return nil, unknown
        end
        if status.done then
            return { id = id, result = status.result, questions = attempt }
        end
    end
    abort()
    return nil, errors.new({ kind = errors.TIMEOUT, message = `job {id} timed out`, retryable = false })
end

return { main = main }
