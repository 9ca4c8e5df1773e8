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
---@field cron_schedule_to_schedule_interval Duration?  of a run of a cron schedule: from when it was scheduled to when the next one is
---@field start_time Time
---@field execution_timeout Duration?
---@field execution_expiration_time Time?  when the server ends this run and those that take its place
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
---@field continue_as_new_reasons string[]  "history_size_too_large", "too_many_history_events", "too_many_updates"
---@field target_version_changed boolean  the run is pinned to a version that is not the worker's newest any more
---@field last_result any  what the run before gave, of a cron schedule
---@field original_run_id string  the run id before any reset
---@field priority { priority_key: integer, fairness_key: string, fairness_weight: number }?
---@field deployment_name string?  of the worker's version that takes the current task
---@field build_id string?  of the worker's version that takes the current task

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

---@quickref workflow.wait_signal(name, options?) -> value, err | The next signal of a name: its argument, a list if there are several, true if there is none, nil if it is null
---@param name string
---@param options { timeout: string | number | Duration | nil, summary: string? }?  A number is milliseconds; default: no limit. `summary`: what the Web UI shows beside the timer of a limit
---@return any value
---@return Error? err  Timeout, or Canceled
function workflow.wait_signal(name, options) end

---@quickref workflow.handlers_finished() -> boolean | Whether no handler of a signal or update runs
---@return boolean
function workflow.handlers_finished() end

---@quickref workflow.state(value) | What the query `state` answers from now on; later changes of the table show
---@param value any
function workflow.state(value) end

---@quickref workflow.progress(done, total, text?) | What the query `progress` answers from now on, and `metonic workflow watch` shows: `{ done, total, percent, text }`
--- A handler of your own for that query is asked instead.
---@param done number  not negative
---@param total number  not negative; 100 percent if it is zero
---@param text string?  a few words
function workflow.progress(done, total, text) end

---@quickref workflow.details(text) | What the Web UI shows of the run now; Markdown
---@param text string
function workflow.details(text) end

-- Scopes: cancellation, shields, time limits --------------------------------------------------

---@class Scope
local Scope = {}

---@quickref scope:result() -> … | What the function gave; waits for its end. An error object that it raised is given as `nil, err`
--- A function may give several values here; only what stands beside `nil`, and is neither true nor false,
--- is its error, a text too, which stays one.
---@return any ...
function Scope:result() end

---@quickref scope:cancel(reason?) | Refuse every wait inside it, those that stand and those to come; also of what goes on when its function has ended
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
---@return any ...  what the function gave, as it gave it: a text beside nil stays a text
function workflow.shield(fn) end

---@quickref workflow.with_timeout(duration, fn, options?) -> … | Call a function; when the time has passed, cancel what it does. `nil, err` of kind Timeout then, of kind Invalid for a negative duration or a text that is none
---@param duration string | integer | Duration  a text like `5s`, or nanoseconds
---@param fn function
---@param options { summary: string? }?  what the Web UI shows beside the timer
---@return any ...  what the function gave, as it gave it: a text beside nil stays a text
function workflow.with_timeout(duration, fn, options) end

---@quickref workflow.cancelled() -> reason | Why the running code is to end, or nil; also inside a shield
---@return string? reason
function workflow.cancelled() end

---@quickref workflow.cancellation() -> channel | Gives that reason once, and is closed then; one for each scope
---@return Channel
function workflow.cancellation() end

-- Joins: all, race, await, mutex, semaphore ---------------------------------------------------

---@alias Joinable function | Future | Scope | Child  anything with `result` and `cancel`

---@quickref workflow.all(items) -> results, err | Run several things at once; the first failure cancels the rest
--- A function gives one value, or its error as the second; so in a race. A second value that is no error, and
--- neither true nor false, is a mistake in the code: the task fails. A text as the error is given as an error of kind Internal.
---@param items table  a list of Joinable; `settle = true`: cancel nothing, and give `{ ok, value, error }` for each
---@return any[]? results  in the order of the items
---@return Error? err  the first failure, when everything has ended
function workflow.all(items) end

---@quickref workflow.race(items) -> value, err, index | Run several things at once; the first that ends cancels the rest
---@param items table  a list of Joinable; `settle = true`: cancel nothing, the rest goes on
---@return any? value
---@return Error? err  what the first one failed with
---@return integer index  which one was first
function workflow.race(items) end

---A condition that changes something raises. What it changes further away than about 1,000 values is not noticed,
---and then a replay may come to another end.
---@quickref workflow.await(condition, timeout?, options?) -> boolean, err | Wait until a condition is true; false when the time has passed
---@param condition fun(): boolean  looked at when all coroutines wait; it must neither wait, nor ask for anything, nor change anything
---@param timeout (string | integer | Duration)?  a text like `5s`, or nanoseconds; default: no limit
---@param options { summary: string? }?  what the Web UI shows beside the timer
---@return boolean? met
---@return Error? err  Canceled, or Invalid for a negative duration or a text that is none
function workflow.await(condition, timeout, options) end

---@class Mutex
local Mutex = {}

---@quickref mutex:lock() -> true, err | Wait for it, first come, first served; `nil, err` when cancelled
---@return true?
---@return Error? err  Canceled
function Mutex:lock() end

---@quickref mutex:try_lock() -> boolean | Take it if it is free
---@return boolean taken
function Mutex:try_lock() end

---@quickref mutex:unlock() | Give it to the next one; raises if it is not locked
function Mutex:unlock() end

---@quickref mutex:with(fn) -> … | Call a function while it is held; an error gives it back, too. `nil, err` when cancelled before
---@param fn function
---@return any ...
function Mutex:with(fn) end

---@quickref workflow.mutex() -> mutex | What one coroutine at a time can hold
---@return Mutex
function workflow.mutex() end

---@class Semaphore
local Semaphore = {}

---@quickref semaphore:acquire() -> true, err | Wait for a permit, first come, first served; `nil, err` when cancelled
---@return true?
---@return Error? err  Canceled
function Semaphore:acquire() end

---@quickref semaphore:try_acquire() -> boolean | Take a permit if one is free
---@return boolean taken
function Semaphore:try_acquire() end

---@quickref semaphore:release() | Give a permit to the next one; raises if none is held
function Semaphore:release() end

---@quickref semaphore:with(fn) -> … | Call a function while a permit is held; an error gives it back, too. `nil, err` when cancelled before
---@param fn function
---@return any ...
function Semaphore:with(fn) end

---@quickref workflow.semaphore(n) -> semaphore | What n coroutines at a time can hold
---@param n integer  from 1
---@return Semaphore
function workflow.semaphore(n) end

-- Children and other workflows ----------------------------------------------------------------

--- Durations are texts like "1h30m", milliseconds, or Durations of `time`. Each key may have `workflow.` or
--- `temporal.workflow.` before it, and capitals: `runTimeout`.
---@class RunOptions
---@field id string?  the workflow id of a child; without it one is made
---@field task_queue string?  where a worker of any program polls, without the client's prefix
---@field namespace string?  of a child; another one than the run's own
---@field execution_timeout string | number | Duration | nil  of a child: all its runs together
---@field run_timeout string | number | Duration | nil
---@field task_timeout string | number | Duration | nil
---@field retry_policy table?  initial_interval, backoff_coefficient, maximum_interval, maximum_attempts, non_retryable_error_types
---@field cron_schedule string?  of a child: "30 8 * * mon-fri", "@daily", "@every 1h30m"
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
---@field versioning_intent string?  for servers with version sets: "compatible", "default"
---@field type string?  of the next run: another workflow
---@field start_delay string | number | Duration | nil  of the next run
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

---@quickref child:post(name, …) -> true, err | Signal the child and go on at once; nobody is told whether it got it. What is sent to it arrives in its order
---@param name string
---@param ... any
---@return true? done
---@return Error? err  Invalid: it cannot be sent. Canceled
function Child:post(name, ...) end

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
---@param run_id string?  without it: the run that goes on now; as `5a76f94e-f7fa-48b3-922c-484f963d5c47`
---@param options { namespace: string? }?
---@return External
function workflow.external(id, run_id, options) end

---@quickref x:signal(name, …) -> true, err | Signal the workflow, and wait until it is known that it got it
---@param name string
---@param ... any
---@return true? done
---@return Error? err  NotFound. Invalid: it cannot be sent. Canceled
function External:signal(name, ...) end

---@quickref x:post(name, …) -> true, err | Signal the workflow and go on at once; nobody is told whether it got it. What is sent to it arrives in its order
---@param name string
---@param ... any
---@return true? done
---@return Error? err  Invalid: it cannot be sent. Canceled
function External:post(name, ...) end

---@quickref x:cancel(reason?, options?) -> true, err | Ask the workflow to end, and wait until it is known that it was asked
---@param reason string?
---@param options { wait: boolean? }?  `wait = false`: go on at once; nobody is told whether it was asked
---@return true? done
---@return Error? err  NotFound. Invalid: the server takes no such request. Canceled
function External:cancel(reason, options) end

---@quickref x:workflow_id() -> string | Its workflow id
---@return string
function External:workflow_id() end

---@quickref x:run_id() -> string or nil | The run that is meant, if one is
---@return string?
function External:run_id() end

-- Renewal: continue as new --------------------------------------------------------------------

---@quickref workflow.continue_as_new(…) | End the run; a new one takes its place. Never returns; wrong arguments raise
---@param ... any  what the new run is called with
function workflow.continue_as_new(...) end

---@quickref workflow.continue_as_new_if_suggested(…) | The same if the server says that it is time; else the run goes on, and nothing is returned
---@param ... any  what the new run is called with
function workflow.continue_as_new_if_suggested(...) end

---@quickref c:continue_as_new(…) | End the run; a new one takes its place, with these options. Never returns
---@param ... any
function RunCaller:continue_as_new(...) end

---@quickref c:continue_as_new_if_suggested(…) | The same if the server says that it is time; with `versioning_behavior = "auto_upgrade"` also if the target version has changed
---@param ... any
function RunCaller:continue_as_new_if_suggested(...) end

-- Versions ------------------------------------------------------------------------------------

---@quickref workflow.patched(id) -> boolean | False in a run that passed this place before it was patched
---@param id string  `tax-2` is the second version of `tax`: who asks for both in one run fails the task
---@return boolean
function workflow.patched(id) end

---@quickref workflow.deprecate_patch(id) | Every run that passes here has the patch; its marker may be missing later
---@param id string
function workflow.deprecate_patch(id) end

---@quickref workflow.version(id, min, max) -> integer | The version the run is on: `max` when it is new, `min` when it is older than the call
---@param id string  `tax-` and `tax` share names that versions are recorded under: who asks for both in one run may fail the task
---@param min integer  the lowest version that the code supports
---@param max integer  the newest
---@return integer  a recorded version below `min` or above `max` fails the task
function workflow.version(id, min, max) end

-- Search attributes and memo ------------------------------------------------------------------

--- In place of a value: takes the search attribute, or the field of the memo, away.
workflow.unset = nil

---@quickref workflow.attrs(attributes) -> true, err | Set search attributes and memo
---@param attributes { search: table<string, any>?, memo: table<string, any>? }  plain values, or {type = "text" | "keyword" | "int" | "double" | "bool" | "datetime" | "keyword_list", value =}
---@return true? done
---@return Error? err  Invalid: nothing was set, or what the server does not take
function workflow.attrs(attributes) end

---@quickref workflow.search_attributes() -> table | The search attributes as they are now; a Datetime is a Time
---@return table<string, any>
function workflow.search_attributes() end

---@quickref workflow.memo() -> table | The memo as it is now
---@return table<string, any>
function workflow.memo() end

-- Recorded: local activities and side effects -------------------------------------------------

---@quickref workflow.local_call(id, …) -> result, err | Call a function in this process; one event records it
---@param id string  `namespace:name`, or the name of an entry in the workflow's namespace
---@param ... any
---@return any? result
---@return Error? err  of kind NotFound if the workflow's worker does not have the function
function workflow.local_call(id, ...) end

---@quickref workflow.side_effect(fn, options?) -> result, err | Run code once; every replay gets what it gave. It runs in a cancelled scope, too
---@param fn fun(): any, any  must not wait or ask for anything; may return `nil, err`
---@param options { summary: string? }?  what the Web UI shows beside the record
---@return any? result
---@return Error? err  what it returned or raised
function workflow.side_effect(fn, options) end

---@quickref workflow.is_replaying() -> boolean | Whether this step has happened before; only for what is seen outside
---@return boolean
function workflow.is_replaying() end

return workflow
