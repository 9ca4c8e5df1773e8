-- Each stage takes the article as the one before left it.

local funcs = require("funcs")

local stages = {}

function stages.gather(article)
    local text, problem = funcs.call("article:fetch", article.topic)
    if problem then
        return nil, problem
    end
    return { topic = article.topic, text = text }
end

function stages.clean(article)
    article.text = article.text:gsub("%s+", " "):match("^%s*(.-)%s*$")
    return article
end

function stages.translate(article)
    local words = { moon = "lune", ["and"] = "et", month = "mois" }
    article.text = article.text:gsub("%a+", function(word)
        return words[word]
    end)
    return article
end

function stages.publish(article)
    local place, problem = funcs.call("article:store", article)
    if problem then
        return nil, problem
    end
    article.place = place
    return article
end

return stages
