-- An article goes through four stages. Each is a workflow of its own: it has its own history, its
-- own retries, and its own line in the Web UI.

local workflow = require("workflow")

local STAGES = { "article:gather", "article:clean", "article:translate", "article:publish" }

local function main(topic)
    local article = { topic = topic }
    for number, stage in ipairs(STAGES) do
        workflow.details(`stage {number} of {#STAGES}: {stage}`)
        local result, problem = workflow.exec(stage, article)
        if problem then
            return nil, errors.wrap(problem, stage)
        end
        article = result
    end
    return article
end

return { main = main }
