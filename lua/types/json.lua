---@meta json
--- Text to values and back.
---
--- Keys are written in the order of their bytes. A table is a list (keys 1 to n) or an object (text
--- keys); an empty one is a list, unless it came from `{}` or from `json.object`.

local json = {}

--- Stands for a null where one has to be written or kept: in a list, or with `keep_null`.
---@type userdata
json.null = nil

---@quickref json.decode(text, options?) -> value, err | Read JSON
--- A null in an object is an absent key, one in a list is `json.null`. An integer that a number
--- cannot hold exactly becomes an `int64`.
---@param text string
---@param options? { keep_null: boolean? }  `keep_null`: nulls in objects are `json.null` too
---@return any? value
---@return Error? err  kind "Internal" when `text` is no JSON, "Invalid" when it is empty or holds more than 1000000 values
function json.decode(text, options) end

---@quickref json.encode(value) -> text, err | Write JSON
---@param value any
---@return string? text
---@return Error? err  names the part that cannot be written
function json.encode(value) end

---@quickref json.validate(schema, value) -> true, err | Whether a value fits a JSON Schema
--- Draft 2020-12 within one document: `$ref` leads to `#/…` only. A keyword that is not known is an
--- error. An empty table fits `array` and `object`.
---@param schema table | string  a table, or JSON
---@param value any
---@return true? fits
---@return Error? err  kind "Invalid"; `details()` is a list of `{ path, message }`, ten at most, without the value's content
function json.validate(schema, value) end

---@quickref json.validate_string(schema, text) -> true, err | Whether a JSON text fits a JSON Schema
---@param schema table | string
---@param text string
---@return true? fits
---@return Error? err  as `json.validate`; kind "Internal" when `text` is no JSON
function json.validate_string(schema, text) end

---@quickref json.object(table?) -> table | Make a table an object, also while it is empty
---@param table? table
---@return table
function json.object(table) end

---@quickref json.array(table?) -> table | Make a table a list, also if it came in as an empty object
---@param table? table
---@return table
function json.array(table) end

return json
