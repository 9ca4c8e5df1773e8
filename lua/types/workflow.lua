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

--- Durations are texts like "1h30m", or milliseconds. Each key may have `workflow.` or
--- `temporal.workflow.` before it.
---@class RunOptions
---@field id string?  the workflow id of a child; without it one is made
---@field task_queue string?  where a worker of any program polls, without the client's prefix
---@field namespace string?  of a child; another one than the run's own
---@field execution_timeout string | number | nil  of a child: all its runs together
---@field run_timeout string | number | nil
---@field task_timeout string | number | nil
---@field retry_policy table?  initial_interval, backoff_coefficient, maximum_interval, maximum_attempts, non_retryable_error_types
---@field cron_schedule string?  of a child
---@field memo table<string, any>?
---@field search_attributes table<string, any>?  plain values, or {type =, value =}
---@field summary string?  of a child: one line for the Web UI
---@field details string?  of a child: more lines for the Web UI
---@field priority table?  of a child: priority_key, fairness_key, fairness_weight
---@field id_reuse_policy string?  of a child: "allow_duplicate", "allow_duplicate_failed_only", "reject_duplicate", "terminate_if_running"
---@field parent_close_policy string?  of a child: "terminate", "abandon", "request_cancel"
---@field cancellation_type string?  of a child: "wait_completed", "wait_requested", "try_cancel", "abandon"
---@field wait_for_cancellation boolean?  of a child: true is "wait_completed", false "try_cancel"
---@field versioning_override string | table | nil  of a child: "auto_upgrade", or {mode = "pinned", version = {deployment_name =, build_id =}}
---@field versioning_intent string?  of a child, for servers with version sets: "compatible", "default"
---@field type string?  of the next run: another workflow
---@field start_delay string | number | nil  of the next run
---@field versioning_behavior string?  of the next run: "auto_upgrade"

---@class RunCaller
local RunCaller = {}

---@class Child
local Child = {}

---@class External
local External = {}

---@quickref workflow.exec(id, …) -> result, err | Run a child workflow and wait for its result
---@param id string  the id of an entry
---@param ... any
---@return any result
---@return Error? err  what made the child fail; AlreadyExists; Canceled; Terminated; Invalid for an unknown id
function workflow.exec(id, ...) end

---@quickref workflow.with_options(options) -> caller | Say how another run is started
---@param options RunOptions
---@return RunCaller
function workflow.with_options(options) end

---@quickref c:exec(id, …) -> result, err | Run a child with these options and wait for its result
---@param id string
---@param ... any
---@return any result
---@return Error? err
function RunCaller:exec(id, ...) end

---@quickref c:start(id, …) -> child, err | Start a child and wait only until it runs
---@param id string
---@param ... any
---@return Child? child
---@return Error? err
function RunCaller:start(id, ...) end

---@quickref c:with_context(values) -> caller | Values on top of the run's context, for the other run
---@param values table<string, any>
---@return RunCaller
function RunCaller:with_context(values) end

---@quickref child:result() -> result, err | Wait for the end; the same for everybody who asks
---@return any result
---@return Error? err
function Child:result() end

---@quickref child:signal(name, …) -> true, err | Signal the child, and wait until it is known that it got it
---@param name string
---@param ... any
---@return true? done
---@return Error? err  NotFound once it has ended
function Child:signal(name, ...) end

---@quickref child:cancel(reason?) -> true | Ask the child to end
---@param reason string?
---@return true
function Child:cancel(reason) end

---@quickref child:pid() -> string | What the child is called among processes
---@return string
function Child:pid() end

---@quickref child:workflow_id() -> string | The child's workflow id
---@return string
function Child:workflow_id() end

---@quickref child:run_id() -> string | The id of the child's first run
---@return string
function Child:run_id() end

---@quickref workflow.external(id, run_id?, options?) -> external | A workflow that somebody else started
---@param id string  its workflow id
---@param run_id string?  without it: the run that goes on now
---@param options { namespace: string? }?
---@return External
function workflow.external(id, run_id, options) end

---@quickref x:signal(name, …) -> true, err | Signal the workflow, and wait until it is known that it got it
---@param name string
---@param ... any
---@return true? done
---@return Error? err  NotFound
function External:signal(name, ...) end

---@quickref x:cancel(reason?) -> true, err | Ask the workflow to end, and wait until it is known that it was asked
---@param reason string?
---@return true? done
---@return Error? err  NotFound
function External:cancel(reason) end

---@quickref x:workflow_id() -> string | Its workflow id
---@return string
function External:workflow_id() end

---@quickref x:run_id() -> string or nil | The run that is meant, if one is
---@return string?
function External:run_id() end

-- Renewal: continue as new --------------------------------------------------------------------

-- Versions ------------------------------------------------------------------------------------

-- Search attributes and memo ------------------------------------------------------------------

-- Recorded: local activities and side effects -------------------------------------------------

return workflow
