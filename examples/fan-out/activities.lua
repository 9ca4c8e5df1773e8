local activities = {}

-- At most `parts` pieces of about the same number of lines.
function activities.split(text, parts)
    local lines = {}
    for line in text:gmatch("[^\n]+") do
        table.insert(lines, line)
    end
    local size = math.ceil(#lines / parts)
    local pieces = {}
    for first = 1, #lines, size do
        table.insert(pieces, table.concat(lines, "\n", first, math.min(first + size - 1, #lines)))
    end
    return pieces
end

function activities.tally(piece)
    local count = {}
    for word in piece:lower():gmatch("%a+") do
        count[word] = (count[word] or 0) + 1
    end
    return count
end

return activities
