---@meta os
--- Time, always in UTC. In a workflow it is the workflow's own.

local os = {}

os.platform = "metonic"

---@quickref os.time(date?) -> integer | Seconds since 1970, now or of a date
---@param date? { year: integer, month: integer, day: integer, hour: integer?, min: integer?, sec: integer? }
---@return integer
function os.time(date) end

---@quickref os.date(format?, time?) -> text or table | A time as text, or with "*t" as a table
---@param format? string
---@param time? number
---@return string | table
function os.date(format, time) end

---@quickref os.clock() -> number | Seconds since the run first asked
---@return number
function os.clock() end

---@quickref os.difftime(later, earlier?) -> number | Seconds between two times
---@param later number
---@param earlier? number
---@return number
function os.difftime(later, earlier) end

return os
