-- Iteration in one specified order: booleans, then numbers, then strings by their bytes.
--
-- The engine's own order depends on how a table grew and on what the host did with it, so a run
-- that is replayed by a later release could see another one. A loop sees the keys that were there
-- when it began: what is removed meanwhile is skipped, what is added is not visited.
local _, host = ...

local reference_keys_allowed = not host.deterministic
local kind_of, iteration = host.kind, host.iteration
local guard, own_keys = host.guard, host.own_keys

local function refuse_key(kind, level)
    error(`a key of type {kind} has no order that a replay could repeat; use a text or a number as the key`, level)
end

local function append(keys, more)
    for index = 1, #more do
        keys[#keys + 1] = more[index]
    end
end

-- The keys of `t` in order, and how many; or nothing if they are exactly 1 to that many.
local function ordered_keys(t)
    local expected = 0
    local strings, numbers, others = {}, nil, nil
    local has_true, has_false = false, false
    for key in next, t do
        local kind = type(key)
        if kind == "number" then
            if key == expected + 1 then
                expected += 1
            else
                numbers = numbers or {}
                numbers[#numbers + 1] = key
            end
        elseif kind == "string" then
            strings[#strings + 1] = key
        elseif kind == "boolean" then
            if key then
                has_true = true
            else
                has_false = true
            end
        elseif own_keys[key] then
            -- What an object of the library is made of is not for others.
            continue
        elseif reference_keys_allowed then
            others = others or {}
            others[#others + 1] = key
        else
            refuse_key(kind, 5)
        end
    end
    -- No two keys are equal, so any correct sort gives the same result.
    table.sort(strings)
    if not (numbers or others or has_true or has_false) then
        if #strings == 0 then
            return nil, expected
        elseif expected == 0 then
            return strings, #strings
        end
    end
    local keys = {}
    if has_false then
        keys[1] = false
    end
    if has_true then
        keys[#keys + 1] = true
    end
    numbers = numbers or {}
    for index = 1, expected do
        numbers[#numbers + 1] = index
    end
    table.sort(numbers)
    append(keys, numbers)
    append(keys, strings)
    append(keys, others or {})
    return keys, #keys
end

-- What may only read may move no iterator that was there before.
local function refuse_step()
    error(`an iterator from outside cannot be used in {guard.what}: it may read the run and cannot change it`, 3)
end

local function ordered(t)
    local keys, count = ordered_keys(t)
    local index, made_in = 0, guard.what
    if not keys then
        return function()
            if guard.what ~= made_in and guard.what then
                refuse_step()
            end
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
        if guard.what ~= made_in and guard.what then
            refuse_step()
        end
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

local library = { string = {} }

-- The engine's own iterator moves, too.
local gmatch = string.gmatch
local native_pcall, passed_on = pcall, host.passed_on

function library.string.gmatch(text, pattern)
    local step, made_in = passed_on(native_pcall(gmatch, text, pattern)), guard.what
    return function()
        if guard.what ~= made_in and guard.what then
            refuse_step()
        end
        return passed_on(native_pcall(step))
    end
end

function library.pairs(t)
    if type(t) ~= "table" then
        error(`invalid argument #1 to 'pairs' (table expected, got {kind_of(t)})`, 2)
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
        error(`invalid argument #1 to 'next' (table expected, got {kind_of(t)})`, 2)
    end
    if after ~= nil and not rank[type(after)] then
        if reference_keys_allowed then
            -- They come last, in the engine's order.
            local key = after
            repeat
                key = next(t, key)
            until key == nil or not (rank[type(key)] or own_keys[key])
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
        elseif own_keys[key] then
            continue
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
            local iter, callable = iteration(f)
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
    error(`attempt to iterate over a {kind_of(f)} value`, 2)
end

return library
