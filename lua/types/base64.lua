---@meta base64
--- Bytes to text and back, in the standard alphabet with padding.

local base64 = {}

---@quickref base64.encode(bytes) -> text | Write bytes as text
---@param bytes string
---@return string
function base64.encode(bytes) end

---@quickref base64.decode(text) -> bytes, err | Read them back
---@param text string
---@return string? bytes
---@return Error? err  kind "Invalid"
function base64.decode(text) end

return base64
