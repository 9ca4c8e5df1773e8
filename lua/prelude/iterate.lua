-- Iteration in one specified order: booleans, then numbers, then strings by their bytes.
--
-- The engine's own order depends on how a table grew and on what the host did with it, so a run
-- that is replayed by a later release could see another one. A loop sees the keys that were there
-- when it began: what is removed meanwhile is skipped, what is added is not visited.
local native, host = ...

local error, getmetatable, next, rawget, rawlen, type =
    native.error, native.getmetatable, native.next, native.rawget, native.rawlen, native.type
local sort = native.table.sort

local reference_keys_allowed = not host.deterministic

local function refuse_key(kind, level)
    error(`a key of type {kind} has no order that a replay could repeat; use a text or a number as the key`, level)
end

-- The keys of `t` in order, or nothing if they are exactly 1 … #t.
local function ordered_keys(t)
    local expected = 0
    for key in next, t do
        expected += 1
        if key ~= expected then
            expected = nil
            break
        end
    end
    if expected then
        return nil, expected
    end

    local keys, numbers, strings, others = {}, {}, {}, {}
    local has_true, has_false = false, false
    for key in next, t do
        local kind = type(key)
        if kind == "string" then
            strings[#strings + 1] = key
        elseif kind == "number" then
            numbers[#numbers + 1] = key
        elseif kind == "boolean" then
            if key then
                has_true = true
            else
                has_false = true
            end
        elseif reference_keys_allowed then
            others[#others + 1] = key
        else
            refuse_key(kind, 5)
        end
    end
    -- No two keys are equal, so any correct sort gives the same result.
    sort(numbers)
    sort(strings)
    if has_false then
        keys[1] = false
    end
    if has_true then
        keys[#keys + 1] = true
    end
    local count = #keys
    for index = 1, #numbers do
        keys[count + index] = numbers[index]
    end
    count += #numbers
    for index = 1, #strings do
        keys[count + index] = strings[index]
    end
    count += #strings
    for index = 1, #others do
        keys[count + index] = others[index]
    end
    return keys, count + #others
end

local function ordered(t)
    local keys, count = ordered_keys(t)
    local index = 0
    if not keys then
        return function()
            while index < count do
                index += 1
                local value = rawget(t, index)
                if value ~= nil then
                    return index, value
                end
            end
            return nil
        end
    end
    return function()
        while index < count do
            index += 1
            local key = keys[index]
            local value = rawget(t, key)
            if value ~= nil then
                return key, value
            end
        end
        return nil
    end
end

local library = {}

function library.pairs(t)
    if type(t) ~= "table" then
        error(`invalid argument #1 to 'pairs' (table expected, got {host.kind(t)})`, 2)
    end
    return ordered(t), t, nil
end

-- Whether `a` stands before `b`.
local rank = { boolean = 1, number = 2, string = 3 }
local function before(a, b)
    local rank_a, rank_b = rank[type(a)], rank[type(b)]
    if rank_a ~= rank_b then
        return rank_a < rank_b
    elseif rank_a == 1 then
        return b and not a
    end
    return a < b
end

function library.next(t, after)
    if type(t) ~= "table" then
        error(`invalid argument #1 to 'next' (table expected, got {host.kind(t)})`, 2)
    end
    if after ~= nil and not rank[type(after)] then
        if reference_keys_allowed then
            -- They come last, in the engine's order.
            local key = after
            repeat
                key = next(t, key)
            until key == nil or not rank[type(key)]
            return key, if key == nil then nil else rawget(t, key)
        end
        refuse_key(type(after), 3)
    end
    local found, other = nil, nil
    for key in next, t do
        if rank[type(key)] then
            if (after == nil or before(after, key)) and (found == nil or before(key, found)) then
                found = key
            end
        elseif reference_keys_allowed then
            if other == nil then
                other = key
            end
        else
            refuse_key(type(key), 3)
        end
    end
    if found == nil then
        found = other
    end
    if found == nil then
        return nil
    end
    return found, rawget(t, found)
end

-- What `for … in EXPRESSION do` goes through in every program: a table that stands there bare
-- would be walked in the engine's order.
function host.iterate(f, state, first)
    local kind = type(f)
    if kind == "function" then
        return f, state, first
    elseif kind == "table" then
        if getmetatable(f) ~= nil then
            local iter, callable = host.iteration(f)
            if iter then
                local step, its_state, its_first = iter(f)
                return function(...)
                    return step(...)
                end, its_state, its_first
            elseif callable then
                return function(...)
                    return f(...)
                end, state, first
            end
        end
        return ordered(f), f, nil
    elseif kind == "userdata" then
        return f, state, first
    end
    error(`attempt to iterate over a {host.kind(f)} value`, 2)
end

return library
