---@meta uuid
--- Makes and reads UUIDs. In a workflow chance and time come from the run, so a replay makes the
--- same ones.

local uuid = {}

---@quickref uuid.v1() -> text, err | From time
---@return string? uuid
---@return Error? err  kind "Unavailable" while nothing runs
function uuid.v1() end

---@quickref uuid.v3(namespace, name) -> text, err | From a name, by MD5
---@param namespace string  a UUID
---@param name string
---@return string? uuid
---@return Error? err
function uuid.v3(namespace, name) end

---@quickref uuid.v4() -> text, err | From chance; `math.randomseed` changes nothing about it
---@return string? uuid
---@return Error? err  kind "Internal" when the operating system gives no randomness
function uuid.v4() end

---@quickref uuid.v5(namespace, name) -> text, err | From a name, by SHA-1
---@param namespace string  a UUID
---@param name string
---@return string? uuid
---@return Error? err
function uuid.v5(namespace, name) end

---@quickref uuid.v7() -> text, err | From time and chance; later ones sort later
---@return string? uuid
---@return Error? err  kind "Unavailable" while nothing runs
function uuid.v7() end

---@quickref uuid.validate(value) -> boolean | Whether it is a UUID
---@param value any
---@return boolean
function uuid.validate(value) end

---@quickref uuid.version(uuid) -> integer, err | Its version, 1 to 8
---@param uuid string
---@return integer? version
---@return Error? err
function uuid.version(uuid) end

---@quickref uuid.variant(uuid) -> text, err | Its variant: "RFC4122", "Microsoft", "NCS", "Future"
---@param uuid string
---@return string? variant
---@return Error? err
function uuid.variant(uuid) end

---@quickref uuid.parse(uuid) -> table, err | Its parts
---@param uuid string
---@return { version: integer, variant: string, timestamp: integer?, node: string? }? parts
---@return Error? err
function uuid.parse(uuid) end

---@quickref uuid.format(uuid, form?) -> text, err | Write it as "standard", "simple" or "urn"
---@param uuid string
---@param form? "standard" | "simple" | "urn"
---@return string? text
---@return Error? err  kind "Invalid"
function uuid.format(uuid, form) end

return uuid
