-- The functions of `table` whose cost or result the engine leaves open.
local _, host = ...

local kind_of, native_setmetatable = host.kind, setmetatable

local library = { table = {} }

local function expect_table(value, position, name)
    if type(value) ~= "table" then
        error(`invalid argument #{position} to '{name}' (table expected, got {kind_of(value)})`, 3)
    end
end

local function less(a, b)
    return a < b
end

-- Merges the sorted runs `from[low … middle-1]` and `from[middle … high-1]` into `to`.
local function merge(from, to, low, middle, high, before)
    local left, right = low, middle
    for at = low, high - 1 do
        if left < middle and (right >= high or not before(from[right], from[left])) then
            to[at] = from[left]
            left += 1
        else
            to[at] = from[right]
            right += 1
        end
    end
end

-- Short runs by insertion, then merging from one table into the other; gives the one it ended in.
local function merge_sort(from, to, count, before)
    local run = 8
    for low = 1, count, run do
        local high = if low + run - 1 < count then low + run - 1 else count
        for index = low + 1, high do
            local value = from[index]
            local at = index - 1
            while at >= low and before(value, from[at]) do
                from[at + 1] = from[at]
                at -= 1
            end
            from[at + 1] = value
        end
    end
    while run < count do
        for low = 1, count, 2 * run do
            local middle = if low + run <= count then low + run else count + 1
            local high = if low + 2 * run <= count then low + 2 * run else count + 1
            merge(from, to, low, middle, high, before)
        end
        from, to = to, from
        run *= 2
    end
    return from
end

-- Up to this many elements the engine's sort, which no limit interrupts, takes a few milliseconds.
local most_at_once = 50000

-- Whether any correct sort gives the same result: equal elements cannot be told apart.
local function is_plain(values, count)
    local kind = type(values[1])
    if count > most_at_once or (kind ~= "string" and kind ~= "number") then
        return false
    end
    for index = 1, count do
        local value = values[index]
        if type(value) ~= kind or value ~= value or (value == 0 and 1 / value < 0) then
            return false
        end
    end
    return true
end

-- Stable: what compares as equal keeps its order. The engine's sort is not, and gives equal
-- elements in an order that belongs to its version.
function library.table.sort(t, comparator)
    expect_table(t, 1, "sort")
    if comparator ~= nil and type(comparator) ~= "function" then
        error(`invalid argument #2 to 'sort' (function expected, got {kind_of(comparator)})`, 2)
    end
    local count = #t
    local from, to = {}, {}
    for index = 1, count do
        from[index] = t[index]
    end
    if not comparator and is_plain(from, count) then
        table.sort(from)
    else
        from = merge_sort(from, to, count, comparator or less)
    end
    for index = 1, count do
        t[index] = from[index]
    end
end

local longest = 2 ^ 53

local function expect_integer(value, position)
    if type(value) ~= "number" or value % 1 ~= 0 or value > longest or value < -longest then
        error(`invalid argument #{position} to 'move' (integer expected, got {kind_of(value)})`, 3)
    end
end

-- In Lua, so that a limit can stop it; the engine's own can crash.
function library.table.move(source, first, last, to, target)
    expect_table(source, 1, "move")
    expect_integer(first, 2)
    expect_integer(last, 3)
    expect_integer(to, 4)
    if target == nil then
        target = source
    end
    expect_table(target, 5, "move")
    if to > last or to <= first or target ~= source then
        for index = 0, last - first do
            target[to + index] = source[first + index]
        end
    else
        for index = last - first, 0, -1 do
            target[to + index] = source[first + index]
        end
    end
    return target
end

-- Weak tables and finalizers show when the collector ran. A key that is set later does nothing: the engine
-- looks for another one.
function library.setmetatable(t, metatable)
    if type(metatable) == "table" then
        if rawget(metatable, "__mode") ~= nil then
            error("`__mode` is refused: what a weak table still holds depends on the garbage collector", 2)
        elseif rawget(metatable, "__gc") ~= nil then
            error("`__gc` is refused: when it runs depends on the garbage collector", 2)
        end
    end
    return native_setmetatable(t, metatable)
end

return library
