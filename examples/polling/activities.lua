-- A stand-in for a service with an interface over HTTP: a job is done after some questions.

local activities = {}

function activities.submit(job)
    return `job-{job.name}-{job.takes}`
end

function activities.status(id, attempt)
    local takes = tonumber(id:match("-(%d+)$"))
    if attempt < takes then
        return { done = false }
    end
    return { done = true, result = `{id} is done` }
end

function activities.abort(id)
    print(`{id} is aborted`)
end

return activities
