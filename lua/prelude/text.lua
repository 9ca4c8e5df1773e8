-- Text of values, without addresses: a table is `table: #1`, numbered in the order of asking.
local native, host = ...

local error, getmetatable, math_abs, native_tostring, select, type, typeof =
    native.error, native.getmetatable, native.math.abs, native.tostring, native.select, native.type, native.typeof
local concat, pack, unpack = native.table.concat, native.table.pack, native.table.unpack
local gmatch, native_format, native_pack = native.string.gmatch, native.string.format, native.string.pack

-- Processors disagree about the sign and the content of a NaN that arithmetic made.
local nan = math_abs(0 / 0)

local function text_of(value)
    local kind = type(value)
    if kind == "string" then
        return value
    elseif kind == "number" or kind == "nil" or kind == "boolean" then
        return native_tostring(value)
    elseif (kind == "userdata" or getmetatable(value) ~= nil) and host.has_tostring(value) then
        return native_tostring(value)
    elseif value == host.null then
        return "null"
    end
    return `{typeof(value)}: #{host.number_of(value)}`
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
    local texts = pack(...)
    for index = 1, count do
        texts[index] = text_of(texts[index])
    end
    host.print(concat(texts, "\t", 1, count))
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
        return native_format(form, ...)
    end
    local values = pack(...)
    local index = 0
    for conversion in gmatch(form, "%%[^%a%%*]*([%a%%*])") do
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
    return native_format(form, unpack(values, 1, values.n))
end

function library.string.pack(form, ...)
    if plain(...) then
        return native_pack(form, ...)
    end
    local values = pack(...)
    for index = 1, values.n do
        if values[index] ~= values[index] then
            values[index] = nan
        end
    end
    return native_pack(form, unpack(values, 1, values.n))
end

return library
