-- Text of values, without addresses: a table is `table: #1`, numbered in the order of asking.
local _, host = ...

local format, pack, native_tostring = string.format, string.pack, tostring
local has_tostring, null, number_of, print_line = host.has_tostring, host.null, host.number_of, host.print

-- Processors disagree about the sign and the content of a NaN that arithmetic made.
local nan = math.abs(0 / 0)

local function text_of(value)
    local kind = type(value)
    if kind == "string" then
        return value
    elseif kind == "number" or kind == "nil" or kind == "boolean" then
        return native_tostring(value)
    elseif (kind == "userdata" or getmetatable(value) ~= nil) and has_tostring(value) then
        return native_tostring(value)
    elseif value == null then
        return "null"
    end
    return `{typeof(value)}: #{number_of(value)}`
end

local native_find, native_split, sub = string.find, string.split, string.sub
local clamped, find = host.clamped, host.find
local native_pcall, passed_on = pcall, host.passed_on

-- The engine compares at each place of the text, and no limit interrupts it: fine while there is little
-- to compare.
local short, few = 16, 2 ^ 20

local function is_quick(text, needle)
    return type(text) ~= "string" or type(needle) ~= "string" or #needle <= short or #text * #needle <= few
end

-- As the engine reads it: a number without its fraction, negative from the end; nil beyond the end.
local function first_of(init, length)
    local first = if init == nil then 1 else tonumber(init)
    if first == nil or first ~= first then
        return first and 1
    end
    first = if first < 0 then math.ceil(first) + length + 1 else math.floor(first)
    return math.max(first, 1)
end

local library = { string = {} }

function library.string.find(text, pattern, init, plain)
    if init ~= nil then
        init = clamped(init, 3, "find")
    end
    if is_quick(text, pattern) or not (plain or not native_find(pattern, "[%^%$%*%+%?%.%(%[%%%-]")) then
        return passed_on(native_pcall(native_find, text, pattern, init, plain))
    end
    local from = first_of(init, #text)
    if not from then
        return passed_on(native_pcall(native_find, text, pattern, init, plain))
    end
    local first = if from > #text then nil else find(text, pattern, from)
    if first then
        return first, first + #pattern - 1
    end
    return nil
end

function library.string.split(text, separator)
    if is_quick(text, separator) then
        return native_split(text, separator)
    end
    local parts, from = {}, 1
    while true do
        local first = if from > #text then nil else find(text, separator, from)
        table.insert(parts, sub(text, from, if first then first - 1 else nil))
        if not first then
            return parts
        end
        from = first + #separator
    end
end

function library.tostring(...)
    if select("#", ...) == 0 then
        error("missing argument #1 to 'tostring'", 2)
    end
    return text_of((...))
end

function library.print(...)
    local count = select("#", ...)
    local texts = table.pack(...)
    for index = 1, count do
        texts[index] = text_of(texts[index])
    end
    print_line(table.concat(texts, "\t", 1, count))
end

local byte, select, tonumber = string.byte, select, tonumber
local far_low, far_high, unsigned_high = -2 ^ 63, 2 ^ 63, 2 ^ 64

-- Whether every conversion does the same with these values on all processors.
local function plain(...)
    for index = 1, select("#", ...) do
        local value = select(index, ...)
        if type(value) == "number" then
            if not (value >= -2147483648 and value < 2147483648) then
                return false
            end
        elseif type(value) ~= "string" then
            return false
        else
            -- A text that is a number begins like one, or like `inf` and `nan`.
            local first = byte(value, 1)
            if
                first ~= nil
                and (first < 58 or first == 73 or first == 78 or first == 105 or first == 110)
                and tonumber(value) ~= nil
            then
                return false
            end
        end
    end
    return true
end

-- The engine casts the number to an integer of C, which leaves open what does not fit.
local function expect_integer(value, position, name, low, high)
    local number = if type(value) == "string" then tonumber(value) else value
    if type(number) == "number" and not (number >= low and number < high) then
        local given = if number ~= number then "NaN" else native_tostring(number)
        error(`invalid argument #{position} to '{name}' (integer that fits expected, got {given})`, 3)
    end
end

local lowest = { c = -2 ^ 31, d = far_low, i = far_low, o = far_low, u = far_low, x = far_low, X = far_low }
local highest =
    { c = 2 ^ 31, d = far_high, i = far_high, o = unsigned_high, u = unsigned_high, x = unsigned_high, X = unsigned_high }

function library.string.format(form, ...)
    if type(form) ~= "string" or plain(...) then
        return passed_on(native_pcall(format, form, ...))
    end
    local values = table.pack(...)
    local index = 0
    for conversion in string.gmatch(form, "%%[^%a%%*]*([%a%%*])") do
        if conversion ~= "%" then
            index += 1
            local value = values[index]
            if lowest[conversion] then
                expect_integer(value, index + 1, "format", lowest[conversion], highest[conversion])
            elseif value ~= value then
                values[index] = nan
            elseif index <= values.n and (conversion == "s" or conversion == "*") then
                values[index] = text_of(value)
            end
        end
    end
    return passed_on(native_pcall(format, form, table.unpack(values, 1, values.n)))
end

function library.string.pack(form, ...)
    if type(form) ~= "string" or plain(...) then
        return pack(form, ...)
    end
    local values = table.pack(...)
    local index = 0
    -- An `x` takes no value, and neither does an `X` with the option after it.
    for align, option in string.gmatch(form, "(X?)(%a)") do
        if align == "" and option ~= "x" and option ~= "X" then
            index += 1
            local value = values[index]
            if string.find("bBhHiIjJlLT", option, 1, true) then
                expect_integer(value, index + 1, "pack", far_low, far_high)
            elseif value ~= value then
                values[index] = nan
            end
        end
    end
    return pack(form, table.unpack(values, 1, values.n))
end

return library
