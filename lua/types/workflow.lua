---@meta workflow
--- What a run knows of itself.

local workflow = {}

---@class WorkflowRelative
---@field namespace string
---@field workflow_id string
---@field run_id string

---@class WorkflowInfo
---@field workflow_id string
---@field run_id string
---@field workflow_type string
---@field namespace string
---@field task_queue string
---@field attempt integer
---@field first_run_id string
---@field continued_run_id string?
---@field cron string?
---@field start_time Time
---@field execution_timeout Duration?
---@field run_timeout Duration?
---@field task_timeout Duration?
---@field parent WorkflowRelative?
---@field root WorkflowRelative?
---@field memo table<string, any>
---@field search_attributes table<string, any>
---@field retry_policy table?
---@field last_failure Error?
---@field history_length integer
---@field history_size integer
---@field continue_as_new_suggested boolean

---@quickref workflow.info() -> table | Everything that the run knows of itself
---@return WorkflowInfo
function workflow.info() end

---@quickref workflow.history_length() -> integer | How many events the history has
---@return integer
function workflow.history_length() end

---@quickref workflow.history_size() -> integer | How many bytes the history has
---@return integer
function workflow.history_size() end

-- Handlers of signals, queries and updates ---------------------------------------------------

-- Scopes: cancellation, shields, time limits --------------------------------------------------

---@class Scope
local Scope = {}

---@quickref scope:result() -> … | What the function gave; waits for its end. An error object that it raised is given as `nil, err`
---@return any ...
function Scope:result() end

---@quickref scope:cancel(reason?) | Refuse every wait inside it, those that stand and those to come
---@param reason string?  default ""
function Scope:cancel(reason) end

---@quickref scope:cancelled() -> reason | Why it was cancelled, or nil
---@return string? reason
function Scope:cancelled() end

---@quickref workflow.scope(fn) -> scope | Run a function beside the others, in a scope that can be cancelled
---@param fn function
---@return Scope
function workflow.scope(fn) end

---@quickref workflow.shield(fn) -> … | Call a function that no cancellation from outside reaches
---@param fn function
---@return any ...  what the function gave
function workflow.shield(fn) end

---@quickref workflow.with_timeout(duration, fn) -> … | Call a function; when the time has passed, cancel what it does. `nil, err` of kind Timeout then, of kind Invalid for no duration
---@param duration string | integer | Duration  a text like `5s`, or nanoseconds
---@param fn function
---@return any ...  what the function gave
function workflow.with_timeout(duration, fn) end

---@quickref workflow.cancelled() -> reason | Why the running code is to end, or nil; also inside a shield
---@return string? reason
function workflow.cancelled() end

---@quickref workflow.cancellation() -> channel | Gives that reason once, and is closed then; one for each scope
---@return Channel
function workflow.cancellation() end

-- Joins: all, race, await, mutex, semaphore ---------------------------------------------------

-- Children and other workflows ----------------------------------------------------------------

-- Renewal: continue as new --------------------------------------------------------------------

-- Versions ------------------------------------------------------------------------------------

-- Search attributes and memo ------------------------------------------------------------------

-- Recorded: local activities and side effects -------------------------------------------------

return workflow
