-- The functions of the library that take integers.
--
-- The engine casts a number to a C integer. C leaves open what comes of one that does not fit, and
-- processors differ: some give the smallest integer, some the nearest. Here a position or a count
-- beyond 2^31 becomes the nearest that fits, which means the same; where that would mean something
-- else, and for what is not a number at all, an error is raised.

local _, host = ...

local low, high = -2 ^ 31, 2 ^ 31
local far_low, far_high = -2 ^ 63, 2 ^ 63

local byte, char, gsub, match, rep = string.byte, string.char, string.gsub, string.match, string.rep
local sub, string_unpack = string.sub, string.unpack
local concat, create, table_find, insert = table.concat, table.create, table.find, table.insert
local remove, unpack = table.remove, table.unpack
local ldexp, select = math.ldexp, select
local native_pcall, passed_on, make_room = pcall, host.passed_on, host.make_room
local codepoint, utf8_char, utf8_len, offset = utf8.codepoint, utf8.char, utf8.len, utf8.offset

-- So many bytes at once are worth a look whether garbage stands in their way.
local large = 2 ^ 16

local library = { bit32 = {}, math = {}, string = {}, table = {}, utf8 = {} }

-- A number, or what the engine takes for one.
local function number_in(value)
    return if type(value) == "string" then tonumber(value) else value
end

local function refuse(position, name, bound, number, level)
    local given = if number ~= number then "NaN" else tostring(number)
    error(`invalid argument #{position} to '{name}' (number within {bound} expected, got {given})`, level + 1)
end

-- The nearest number that fits; what is no number, the engine refuses in its own words.
local function clamped(value, position, name)
    local number = number_in(value)
    if type(number) ~= "number" or (number > low and number < high) then
        return value
    elseif number ~= number then
        refuse(position, name, "2^31", number, 3)
    end
    return if number > 0 then high - 1 else low + 1
end

host.clamped = clamped

local function expect_within(value, position, name, bound, words)
    local number = number_in(value)
    if type(number) == "number" and not (number >= -bound and number < bound) then
        refuse(position, name, words, number, 3)
    end
    return value
end

function library.string.sub(s, i, j)
    if type(i) == "number" and i > low and i < high then
        if j == nil or (type(j) == "number" and j > low and j < high) then
            return sub(s, i, j)
        end
    end
    return sub(s, clamped(i, 2, "sub"), clamped(j, 3, "sub"))
end

function library.string.byte(s, i, j)
    if j == nil and (i == nil or (type(i) == "number" and i > low and i < high)) then
        return byte(s, i or 1)
    end
    return byte(s, clamped(i, 2, "byte"), clamped(j, 3, "byte"))
end


function library.string.match(s, pattern, init)
    return passed_on(native_pcall(match, s, pattern, if init == nil then nil else clamped(init, 3, "match")))
end

function library.string.gsub(s, pattern, replacement, most)
    most = if most == nil then nil else clamped(most, 4, "gsub")
    if type(replacement) == "string" then
        return passed_on(native_pcall(gsub, s, pattern, replacement, most))
    end
    -- Code of the author's may run in it, and keeps its stack.
    return gsub(s, pattern, replacement, most)
end

function library.string.rep(s, count)
    count = clamped(count, 2, "rep")
    if type(s) == "string" and type(count) == "number" and #s * count > large then
        make_room(#s * count // 1)
    end
    return rep(s, count)
end

function library.string.unpack(form, s, init)
    return string_unpack(form, s, clamped(init, 3, "unpack"))
end

function library.string.char(...)
    for index = 1, select("#", ...) do
        local code = select(index, ...)
        if type(code) ~= "number" or not (code > low and code < high) then
            expect_within(code, index, "char", high, "2^31")
        end
    end
    return char(...)
end

function library.utf8.char(...)
    for index = 1, select("#", ...) do
        local code = select(index, ...)
        if type(code) ~= "number" or not (code > low and code < high) then
            expect_within(code, index, "char", high, "2^31")
        end
    end
    return utf8_char(...)
end

function library.utf8.len(s, i, j)
    return utf8_len(s, clamped(i, 2, "len"), clamped(j, 3, "len"))
end

function library.utf8.codepoint(s, i, j)
    return codepoint(s, clamped(i, 2, "codepoint"), clamped(j, 3, "codepoint"))
end

function library.utf8.offset(s, n, i)
    return offset(s, clamped(n, 2, "offset"), clamped(i, 3, "offset"))
end

function library.table.concat(t, separator, i, j)
    if i == nil and j == nil then
        return concat(t, separator)
    end
    return concat(t, separator, clamped(i, 3, "concat"), clamped(j, 4, "concat"))
end

function library.table.create(count, value)
    count = clamped(count, 1, "create")
    if type(count) == "number" and count * 16 > large then
        make_room(count * 16 // 1)
    end
    return create(count, value)
end

-- The number of arguments is kept: the engine refuses a value that was left out.
function library.table.find(t, ...)
    if select("#", ...) < 2 then
        return table_find(t, ...)
    end
    local value, init = ...
    return table_find(t, value, clamped(init, 3, "find"))
end

function library.table.insert(t, ...)
    if select("#", ...) == 2 then
        expect_within((...), 2, "insert", high, "2^31")
    end
    return insert(t, ...)
end

function library.table.remove(t, position)
    if position == nil then
        return remove(t)
    end
    return remove(t, clamped(position, 2, "remove"))
end

function library.table.unpack(t, i, j)
    if i == nil and j == nil then
        return unpack(t)
    end
    return unpack(t, clamped(i, 2, "unpack"), clamped(j, 3, "unpack"))
end

library.unpack = library.table.unpack

-- Calls for one value, and for their number, go past this: the engine has a fast way for them, which
-- takes nothing that is out of range.
function library.select(n, ...)
    return select(clamped(n, 1, "select"), ...)
end

function library.math.ldexp(x, exponent)
    return ldexp(x, clamped(exponent, 2, "ldexp"))
end

local function all_bits(native, name, ...)
    for index = 1, select("#", ...) do
        local number = number_in((select(index, ...)))
        if type(number) == "number" and not (number >= far_low and number < far_high) then
            refuse(index, name, "2^63", number, 3)
        end
    end
    return native(...)
end

-- Almost always two are given.
for _, name in { "band", "bor", "btest", "bxor" } do
    local native = bit32[name]
    library.bit32[name] = function(a, b, ...)
        if
            type(a) == "number"
            and type(b) == "number"
            and a > far_low
            and a < far_high
            and b > far_low
            and b < far_high
            and select("#", ...) == 0
        then
            return native(a, b)
        end
        return all_bits(native, name, a, b, ...)
    end
end

for _, name in { "bnot", "byteswap", "countlz", "countrz" } do
    local native = bit32[name]
    library.bit32[name] = function(x)
        if type(x) == "number" and x > far_low and x < far_high then
            return native(x)
        end
        return native(expect_within(x, 1, name, far_high, "2^63"))
    end
end

-- What is shifted by more than all its bits is gone, however far.
local arshift, lshift, rshift = bit32.arshift, bit32.lshift, bit32.rshift

function library.bit32.arshift(x, by)
    if type(x) == "number" and x > far_low and x < far_high and type(by) == "number" and by > low and by < high then
        return arshift(x, by)
    end
    return arshift(expect_within(x, 1, "arshift", far_high, "2^63"), clamped(by, 2, "arshift"))
end

function library.bit32.lshift(x, by)
    if type(x) == "number" and x > far_low and x < far_high and type(by) == "number" and by > low and by < high then
        return lshift(x, by)
    end
    return lshift(expect_within(x, 1, "lshift", far_high, "2^63"), clamped(by, 2, "lshift"))
end

function library.bit32.rshift(x, by)
    if type(x) == "number" and x > far_low and x < far_high and type(by) == "number" and by > low and by < high then
        return rshift(x, by)
    end
    return rshift(expect_within(x, 1, "rshift", far_high, "2^63"), clamped(by, 2, "rshift"))
end

for _, name in { "lrotate", "rrotate" } do
    local native = bit32[name]
    library.bit32[name] = function(x, by)
        return native(expect_within(x, 1, name, far_high, "2^63"), expect_within(by, 2, name, high, "2^31"))
    end
end

-- The engine adds field and width, in an integer.
local most_bits, most_bits_words = 2 ^ 30, "2^30"
local extract, replace = bit32.extract, bit32.replace

function library.bit32.extract(x, field, width)
    expect_within(x, 1, "extract", far_high, "2^63")
    expect_within(field, 2, "extract", most_bits, most_bits_words)
    expect_within(width, 3, "extract", most_bits, most_bits_words)
    return extract(x, field, width)
end

function library.bit32.replace(x, value, field, width)
    expect_within(x, 1, "replace", far_high, "2^63")
    expect_within(value, 2, "replace", far_high, "2^63")
    expect_within(field, 3, "replace", most_bits, most_bits_words)
    expect_within(width, 4, "replace", most_bits, most_bits_words)
    return replace(x, value, field, width)
end

return library
