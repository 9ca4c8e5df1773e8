-- Sagas: each step says how it is taken back; when a later one fails, that is done, newest first.
local host = ...

local all, author_error, call, guard, not_undone, protected, shield =
    host.all, host.author_error, host.call, host.guard, host.not_undone, host.protected, host.shield

-- The key of what a saga is made of; only this file has it.
local STATE = host.own_key()

local Saga = {}
local metatable = {
    __index = Saga,
    __metatable = "a saga",
    __tostring = function()
        return "saga"
    end,
    __newindex = function()
        error("a saga has no fields that could be set", 2)
    end,
}

local function state_of(saga, name)
    local state = type(saga) == "table" and rawget(saga, STATE)
    if not state then
        error(`{name}: call it with a colon, on what saga.new gave`, 3)
    elseif guard.what then
        error(`{name} cannot be used in {guard.what}: it may read the run and cannot change it`, 3)
    end
    return state
end

local function options_of(name, options)
    if options == nil then
        return {}
    elseif type(options) ~= "table" then
        error(`{name}: \`options\` must be a table, got a {type(options)}`, 3)
    end
    for key, value in pairs(options) do
        if key ~= "parallel" and key ~= "continue_on_error" then
            error(`{name}: unknown option \`{key}\`; known are \`continue_on_error\` and \`parallel\``, 3)
        elseif type(value) ~= "boolean" then
            error(`{name}: \`{key}\` must be true or false, got a {type(value)}`, 3)
        end
    end
    return options
end

function Saga.add(saga, undo, ...)
    local state = state_of(saga, "saga:add")
    if type(undo) ~= "string" and type(undo) ~= "function" then
        error(`saga:add: \`undo\` must be a function or the id of one, got {if undo == nil then "nil" else `a {type(undo)}`}`, 2)
    end
    table.insert(state.steps, { undo = undo, arguments = table.pack(...) })
end

-- The error of `nil, err`, or nil.
local function problem_in(first, second)
    if first == nil and second ~= nil and type(second) ~= "boolean" then
        return second
    end
    return nil
end

-- Undoes one step; its error, or nil. A bug is raised: it is for a better version of the code.
local function undo(step)
    local arguments = step.arguments
    if type(step.undo) == "string" then
        return problem_in(call(step.undo, table.unpack(arguments, 1, arguments.n)))
    end
    local results = table.pack(protected(step.undo, table.unpack(arguments, 1, arguments.n)))
    if results[1] then
        return problem_in(results[2], results[3])
    end
    local problem = author_error(results[2])
    if problem == nil then
        error(results[2], 0)
    end
    return problem
end

-- What went wrong, in the order in which it did.
local function undo_all(state)
    local problems = {}
    if state.parallel then
        local functions = {}
        while #state.steps > 0 do
            local step = table.remove(state.steps)
            table.insert(functions, function()
                table.insert(problems, undo(step))
            end)
        end
        all(functions)
        return problems
    end
    while #state.steps > 0 do
        local problem = undo(table.remove(state.steps))
        if problem ~= nil then
            table.insert(problems, problem)
            if not state.continue_on_error then
                break
            end
        end
    end
    return problems
end

-- Also when the run is asked to end meanwhile: half an undo is worse than none.
local function compensate(state, why)
    local problems = shield(function()
        return undo_all(state)
    end)
    if #problems > 0 then
        return nil, not_undone(why, problems)
    end
    return true
end

function Saga.compensate(saga)
    return compensate(state_of(saga, "saga:compensate"), nil)
end

local library = {}

local function new(options)
    local state = { steps = {}, parallel = options.parallel, continue_on_error = options.continue_on_error }
    return host.seal({ [STATE] = state }, metatable), state
end

function library.new(options)
    return (new(options_of("saga.new", options)))
end

function library.run(body, options)
    if type(body) ~= "function" then
        error(`saga.run: \`fn\` must be a function, got {if body == nil then "nil" else `a {type(body)}`}`, 2)
    end
    local saga, state = new(options_of("saga.run", options))
    local results = table.pack(protected(body, saga))
    local problem
    if results[1] then
        problem = problem_in(results[2], results[3])
        if problem == nil then
            return table.unpack(results, 2, results.n)
        end
    else
        problem = author_error(results[2])
        if problem == nil then
            -- A bug decides nothing: the steps stay done until the code is mended.
            error(results[2], 0)
        end
    end
    local _, left = compensate(state, problem)
    return nil, left or problem
end

return library
