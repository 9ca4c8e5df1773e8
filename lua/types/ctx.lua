---@meta ctx
--- What the caller passed along beside the arguments.

local ctx = {}

---@quickref ctx.get(key) -> value, err | One value
---@param key string
---@return any? value
---@return Error? err  kind "NotFound" when nothing was passed along under this key
function ctx.get(key) end

---@quickref ctx.all() -> table | All values
---@return table<string, any>
function ctx.all() end

return ctx
