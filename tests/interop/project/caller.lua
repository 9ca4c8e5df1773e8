local workflow = require("workflow")
local funcs = require("funcs")
local time = require("time")

-- An attribute of each type.
local ATTRIBUTES = {
    Shop = "north",
    Count = 3,
    Weight = { type = "double", value = 5 },
    Open = true,
    Opened = time.unix(1767225600, 0),
    Colours = { "red", "blue" },
    Story = { type = "text", value = "once upon a time" },
}

-- What an error says, as a table.
local function told(problem)
    local cause = problem:cause()
    return {
        kind = problem:kind(),
        type = problem:type(),
        message = problem:message(),
        retryable = problem:retryable(),
        details = problem:details(),
        cause = cause and told(cause),
    }
end

-- Calls activities of Python; `queue` is the one of its worker.
local function activities(queue, value)
    local python = funcs.new():with_options({ task_queue = queue, start_to_close_timeout = "3m" })
    local echoed, problem = python:call("py_echo", value)
    if problem then
        return nil, problem
    end
    local _, refused = python:call("py_refuse", "tea")
    return { echoed = echoed, refused = told(refused) }
end

-- What Python makes of one value.
local function passes(queue, value)
    return funcs.new():with_options({ task_queue = queue, start_to_close_timeout = "3m" }):call("py_echo", value)
end

-- Calls an activity that fails; what it failed with is told, or handed on with words in front.
local function failed(queue, name, argument, how)
    local once = funcs.new():with_options({
        -- What a worker lacks it may have at the next attempt, and here it will not.
        task_queue = queue, start_to_close_timeout = "3m", retry_policy = { maximum_attempts = 1 },
    })
    local _, problem = once:call(name, argument)
    if how == "tell" then
        return told(problem)
    end
    return nil, errors.wrap(problem, "in vain")
end

local function children(queue, value)
    local python = workflow.with_options({ task_queue = queue })
    local echoed, problem = python:exec("PyEcho", value)
    if problem then
        return nil, problem
    end
    local _, refused = python:exec("PyFail", "coffee")
    local tagging = workflow.with_options({
        task_queue = queue, memo = { given = { deep = { 1, 2 } }, word = "ü" }, search_attributes = ATTRIBUTES,
    })
    return { echoed = echoed, refused = told(refused), tagged = assert(tagging:exec("PyTagged")) }
end

-- Signals children of Python and another of its runs, and asks them to end.
local function tells(queue, other)
    local python = workflow.with_options({ task_queue = queue })
    local child, asked = python:start("PyWaits"), python:start("PyWaits")
    local said, ended = child:signal("go", { n = 1 }, "more"), asked:cancel("enough")
    local _, cancelled = asked:result()
    local _, late = workflow.with_options({ task_queue = queue, run_timeout = "200ms" }):exec("PyWaits")
    local external = workflow.external(other)
    return {
        said = { said, ended, external:signal("go", { n = 2 }, "from outside"), external:cancel("over") },
        words = child:result(), cancelled = told(cancelled), late = told(late),
    }
end

-- A child of Python, of which others know only the id.
local function waits(queue, id)
    local result, problem = workflow.with_options({ task_queue = queue, id = id }):exec("PyOrder", "ada")
    return { result = result, problem = problem and told(problem) }
end

-- Says what it was started with, and adds to it.
local function tagged()
    local before = { search = workflow.search_attributes(), memo = workflow.memo() }
    before.search.Opened = before.search.Opened and before.search.Opened:unix()
    workflow.attrs({
        search = ATTRIBUTES,
        memo = { added = { deep = { 1, 2 } } },
    })
    return before
end

return { activities = activities, passes = passes, failed = failed, children = children, tells = tells, waits = waits, tagged = tagged }
