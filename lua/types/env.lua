---@meta env
--- Variables from outside the files, as the entries of kind `env.variable` declare them: only in
--- functions.

local env = {}

---@quickref env.get(name) -> text, err | Read a variable
---@param name string  the variable's name, the id of its entry, or its entry's name in the namespace of the function
---@return string? value
---@return Error? err  kind "NotFound" when it is not declared, or has neither value nor default
function env.get(name) end

---@quickref env.get_all() -> table | Every variable that has a public name and a value
---@return table<string, string>
function env.get_all() end

---@quickref env.set(name, value) -> true, err | Write a variable
---@param name string  as in `env.get`
---@param value string
---@return boolean? done
---@return Error? err  kind "PermissionDenied" when it or its storage is read-only
function env.set(name, value) end

return env
