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

---@class HandlerOptions
---@field description string?  What it is for; the Web UI shows it
---@field unfinished "warn" | "abandon" | nil  What to do if the run ends while it runs; default "warn"

---@class UpdateHandler
---@field handler fun(...): any, Error?  Its result, or `nil, err`, answers the update
---@field validate (fun(...): any, any)?  Rejects by raising, by `nil, err`, or by `false` and a reason
---@field description string?  What it is for; the Web UI shows it
---@field unfinished "warn" | "abandon" | nil  What to do if the run ends while it runs; default "warn"

---@class UpdateInfo
---@field id string
---@field name string

---@quickref workflow.on_signal(name, handler, options?) | Run `handler` with the arguments of each signal, in a coroutine of its own; name "*" takes what nothing else takes, and is told the name
---@param name string
---@param handler fun(...)
---@param options HandlerOptions?
function workflow.on_signal(name, handler, options) end

---@quickref workflow.on_query(name, handler, options?) | Answer a query; the handler can look at the run and change nothing
---@param name string
---@param handler fun(...): any, Error?
---@param options { description: string? }?
function workflow.on_query(name, handler, options) end

---@quickref workflow.on_update(name, handler) | Answer updates, each in a coroutine of its own, after an optional `validate`
---@param name string
---@param handler UpdateHandler | fun(...): any, Error?
function workflow.on_update(name, handler) end

---@quickref workflow.update_info() -> {id, name} or nil | The update whose handler or validator runs
---@return UpdateInfo?
function workflow.update_info() end

---@quickref workflow.signals(name) -> channel, err | The values of the signals of a name, in order; the same as process.listen(name)
---@param name string
---@return Channel? channel
---@return Error? err  Invalid: the name is empty or reserved
function workflow.signals(name) end

---@quickref workflow.wait_signal(name, options?) -> value, err | The next signal of a name: its argument, a list if there are several, true if there is none
---@param name string
---@param options { timeout: string | number | Duration | nil }?  A number is milliseconds; default: no limit
---@return any value
---@return Error? err  Timeout, or Canceled
function workflow.wait_signal(name, options) end

---@quickref workflow.handlers_finished() -> boolean | Whether no handler of a signal or update runs
---@return boolean
function workflow.handlers_finished() end

---@quickref workflow.state(value) | What the query `state` answers from now on; later changes of the table show
---@param value any
function workflow.state(value) end

---@quickref workflow.details(text) | What the Web UI shows of the run now; Markdown
---@param text string
function workflow.details(text) end

-- Scopes: cancellation, shields, time limits --------------------------------------------------

-- Joins: all, race, await, mutex, semaphore ---------------------------------------------------

-- Children and other workflows ----------------------------------------------------------------

-- Renewal: continue as new --------------------------------------------------------------------

-- Versions ------------------------------------------------------------------------------------

-- Search attributes and memo ------------------------------------------------------------------

-- Recorded: local activities and side effects -------------------------------------------------

return workflow
