---@meta yaml
--- YAML text to values and back. `true` and `false` are the only booleans, dates stay texts, and a
--- number that 64 bits do not hold is an error. Anchors and `<<` are read; foreign tags are not.

local yaml = {}

---@class YamlOptions
---@field field_order? string[]  keys that stand first, in every map; none unless given
---@field sort_unordered? boolean  taken for the sake of older code; the other keys are always sorted

---@quickref yaml.encode(table, options?) -> text, err | Write YAML; the same value gives the same text
---@param table table
---@param options? YamlOptions  an unknown key raises
---@return string? text
---@return Error? err  kind "Internal": a value that cannot leave Lua, as a function or a cycle
function yaml.encode(table, options) end

---@quickref yaml.decode(text) -> value, err | Read one YAML document
---@param text string  at most 4 MiB, 64 levels, 100000 values, 1000 aliases
---@return any value  a null in a map is an absent key, in a list `json.null`
---@return Error? err  kind "Invalid" for a text without a value or too long, else "Internal"
function yaml.decode(text) end

return yaml
