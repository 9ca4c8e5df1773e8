---@meta payload
--- A value with a format, as it travels between functions and workflows. Always there; nothing has to
--- be listed in `modules:`. A payload that is passed on, returned or written goes as what it holds; in
--- the formats BYTES and MSGPACK as bytes (`binary/plain`), by itself only: inside a table bytes are text.

payload = {}

payload.format = {
    JSON = "json/plain",
    YAML = "yaml/plain",
    STRING = "text/plain",
    BYTES = "application/octet-stream",
    MSGPACK = "application/msgpack",
    LUA = "lua/any",
    GOLANG = "golang/any",
    ERROR = "golang/error",
}

---@class Payload
local Payload = {}

---@quickref p:data() -> value | The value itself, or the error
---@return any
function Payload:data() end

---@quickref p:unmarshal() -> value | The same as `p:data()`; of MSGPACK, the value in the bytes
---@return any
function Payload:unmarshal() end

---@quickref p:get_format() -> string | How it is to be understood: "json/plain"
---@return string
function Payload:get_format() end

---@quickref p:transcode(format) -> payload, err | The same value to be understood in another way
---@param format string  JSON, YAML, STRING, BYTES, MSGPACK or LUA of `payload.format`; to STRING and BYTES a value that is no text goes as JSON text, to MSGPACK any value as its bytes
---@return Payload? payload
---@return Error? err  kind "Internal": there is no such format, or the value does not fit it
function Payload:transcode(format) end

---@quickref payload.new(value) -> payload, err | A payload of format LUA; of an error, ERROR
---@param value any
---@return Payload? payload
---@return Error? err  kind "Internal": a value that cannot leave Lua, as a function
function payload.new(value) end

return payload
