local activities = {}

function activities.fetch(topic)
    if topic == "nothing" then
        return nil, errors.new({ kind = errors.NOT_FOUND, message = "there is no text about nothing", retryable = false })
    end
    return `  the   {topic}  `
end

function activities.store(article)
    return `/articles/{article.topic}`
end

return activities
