//! The part of `time` that asks no clock: durations, points in time, zones, and their texts.
//!
//! A clock adds `now`, the sleeps and the timers to it ([`Clock`]); the objects are the same in
//! workflows and functions.

pub(in crate::lua::modules) mod civil;
mod clock;
mod format;
mod layout;
mod methods;
mod moment;
mod options;
mod parse;
mod span;
mod written;
mod zone;

#[cfg(test)]
mod tests;

use mlua::{AnyUserData, Function, Lua, Table, Value as LuaValue, Variadic};

use crate::{
    lua::{Answer, arguments, channel_functions, from_lua, sandbox::ours, waiting_functions},
    value::{Failure, Value},
};

pub(crate) use clock::{Clock, table_of};
pub(crate) use methods::moment as moment_argument;
pub(crate) use moment::Moment;
pub(crate) use options::{summary, summary_in};
pub(crate) use span::TimeSpan;
pub(crate) use written::{option_with_texts, options_with_texts};
pub(crate) use zone::unknown_zone;

use zone::Zone;

/// The longest layout, in bytes: what it makes is longer still.
const LONGEST_TEXT: usize = 8 * 1024;
const TIMERS: &str = include_str!("../../../../lua/prelude/timers.lua");
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";
const LAYOUTS: [(&str, &str); 15] = [
    ("RFC3339", RFC3339),
    ("RFC3339NANO", RFC3339_NANO),
    ("RFC822", "02 Jan 06 15:04 MST"),
    ("RFC822Z", "02 Jan 06 15:04 -0700"),
    ("RFC850", "Monday, 02-Jan-06 15:04:05 MST"),
    ("RFC1123", "Mon, 02 Jan 2006 15:04:05 MST"),
    ("RFC1123Z", "Mon, 02 Jan 2006 15:04:05 -0700"),
    ("KITCHEN", "3:04PM"),
    ("STAMP", "Jan _2 15:04:05"),
    ("STAMP_MILLI", "Jan _2 15:04:05.000"),
    ("STAMP_MICRO", "Jan _2 15:04:05.000000"),
    ("STAMP_NANO", "Jan _2 15:04:05.000000000"),
    ("DATE_TIME", "2006-01-02 15:04:05"),
    ("DATE_ONLY", "2006-01-02"),
    ("TIME_ONLY", "15:04:05"),
];
const LENGTHS: [(&str, i64); 6] = [
    ("NANOSECOND", 1),
    ("MICROSECOND", 1_000),
    ("MILLISECOND", 1_000_000),
    ("SECOND", 1_000_000_000),
    ("MINUTE", 60_000_000_000),
    ("HOUR", 3_600_000_000_000),
];
const MONTHS: [&str; 12] = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "MAY",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
];
const WEEKDAYS: [&str; 7] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

/// What `time` is without a clock.
pub(in crate::lua) fn table(lua: &Lua) -> mlua::Result<Table> {
    let time = lua.create_table()?;
    time.raw_set("date", lua.create_function(date)?)?;
    time.raw_set("fixed_zone", lua.create_function(fixed_zone)?)?;
    time.raw_set("load_location", lua.create_function(load_location)?)?;
    time.raw_set("parse", lua.create_function(parse)?)?;
    time.raw_set("parse_duration", lua.create_function(parse_duration)?)?;
    time.raw_set("unix", lua.create_function(unix)?)?;
    time.raw_set("utc", Zone::utc())?;
    time.raw_set("localtz", Zone::utc())?;
    for (name, layout) in LAYOUTS {
        time.raw_set(name, layout)?;
    }
    for (name, nanos) in LENGTHS {
        time.raw_set(name, nanos)?;
    }
    for (number, name) in (1..).zip(MONTHS) {
        time.raw_set(name, number)?;
    }
    for (number, name) in (0..).zip(WEEKDAYS) {
        time.raw_set(name, number)?;
    }
    Ok(time)
}

/// Adds `after`, `timer` and `ticker` to a table, on a host's `now()`, `start(name, duration,
/// options, scope, fire)`, which gives a number or `nil, err`, and `cancel(number)`. The profile's globals
/// have to have [`Channel`](crate::lua::Channel).
fn timers(lua: &Lua, time: &Table, host: Table) -> mlua::Result<()> {
    let timers: Table = ours(lua, TIMERS)?.call((host, channel_functions(lua)?, waiting_functions(lua)?))?;
    for name in ["after", "sleep_until", "ticker", "timer"] {
        time.raw_set(name, timers.raw_get::<Function>(name)?)?;
    }
    Ok(())
}

/// `time.date(year, month, day, hour, minute, second, nanosecond, location?)`
fn date(lua: &Lua, arguments: Variadic<LuaValue>) -> mlua::Result<Answer<Moment>> {
    const NAMES: [&str; 7] = ["year", "month", "day", "hour", "minute", "second", "nanosecond"];
    let mut parts = [1, 1, 1, 0, 0, 0, 0];
    for (at, name) in NAMES.iter().enumerate() {
        match arguments.get(at) {
            None | Some(LuaValue::Nil) if at > 0 => {}
            value => parts[at] = whole(lua, "time.date", name, value.unwrap_or(&LuaValue::Nil))?,
        }
    }
    let zone = zone_or_utc("time.date", arguments.get(NAMES.len()))?;
    Ok(Moment::from_parts(parts, zone).into())
}

/// `time.unix(seconds, nanoseconds?)`
fn unix(lua: &Lua, (seconds, nanos): (LuaValue, LuaValue)) -> mlua::Result<Answer<Moment>> {
    let seconds = whole(lua, "time.unix", "seconds", &seconds)?;
    let nanos = if nanos == LuaValue::Nil { 0 } else { whole(lua, "time.unix", "nanoseconds", &nanos)? };
    Ok(Moment::new(seconds, nanos, Zone::utc()).into())
}

/// `time.parse(layout, text, location?)`
fn parse(_: &Lua, (layout, text, zone): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<Answer<Moment>> {
    let layout = written("time.parse", "layout", &layout)?;
    let text = written("time.parse", "text", &text)?;
    let zone = zone_or_utc("time.parse", Some(&zone))?;
    Ok(parse::parse(&layout, &text, zone).into())
}

/// `time.parse_duration(value)`
fn parse_duration(lua: &Lua, value: LuaValue) -> mlua::Result<Answer<TimeSpan>> {
    Ok(TimeSpan::of(lua, "time.parse_duration", "value", &value)?.into())
}

impl Moment {
    /// Reads `2026-01-31T10:00:00.5Z`.
    pub(crate) fn from_rfc3339(text: &str) -> Result<Self, Failure> {
        parse::parse("2006-01-02T15:04:05Z07:00", text, Zone::utc())
    }
}

/// `time.load_location(name)`
fn load_location(_: &Lua, name: LuaValue) -> mlua::Result<Answer<Zone>> {
    Ok(Zone::load(&arguments::text("time.load_location", "name", &name)?).into())
}

/// `time.fixed_zone(name, seconds)`
fn fixed_zone(lua: &Lua, (name, offset): (LuaValue, LuaValue)) -> mlua::Result<Answer<Zone>> {
    let name = arguments::text("time.fixed_zone", "name", &name)?;
    Ok(Zone::fixed(&name, whole(lua, "time.fixed_zone", "seconds", &offset)?).into())
}

/// A layout, or what is written after one.
fn written(function: &str, argument: &str, value: &LuaValue) -> mlua::Result<String> {
    let text = arguments::text(function, argument, value)?;
    if text.len() > LONGEST_TEXT {
        return Err(arguments::misuse(function, format!("`{argument}` has more than {LONGEST_TEXT} bytes")));
    }
    Ok(text)
}

fn zone_or_utc(function: &str, value: Option<&LuaValue>) -> mlua::Result<Zone> {
    match value {
        None | Some(LuaValue::Nil) => Ok(Zone::utc()),
        Some(value) => location(function, value),
    }
}

fn location(function: &str, value: &LuaValue) -> mlua::Result<Zone> {
    match value.as_userdata().map(AnyUserData::borrow::<Zone>) {
        Some(Ok(zone)) => Ok(zone.clone()),
        _ => Err(arguments::wrong_type(function, "location", "a location of `time`", value)),
    }
}

fn whole(lua: &Lua, function: &str, argument: &str, value: &LuaValue) -> mlua::Result<i64> {
    if let Ok(Value::Int(number)) = from_lua(lua, value) {
        return Ok(number);
    }
    let given = match lua.coerce_number(value.clone()) {
        Ok(Some(number)) => number.to_string(),
        _ => arguments::type_name(value).to_owned(),
    };
    Err(arguments::misuse(function, format!("`{argument}` must be a whole number within 2^53, got {given}")))
}
