---@meta activity
--- The attempt that runs: only in functions. An activity may be tried more than once, and each try
--- is an attempt.

local activity = {}

---@class ActivityInfo
---@field activity_id string
---@field activity_type string
---@field attempt integer  1 for the first
---@field deadline number?  when the server gives the attempt up, in seconds since 1970
---@field heartbeat_timeout number?  in seconds
---@field is_local boolean
---@field namespace string
---@field run_id string
---@field schedule_to_close_timeout number?  in seconds
---@field scheduled_at number?  in seconds since 1970
---@field start_to_close_timeout number?  in seconds
---@field started_at number?  in seconds since 1970
---@field task_queue string
---@field workflow_id string
---@field workflow_type string

---@quickref activity.info() -> table | What runs, for whom, and how long it may take
---@return ActivityInfo
function activity.info() end

---@quickref activity.heartbeat(details…) | Say that the attempt is alive, and how far it is
--- Needed by activities with a `heartbeat_timeout`, and to hear of a cancellation.
---@param ... any  what the next attempt gets from `activity.heartbeat_details`
function activity.heartbeat(...) end

---@quickref activity.heartbeat_details() -> values… | What the attempt before this one said last
---@return any ...
function activity.heartbeat_details() end

---@quickref activity.cancelled() -> reason? | Why the attempt should end; nil: it should go on
---@return "cancel" | "timeout" | "shutdown" | "paused" | "reset" | "gone" | nil
function activity.cancelled() end

---@quickref activity.cancellation() -> channel | Gives the reason once the attempt should end
--- By then every call that waits gives `nil, err` with the kind "Canceled".
---@return Channel
function activity.cancellation() end

---@quickref activity.idempotency_key() -> text | The same for all attempts of one activity, and for no other
---@return string
function activity.idempotency_key() end

return activity
