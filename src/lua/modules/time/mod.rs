//! `time`, as far as it is the same everywhere: instants, durations, locations, layouts.
//!
//! `time.now` asks the run's own clock ([`Ambient`]). Whoever offers the module adds what waits:
//! `sleep`, `after`, `timer`, `ticker`. The machine's zone is never read: `localtz` is UTC.

mod duration;
mod instant;
mod location;

use mlua::{IntoLua, Lua, Table, Value};

use crate::{
    lua::{Ambient, ErrorObject},
    value::{
        Failure, failure_kind, parse_duration,
        time::{Date, Instant, Zone, parse},
    },
};

pub(crate) use duration::LuaDuration;
pub(crate) use instant::LuaTime;
pub(crate) use location::LuaLocation;

/// A result as Lua sees it: `value`, or `nil, err`.
type Fallible<T> = Result<T, ErrorObject>;

const UNITS: [(&str, f64); 6] = [
    ("NANOSECOND", 1.0),
    ("MICROSECOND", 1e3),
    ("MILLISECOND", 1e6),
    ("SECOND", 1e9),
    ("MINUTE", 6e10),
    ("HOUR", 3.6e12),
];

const LAYOUTS: [(&str, &str); 15] = [
    ("RFC3339", "2006-01-02T15:04:05Z07:00"),
    ("RFC3339NANO", "2006-01-02T15:04:05.999999999Z07:00"),
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

const MONTHS: [&str; 12] = [
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
    "DECEMBER",
];

const WEEKDAYS: [&str; 7] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

/// The module without what waits; not frozen, so that the rest can be added.
pub(crate) fn open(lua: &Lua) -> mlua::Result<Table> {
    let time = lua.create_table_from([
        ("now", lua.create_function(now)?),
        ("date", lua.create_function(date)?),
        ("unix", lua.create_function(unix)?),
        ("parse", lua.create_function(parse_time)?),
        ("parse_duration", lua.create_function(parse_duration_value)?),
        ("load_location", lua.create_function(load_location)?),
        ("fixed_zone", lua.create_function(fixed_zone)?),
    ])?;
    time.set("utc", LuaLocation(Zone::utc()))?;
    time.set("localtz", LuaLocation(Zone::utc()))?;
    for (name, nanos) in UNITS {
        time.set(name, nanos)?;
    }
    for (name, layout) in LAYOUTS {
        time.set(name, layout)?;
    }
    for (name, number) in MONTHS.iter().zip(1..) {
        time.set(*name, number)?;
    }
    for (name, number) in WEEKDAYS.iter().zip(0..) {
        time.set(*name, number)?;
    }
    Ok(time)
}

fn now(lua: &Lua, (): ()) -> mlua::Result<LuaTime> {
    let since = Ambient::current(lua).now().ok_or_else(|| mlua::Error::runtime("time.now: there is no clock here"))?;
    Ok(LuaTime { instant: Instant(i128::try_from(since.as_nanos()).unwrap_or(i128::MAX)), zone: Zone::utc() })
}

type DateArguments = (i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Value);

fn date(_: &Lua, (year, month, day, hour, minute, second, nanosecond, zone): DateArguments) -> mlua::Result<LuaTime> {
    let zone = location::optional("time.date", &zone)?.unwrap_or_else(Zone::utc);
    let date = Date {
        year,
        month: month.unwrap_or(1),
        day: day.unwrap_or(1),
        hour: hour.unwrap_or(0),
        minute: minute.unwrap_or(0),
        second: second.unwrap_or(0),
        nanosecond: nanosecond.unwrap_or(0),
    };
    Ok(LuaTime { instant: date.instant(&zone), zone })
}

fn unix(_: &Lua, (seconds, nanos): (i64, Option<i64>)) -> mlua::Result<LuaTime> {
    Ok(LuaTime { instant: Instant::from_unix(seconds, nanos.unwrap_or(0)), zone: Zone::utc() })
}

fn parse_time(_: &Lua, (layout, text, zone): (String, String, Value)) -> mlua::Result<Fallible<LuaTime>> {
    let zone = location::optional("time.parse", &zone)?.unwrap_or_else(Zone::utc);
    Ok(match parse(&layout, &text, &zone) {
        Ok(parsed) => Ok(LuaTime { instant: parsed.instant, zone: parsed.zone }),
        Err(what) => Err(invalid(format!("time.parse: {what}"))),
    })
}

fn parse_duration_value(_: &Lua, value: Value) -> mlua::Result<Fallible<LuaDuration>> {
    Ok(nanos_of(&value).map(LuaDuration).map_err(|what| invalid(format!("time.parse_duration: {what}"))))
}

fn load_location(_: &Lua, name: String) -> mlua::Result<Fallible<LuaLocation>> {
    if matches!(name.as_str(), "" | "UTC" | "Local") {
        return Ok(Ok(LuaLocation(Zone::utc())));
    }
    Ok(Err(ErrorObject(Failure {
        retryable: Some(false),
        ..Failure::new(
            failure_kind::NOT_FOUND,
            format!("time.load_location: no rules of the zone `{name}` are at hand; use time.utc or time.fixed_zone"),
        )
    })))
}

fn fixed_zone(_: &Lua, (name, offset): (String, i64)) -> mlua::Result<Fallible<LuaLocation>> {
    Ok(match i32::try_from(offset) {
        Ok(offset) if offset.abs() <= 24 * 3600 => Ok(LuaLocation(Zone { name, offset })),
        _ => Err(invalid(format!("time.fixed_zone: an offset is at most 24 hours, not {offset} s"))),
    })
}

/// A duration in nanoseconds: a number of nanoseconds, a text such as `1m30s`, which may have a
/// sign, or a Duration. An error says what is wrong with it.
pub(crate) fn nanos_of(value: &Value) -> Result<i64, String> {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked first; a fraction of a nanosecond is dropped")]
        Value::Number(nanos) if nanos.abs() < 9.2e18 => Ok(*nanos as i64),
        Value::Number(nanos) => Err(format!("{nanos} ns is no duration: it is too long")),
        Value::Integer(nanos) => Ok(i64::from(*nanos)),
        Value::String(text) => {
            let text = text.to_str().map_err(|_| "a duration is a text such as `30s`".to_owned())?;
            let (size, sign) = text.strip_prefix('-').map_or((&*text, 1), |size| (size, -1));
            let duration = parse_duration(size).map_err(|error| error.to_string())?;
            i64::try_from(duration.as_nanos()).map(|nanos| sign * nanos).map_err(|_| "the duration is too long".to_owned())
        }
        Value::UserData(data) => match data.borrow::<LuaDuration>() {
            Ok(duration) => Ok(duration.0),
            Err(_) => Err("a duration is a text such as `30s`, a number of nanoseconds or a Duration".to_owned()),
        },
        other => Err(format!(
            "a duration is a text such as `30s`, a number of nanoseconds or a Duration, not a {}",
            other.type_name()
        )),
    }
}

fn invalid(message: String) -> ErrorObject {
    ErrorObject(Failure::invalid(message))
}

/// A number as Lua has it: exact up to 2^53, an `int64` value beyond.
fn integer(lua: &Lua, value: i128) -> mlua::Result<Value> {
    crate::lua::integer_to_lua(lua, value).and_then(|value| value.into_lua(lua))
}

#[cfg(test)]
mod tests;
