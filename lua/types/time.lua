---@meta time
--- The clock, durations and points in time. A workflow's clock is the server's, and its timers are
--- kept by the server. A duration is a text like "1h30m", a number of nanoseconds, or a Duration;
--- anything else is a misuse, and raised.

local time = {}

---@class Duration
local Duration = {}

---@quickref d:nanoseconds() -> integer | Whole nanoseconds
---@return integer
function Duration:nanoseconds() end

---@quickref d:microseconds() -> integer | Whole microseconds
---@return integer
function Duration:microseconds() end

---@quickref d:milliseconds() -> integer | Whole milliseconds
---@return integer
function Duration:milliseconds() end

---@quickref d:seconds() -> number | Seconds, with a fraction
---@return number
function Duration:seconds() end

---@quickref d:minutes() -> number | Minutes, with a fraction
---@return number
function Duration:minutes() end

---@quickref d:hours() -> number | Hours, with a fraction
---@return number
function Duration:hours() end

---@class Location
local Location = {}

---@quickref l:string() -> text | Its name
---@return string
function Location:string() end

---@class Time
local Time = {}

---@quickref t:add(duration) -> time, err | Later by so much
---@param duration string | number | Duration
---@return Time? time
---@return Error? err
function Time:add(duration) end

---@quickref t:sub(earlier) -> duration | How much later it is
---@param earlier Time
---@return Duration
function Time:sub(earlier) end

---@quickref t:add_date(years, months, days) -> time, err | Another day at the same hour
---@param years integer
---@param months integer
---@param days integer
---@return Time? time
---@return Error? err
function Time:add_date(years, months, days) end

---@quickref t:after(other) -> boolean | Whether it is later
---@param other Time
---@return boolean
function Time:after(other) end

---@quickref t:before(other) -> boolean | Whether it is earlier
---@param other Time
---@return boolean
function Time:before(other) end

---@quickref t:equal(other) -> boolean | Whether it is the same point in time, in whatever location
---@param other Time
---@return boolean
function Time:equal(other) end

---@quickref t:format(layout) -> text | As the layout shows the second of January 2006, 15:04:05
---@param layout string  `time.RFC3339`, `"2006-01-02"`
---@return string
function Time:format(layout) end

---@quickref t:format_rfc3339() -> text | As `2006-01-02T15:04:05Z`
---@return string
function Time:format_rfc3339() end

---@quickref t:unix() -> integer | Seconds since 1970
---@return integer
function Time:unix() end

---@quickref t:unix_nano() -> integer, err | Nanoseconds since 1970
---@return integer? nanoseconds
---@return Error? err
function Time:unix_nano() end

---@quickref t:date() -> year, month, day | The day
---@return integer year
---@return integer month
---@return integer day
function Time:date() end

---@quickref t:clock() -> hour, minute, second | The hour of the day
---@return integer hour
---@return integer minute
---@return integer second
function Time:clock() end

---@quickref t:year() -> integer | The year
---@return integer
function Time:year() end

---@quickref t:month() -> integer | 1 for January
---@return integer
function Time:month() end

---@quickref t:day() -> integer | The day of the month
---@return integer
function Time:day() end

---@quickref t:hour() -> integer | 0 to 23
---@return integer
function Time:hour() end

---@quickref t:minute() -> integer | 0 to 59
---@return integer
function Time:minute() end

---@quickref t:second() -> integer | 0 to 59
---@return integer
function Time:second() end

---@quickref t:nanosecond() -> integer | The part of the second
---@return integer
function Time:nanosecond() end

---@quickref t:weekday() -> integer | 0 for Sunday
---@return integer
function Time:weekday() end

---@quickref t:year_day() -> integer | 1 for the first of January
---@return integer
function Time:year_day() end

---@quickref t:is_zero() -> boolean | Whether it is the first moment of the year 1
---@return boolean
function Time:is_zero() end

---@quickref t:utc() -> time | The same point in time, shown in UTC
---@return Time
function Time:utc() end

---@quickref t:in_local() -> time | The same as `t:utc()`: machines differ, runs must not
---@return Time
function Time:in_local() end

---@quickref t:in_location(location) -> time | The same point in time, shown in another location
---@param location Location
---@return Time
function Time:in_location(location) end

---@quickref t:location() -> location | Where it is shown
---@return Location
function Time:location() end

---@quickref t:round(step) -> time, err | To the nearest multiple of a step since the year 1
---@param step Duration
---@return Time? time
---@return Error? err
function Time:round(step) end

---@quickref t:truncate(step) -> time, err | Down to a multiple of a step since the year 1
---@param step Duration
---@return Time? time
---@return Error? err
function Time:truncate(step) end

---@class Timer
local Timer = {}

---@quickref timer:response() -> channel | Gives the time when it fires
---@return Channel
function Timer:response() end

---@quickref timer:channel() -> channel | The same as `timer:response()`
---@return Channel
function Timer:channel() end

---@quickref timer:stop() -> boolean | Stop it; whether it was still to fire. A time that was not received is taken back
---@return boolean
function Timer:stop() end

---@quickref timer:reset(duration) -> boolean, err | Set it anew; whether it was still to fire. A time that was not received is taken back
---@param duration string | number | Duration  longer than nothing
---@return boolean? was_set
---@return Error? err  Invalid; Canceled if the timer was cancelled with its scope
function Timer:reset(duration) end

---@class Ticker
local Ticker = {}

---@quickref ticker:response() -> channel | Gives the time again and again
---@return Channel
function Ticker:response() end

---@quickref ticker:channel() -> channel | The same as `ticker:response()`
---@return Channel
function Ticker:channel() end

---@quickref ticker:stop() | Stop it and close its channel; a time that was not received is taken back
function Ticker:stop() end

---@quickref time.now() -> time | The time, in UTC
---@return Time
function time.now() end

---@class WaitOptions
---@field summary? string  what the Web UI shows beside a workflow's timer; functions show it nowhere

---@quickref time.sleep(duration, options?) -> true, err | Wait
---@param duration string | number | Duration  nothing lets other coroutines go on
---@param options? WaitOptions  none unless given; an unknown key raises
---@return boolean? done
---@return Error? err  kind "Canceled" when the wait was cut short, "Invalid" for a text that is no duration
function time.sleep(duration, options) end

---Whose timer fires early, since clocks differ, waits for the rest: when it gives true, `time.now()` is not
---before `time`.
---@quickref time.sleep_until(time, options?) -> true, err | Wait until then; not at all if it is past
---@param time Time
---@param options? WaitOptions  none unless given; an unknown key raises
---@return boolean? done
---@return Error? err  kind "Canceled" when the wait was cut short
function time.sleep_until(time, options) end

---@quickref time.after(duration, options?) -> channel, err | A channel that gives the time once
---@param duration string | number | Duration  longer than nothing
---@param options? WaitOptions  none unless given; an unknown key raises
---@return Channel? channel
---@return Error? err  kind "Invalid"
function time.after(duration, options) end

---@quickref time.timer(duration, options?) -> timer, err | The same, which can be stopped and set anew
---@param duration string | number | Duration  longer than nothing
---@param options? WaitOptions  none unless given; holds for every `reset`; an unknown key raises
---@return Timer? timer
---@return Error? err  kind "Invalid"
function time.timer(duration, options) end

---@quickref time.ticker(duration, options?) -> ticker, err | Gives the time again and again; what nobody takes is not kept
---@param duration string | number | Duration  longer than nothing
---@param options? WaitOptions  none unless given; holds for every tick; an unknown key raises
---@return Ticker? ticker
---@return Error? err  kind "Invalid"
function time.ticker(duration, options) end

---@quickref time.date(year, month, day, hour, minute, second, nanosecond, location?) -> time, err | A point in time by its parts
---@param year integer
---@param month? integer
---@param day? integer
---@param hour? integer
---@param minute? integer
---@param second? integer
---@param nanosecond? integer
---@param location? Location  UTC unless it is given
---@return Time? time
---@return Error? err
function time.date(year, month, day, hour, minute, second, nanosecond, location) end

---@quickref time.unix(seconds, nanoseconds?) -> time, err | So long after 1970
---@param seconds integer
---@param nanoseconds? integer
---@return Time? time
---@return Error? err
function time.unix(seconds, nanoseconds) end

---@quickref time.parse(layout, text, location?) -> time, err | Read a time that is written as the layout shows
---@param layout string
---@param text string
---@param location? Location  of a text that names none
---@return Time? time
---@return Error? err
function time.parse(layout, text, location) end

---@quickref time.parse_duration(value) -> duration, err | Read a duration
---@param value string | number | Duration
---@return Duration? duration
---@return Error? err
function time.parse_duration(value) end

---@quickref time.load_location(name) -> location, err | A place of the IANA database, compiled in
---@param name string  `Europe/Berlin`, `UTC`; `Local` is UTC, whatever the machine's zone
---@return Location? location
---@return Error? err  kind "NotFound"
function time.load_location(name) end

---@quickref time.fixed_zone(name, seconds) -> location, err | So far to the east of UTC
---@param name string
---@param seconds integer  less than a day
---@return Location? location
---@return Error? err  kind "Invalid"
function time.fixed_zone(name, seconds) end

---@type Location
time.utc = nil
--- The same as `time.utc`: machines differ, runs must not.
---@type Location
time.localtz = nil

time.RFC3339 = "2006-01-02T15:04:05Z07:00"
time.RFC3339NANO = "2006-01-02T15:04:05.999999999Z07:00"
time.RFC822 = "02 Jan 06 15:04 MST"
time.RFC822Z = "02 Jan 06 15:04 -0700"
time.RFC850 = "Monday, 02-Jan-06 15:04:05 MST"
time.RFC1123 = "Mon, 02 Jan 2006 15:04:05 MST"
time.RFC1123Z = "Mon, 02 Jan 2006 15:04:05 -0700"
time.KITCHEN = "3:04PM"
time.STAMP = "Jan _2 15:04:05"
time.STAMP_MILLI = "Jan _2 15:04:05.000"
time.STAMP_MICRO = "Jan _2 15:04:05.000000"
time.STAMP_NANO = "Jan _2 15:04:05.000000000"
time.DATE_TIME = "2006-01-02 15:04:05"
time.DATE_ONLY = "2006-01-02"
time.TIME_ONLY = "15:04:05"

time.NANOSECOND = 1
time.MICROSECOND = 1000
time.MILLISECOND = 1000000
time.SECOND = 1000000000
time.MINUTE = 60000000000
time.HOUR = 3600000000000

time.JANUARY = 1
time.FEBRUARY = 2
time.MARCH = 3
time.APRIL = 4
time.MAY = 5
time.JUNE = 6
time.JULY = 7
time.AUGUST = 8
time.SEPTEMBER = 9
time.OCTOBER = 10
time.NOVEMBER = 11
time.DECEMBER = 12

time.SUNDAY = 0
time.MONDAY = 1
time.TUESDAY = 2
time.WEDNESDAY = 3
time.THURSDAY = 4
time.FRIDAY = 5
time.SATURDAY = 6

return time
