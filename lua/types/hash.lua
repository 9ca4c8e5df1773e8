---@meta hash
--- Digests of bytes, with or without a key; as hexadecimal text, or with `raw` as bytes.
---
--- MD5 and SHA-1 are here for systems that ask for them; they protect nothing.

local hash = {}

---@quickref hash.md5(data, raw?) -> string | MD5 digest
---@param data string
---@param raw? boolean
---@return string
function hash.md5(data, raw) end

---@quickref hash.hmac_md5(data, secret, raw?) -> string | MD5 digest with a key
---@param data string
---@param secret string
---@param raw? boolean
---@return string
function hash.hmac_md5(data, secret, raw) end

---@quickref hash.sha1(data, raw?) -> string | SHA-1 digest
---@param data string
---@param raw? boolean
---@return string
function hash.sha1(data, raw) end

---@quickref hash.hmac_sha1(data, secret, raw?) -> string | SHA-1 digest with a key
---@param data string
---@param secret string
---@param raw? boolean
---@return string
function hash.hmac_sha1(data, secret, raw) end

---@quickref hash.sha256(data, raw?) -> string | SHA-256 digest
---@param data string
---@param raw? boolean
---@return string
function hash.sha256(data, raw) end

---@quickref hash.hmac_sha256(data, secret, raw?) -> string | SHA-256 digest with a key
---@param data string
---@param secret string
---@param raw? boolean
---@return string
function hash.hmac_sha256(data, secret, raw) end

---@quickref hash.sha512(data, raw?) -> string | SHA-512 digest
---@param data string
---@param raw? boolean
---@return string
function hash.sha512(data, raw) end

---@quickref hash.hmac_sha512(data, secret, raw?) -> string | SHA-512 digest with a key
---@param data string
---@param secret string
---@param raw? boolean
---@return string
function hash.hmac_sha512(data, secret, raw) end

---@quickref hash.fnv32(data) -> number | FNV-1a of 32 bits
---@param data string
---@return integer
function hash.fnv32(data) end

---@quickref hash.fnv64(data) -> number | FNV-1a of 64 bits; an `int64` where a number would lose digits
---@param data string
---@return integer
function hash.fnv64(data) end

return hash
