-- The steps that touch the world; here they only say so.

local activities = {}

function activities.ask(approver, title, here)
    print(`to {approver}: please decide on "{title}": signal approve or reject to {here.workflow_id}, run {here.run_id}`)
end

function activities.escalate(superior, title)
    print(`to {superior}: nobody has decided on "{title}"`)
end

function activities.publish(title)
    print(`"{title}" is published`)
end

function activities.withdraw(title)
    print(`"{title}" is withdrawn`)
end

return activities
