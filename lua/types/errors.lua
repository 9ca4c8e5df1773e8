---@meta errors
--- Makes and reads error objects. A workflow that raises or returns one fails with its kind,
--- message and details; any other error is a bug, and its run waits for a fixed file.

---@class Error
local Error = {}

---@quickref e:kind() -> string | What sort of error it is: `errors.NOT_FOUND`, or any text
---@return string
function Error:kind() end

---@quickref e:type() -> string | The type under which Temporal knows it: the kind, or "Internal" if it has none; of another SDK's error, the type that it came with
---@return string
function Error:type() end

---@quickref e:message() -> string | What happened; also `tostring(e)`
---@return string
function Error:message() end

---@quickref e:retryable() -> boolean? | Whether trying again can help; nil: nobody said
---@return boolean?
function Error:retryable() end

---@quickref e:details() -> any? | What its maker added
---@return any?
function Error:details() end

---@quickref e:stack() -> string | The calls that led to it, one a line; if it has none, those of its nearest cause
---@return string
function Error:stack() end

---@quickref e:cause() -> Error? | What led to it
---@return Error?
function Error:cause() end

local errors = {}

errors.ALREADY_EXISTS = "AlreadyExists"
errors.CANCELED = "Canceled"
errors.CONFLICT = "Conflict"
errors.INTERNAL = "Internal"
errors.INVALID = "Invalid"
errors.NOT_FOUND = "NotFound"
errors.PERMISSION_DENIED = "PermissionDenied"
errors.RATE_LIMITED = "RateLimited"
errors.TERMINATED = "Terminated"
errors.TIMEOUT = "Timeout"
errors.UNAVAILABLE = "Unavailable"
errors.UNKNOWN = ""

---@quickref errors.new(message) or errors.new{message=, kind=, retryable=, details=} -> Error | Make an error
---@param message string | { message: string, kind: string?, retryable: boolean?, details: any? }
---@return Error
---@overload fun(kind: string, message: string): Error
function errors.new(message) end

---@quickref errors.wrap(error, context) -> Error | Put words in front; what is wrapped becomes the cause
--- Kind, type, retryability and details stay. After 32 causes a further one takes the place of the last
--- wrapping, whose words stay in the message. A cancellation that is wrapped is one still: a run that ends
--- with it ends as Canceled.
---@param error Error | string
---@param context string
---@return Error
function errors.wrap(error, context) end

---@quickref errors.is(error, kind) -> boolean | Whether it, or what led to it, is of a kind
---@param error any
---@param kind string
---@return boolean
function errors.is(error, kind) end

---@quickref errors.call_stack(error) -> table? | The calls that led to it, as fields
---@param error any
---@return { thread: string, frames: { source: string, line: integer, name: string? }[] }?
function errors.call_stack(error) end

return errors
