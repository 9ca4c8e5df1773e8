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

-- Joins: all, race, await, mutex, semaphore ---------------------------------------------------

-- Children and other workflows ----------------------------------------------------------------

-- Renewal: continue as new --------------------------------------------------------------------

-- Versions ------------------------------------------------------------------------------------

-- Search attributes and memo ------------------------------------------------------------------

-- Recorded: local activities and side effects -------------------------------------------------

return workflow
