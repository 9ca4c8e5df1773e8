local activities = {}

function activities.pack(id)
    return id
end

function activities.insure(id, limit)
    return { id = id, limit = limit }
end

function activities.hand_over(id)
    return `{id} is on its way`
end

function activities.notify(id)
    print(`the customer of {id} is told`)
end

return activities
