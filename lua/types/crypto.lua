---@meta crypto
--- Chance, keyed hashes, ciphers, tokens. In a workflow chance comes from the run's seed: a replay makes
--- the same, and whoever knows the run id can make it too. Make no secrets there.

local crypto = {}

---@class CryptoRandom
crypto.random = {}

---@quickref crypto.random.bytes(n) -> bytes, err | Bytes of chance
---@param n integer  1 to 1048576
---@return string? bytes
---@return Error? err  kind "Invalid"
function crypto.random.bytes(n) end

---@quickref crypto.random.string(n, charset?) -> text, err | Letters of chance, each as likely as the others
---@param n integer  1 to 1048576 letters
---@param charset? string  1 to 1024 letters; A to Z, a to z and 0 to 9 unless given
---@return string? text
---@return Error? err  kind "Invalid"
function crypto.random.string(n, charset) end

---@quickref crypto.random.uuid() -> text, err | A UUID of version 4
---@return string? uuid
---@return Error? err
function crypto.random.uuid() end

---@class CryptoHmac
crypto.hmac = {}

---@quickref crypto.hmac.sha256(key, data) -> text, err | A keyed hash, in hexadecimal
---@param key string  not empty; note that `hash.hmac_sha256` takes the data first
---@param data string
---@return string? hex
---@return Error? err  kind "Invalid"
function crypto.hmac.sha256(key, data) end

---@quickref crypto.hmac.sha512(key, data) -> text, err | The same with SHA-512
---@param key string  not empty
---@param data string
---@return string? hex
---@return Error? err  kind "Invalid"
function crypto.hmac.sha512(key, data) end

---@class CryptoEncrypt
crypto.encrypt = {}

---@quickref crypto.encrypt.aes(data, key, aad?) -> bytes, err | AES-GCM: the nonce, the text in cipher, the tag
---@param data string
---@param key string  16 or 32 bytes
---@param aad? string  what must not be changed either, and is not encrypted
---@return string? encrypted
---@return Error? err  kind "Invalid"
function crypto.encrypt.aes(data, key, aad) end

---@quickref crypto.encrypt.chacha20(data, key, aad?) -> bytes, err | ChaCha20-Poly1305, in the same form
---@param data string
---@param key string  32 bytes
---@param aad? string
---@return string? encrypted
---@return Error? err  kind "Invalid"
function crypto.encrypt.chacha20(data, key, aad) end

---@class CryptoDecrypt
crypto.decrypt = {}

---@quickref crypto.decrypt.aes(data, key, aad?) -> bytes, err | What `crypto.encrypt.aes` wrote
---@param data string  28 bytes or more
---@param key string  16 or 32 bytes
---@param aad? string  the same as when it was encrypted
---@return string? decrypted
---@return Error? err  kind "Invalid" for what cannot be, "Internal" when it was changed or the key is another
function crypto.decrypt.aes(data, key, aad) end

---@quickref crypto.decrypt.chacha20(data, key, aad?) -> bytes, err | What `crypto.encrypt.chacha20` wrote
---@param data string  28 bytes or more
---@param key string  32 bytes
---@param aad? string  the same as when it was encrypted
---@return string? decrypted
---@return Error? err  kind "Invalid" or "Internal"
function crypto.decrypt.chacha20(data, key, aad) end

---@class CryptoJwt
crypto.jwt = {}

---@quickref crypto.jwt.encode(claims, key, algorithm?) -> token, err | Make a signed token
---@param claims table  `_header` adds fields to the header; times such as `exp` are seconds since 1970
---@param key string  a secret, or for RS256 a private RSA key as PEM
---@param algorithm? string  "HS256" unless given; "HS384", "HS512", "RS256"
---@return string? token
---@return Error? err  kind "Invalid"
function crypto.jwt.encode(claims, key, algorithm) end

---@quickref crypto.jwt.verify(token, key, algorithm?, require_exp?) -> claims, err | The claims of a token that holds now
---@param token string
---@param key string  a secret, or for RS256 a public RSA key as PEM
---@param algorithm? string  "HS256" unless given; the token must say the same
---@param require_exp? boolean  true unless given: a token without `exp` is refused
---@return table? claims
---@return Error? err  kind "Internal": forged, expired, not yet valid; "Invalid": the key or the algorithm
function crypto.jwt.verify(token, key, algorithm, require_exp) end

---@quickref crypto.pbkdf2(password, salt, iterations, length, algorithm?) -> bytes, err | A key from a password
---@param password string
---@param salt string
---@param iterations integer  times the key's blocks at most 10000000, in a workflow 100000
---@param length integer  bytes, 1 to 1024
---@param algorithm? string  "sha256" unless given, or "sha512"
---@return string? key
---@return Error? err  kind "Invalid"
function crypto.pbkdf2(password, salt, iterations, length, algorithm) end

---@quickref crypto.constant_time_compare(a, b) -> boolean | Whether they are equal; the time it takes tells only the lengths
---@param a string
---@param b string
---@return boolean
function crypto.constant_time_compare(a, b) end

return crypto
