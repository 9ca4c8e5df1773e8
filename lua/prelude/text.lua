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

local library = { string = {} }

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

local function plain(...)
    for index = 1, select("#", ...) do
        local value = select(index, ...)
        local kind = type(value)
        if kind ~= "string" and (kind ~= "number" or value ~= value) then
            return false
        end
    end
    return true
end

function library.string.format(form, ...)
    if type(form) ~= "string" or plain(...) then
        return format(form, ...)
    end
    local values = table.pack(...)
    local index = 0
    for conversion in string.gmatch(form, "%%[^%a%%*]*([%a%%*])") do
        if conversion ~= "%" then
            index += 1
            local value = values[index]
            if value ~= value then
                values[index] = nan
            elseif index <= values.n and (conversion == "s" or conversion == "*") then
                values[index] = text_of(value)
            end
        end
    end
    return format(form, table.unpack(values, 1, values.n))
end

function library.string.pack(form, ...)
    if plain(...) then
        return pack(form, ...)
    end
    local values = table.pack(...)
    for index = 1, values.n do
        if values[index] ~= values[index] then
            values[index] = nan
        end
    end
    return pack(form, table.unpack(values, 1, values.n))
end

return library
