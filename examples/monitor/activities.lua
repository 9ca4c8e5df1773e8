local activities = {}

-- A real one would use `http_client`. This site is down at every third look.
function activities.look(site, number)
    return number % 3 ~= 0
end

function activities.report(state)
    print(`month {state.month}: {state.failures} failures at {state.site} so far`)
end

return activities
