---@meta metrics
--- Numbers for Prometheus, at the address that `--metrics-address` names; without one they go
--- nowhere. A workflow counts nothing while it replays. Names have letters, digits and `_`; those that
--- begin with `temporal_` or `metonic_` are taken. A label is a string, a number or a boolean of at
--- most 200 bytes and names one of a few groups: a metric has at most 10 labels, always the same ones,
--- and at most 1,000 sets of their values. What breaks a rule of names or numbers is `nil` and an error
--- of kind `Invalid`; so is in a function what finds no room, which in a workflow is only logged.

local metrics = {}

---@quickref metrics.counter_inc(name, labels?) -> ok, err | Counts one more
---@param name string
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.counter_inc(name, labels) end

---@quickref metrics.counter_add(name, value, labels?) -> ok, err | Counts so much more; not less than 0
---@param name string
---@param value number
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.counter_add(name, value, labels) end

---@quickref metrics.gauge_set(name, value, labels?) -> ok, err | Says how much there is now
---@param name string
---@param value number
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.gauge_set(name, value, labels) end

---@quickref metrics.gauge_inc(name, labels?) -> ok, err | One more is there now
---@param name string
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.gauge_inc(name, labels) end

---@quickref metrics.gauge_dec(name, labels?) -> ok, err | One less is there now
---@param name string
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.gauge_dec(name, labels) end

---@quickref metrics.histogram(name, value, labels?) -> ok, err | One value more, in buckets from 0.005 to 10,000
---@param name string
---@param value number  seconds, amounts, sizes: whatever is measured
---@param labels? table<string, string|number|boolean>
---@return true? ok
---@return Error? err
function metrics.histogram(name, value, labels) end

return metrics
