-- Counts words: the text is split, every part is counted at the same time, and the counts are added
-- up. If one part fails, `workflow.all` cancels the others.

local workflow = require("workflow")
local funcs = require("funcs")

local function main(text, parts)
    local pieces, problem = funcs.call("words:split", text, parts or 3)
    if problem then
        return nil, problem
    end

    local futures = {}
    for index, piece in ipairs(pieces) do
        futures[index] = funcs.async("words:tally", piece)
    end
    local counts, failed = workflow.all(futures)
    if failed then
        return nil, failed
    end

    local total = {}
    for _, count in ipairs(counts) do
        for word, times in pairs(count) do
            total[word] = (total[word] or 0) + times
        end
    end
    return total
end

return { main = main }
