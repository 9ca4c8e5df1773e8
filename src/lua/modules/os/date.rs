//! Seconds since 1970 to a calendar date and back, in UTC.

use mlua::{Lua, Table, Value as LuaValue};

use super::now;
use crate::lua::{
    arguments,
    modules::time::civil::{MONTHS, WEEKDAYS},
};

const DAY: i64 = 86_400;
/// Years beyond this are refused: four digits is what the formats write.
const LAST_SECOND: i64 = 253_402_300_799;

struct Date {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// 0 is Sunday.
    weekday: i64,
    /// 0 is the first of January.
    year_day: i64,
}

impl Date {
    fn of(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        // Days are counted from the first of March of the year 0, so that leap days come last.
        let shifted = days + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self {
            year,
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3_600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7),
            year_day: days - days_before(year, 1, 1),
        }
    }
}

/// Days from 1970 to a date; a month beyond the year's counts into the next.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `os.time()`, or `os.time{year =, month =, day =, hour =, min =, sec =}`
pub(super) fn time(lua: &Lua, fields: LuaValue) -> mlua::Result<i64> {
    const NAME: &str = "os.time";
    if fields == LuaValue::Nil {
        return now(lua, NAME);
    }
    let fields = arguments::table(NAME, "date", &fields)?;
    let field = |name: &str, absent: Option<i64>| match (fields.raw_get::<LuaValue>(name)?, absent) {
        (LuaValue::Nil, Some(absent)) => Ok(absent),
        (LuaValue::Integer(number), _) if number.unsigned_abs() < 1_000_000_000 => Ok(number),
        (other, _) => Err(arguments::wrong_type(NAME, name, "an integer", &other)),
    };
    let days = days_before(field("year", None)?, field("month", None)?, field("day", None)?);
    Ok(days * DAY + field("hour", Some(12))? * 3_600 + field("min", Some(0))? * 60 + field("sec", Some(0))?)
}

/// `os.date(format?, time?)`
pub(super) fn date(lua: &Lua, (format, time): (LuaValue, LuaValue)) -> mlua::Result<LuaValue> {
    const NAME: &str = "os.date";
    let format = if format == LuaValue::Nil { "%c".to_owned() } else { arguments::text(NAME, "format", &format)? };
    let seconds = match time {
        LuaValue::Nil => now(lua, NAME)?,
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked below")]
        time => match arguments::number(NAME, "time", &time)?.floor() {
            seconds if seconds.is_nan() => return Err(arguments::misuse(NAME, "`time` is NaN, and no time")),
            seconds => seconds as i64,
        },
    };
    if !(-LAST_SECOND..=LAST_SECOND).contains(&seconds) {
        return Err(arguments::misuse(NAME, format!("`time` {seconds} is beyond the year 9999")));
    }
    let date = Date::of(seconds);
    let format = format.strip_prefix('!').unwrap_or(&format);
    if format.starts_with("*t") {
        return fields(lua, &date).map(LuaValue::Table);
    }
    lua.create_string(written(&date, format)?).map(LuaValue::String)
}

fn fields(lua: &Lua, date: &Date) -> mlua::Result<Table> {
    let fields = lua.create_table()?;
    for (name, value) in [
        ("year", date.year),
        ("month", date.month),
        ("day", date.day),
        ("hour", date.hour),
        ("min", date.minute),
        ("sec", date.second),
        ("wday", date.weekday + 1),
        ("yday", date.year_day + 1),
    ] {
        fields.raw_set(name, value)?;
    }
    fields.raw_set("isdst", false)?;
    Ok(fields)
}

fn written(date: &Date, format: &str) -> mlua::Result<String> {
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(letter) = rest.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let letter = rest.next().unwrap_or(' ');
        text += &conversion(date, letter).ok_or_else(|| {
            arguments::misuse("os.date", format!("`%{letter}` is no conversion; known are aAbBcdDFHIjmMpSTwxXyYZ%"))
        })?;
    }
    Ok(text)
}

fn conversion(date: &Date, letter: char) -> Option<String> {
    let weekday = WEEKDAYS.get(usize::try_from(date.weekday).ok()?)?;
    let month = MONTHS.get(usize::try_from(date.month - 1).ok()?)?;
    let (year, number, day) = (date.year, date.month, date.day);
    let (hour, minute, second) = (date.hour, date.minute, date.second);
    Some(match letter {
        'a' => weekday[..3].to_owned(),
        'A' => (*weekday).to_owned(),
        'b' => month[..3].to_owned(),
        'B' => (*month).to_owned(),
        'c' => format!("{} {} {day:2} {hour:02}:{minute:02}:{second:02} {year}", &weekday[..3], &month[..3]),
        'd' => format!("{day:02}"),
        'D' | 'x' => format!("{number:02}/{day:02}/{:02}", year.rem_euclid(100)),
        'F' => format!("{year:04}-{number:02}-{day:02}"),
        'H' => format!("{hour:02}"),
        'I' => format!("{:02}", (hour + 11) % 12 + 1),
        'j' => format!("{:03}", date.year_day + 1),
        'm' => format!("{number:02}"),
        'M' => format!("{minute:02}"),
        'p' => if hour < 12 { "AM" } else { "PM" }.to_owned(),
        'S' => format!("{second:02}"),
        'T' | 'X' => format!("{hour:02}:{minute:02}:{second:02}"),
        'w' => date.weekday.to_string(),
        'y' => format!("{:02}", year.rem_euclid(100)),
        'Y' => year.to_string(),
        'Z' => "UTC".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::lua::testing::{error, text};

    #[test]
    fn seconds_become_dates_and_back() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00 Thu 001"),
            (951_782_400, "2000-02-29 00:00:00 Tue 060"),
            (1_798_761_599, "2026-12-31 23:59:59 Thu 365"),
            (-1, "1969-12-31 23:59:59 Wed 365"),
        ] {
            assert_eq!(text(&format!("return os.date('!%F %T %a %j', {seconds})")), expected);
            assert_eq!(text(&format!("return os.time(os.date('*t', {seconds}))")), seconds.to_string());
        }
    }

    #[test]
    fn nan_is_no_time() {
        assert_eq!(error("return os.date('!%Y', 0 / 0)").message, "os.date: `time` is NaN, and no time");
    }

    #[test]
    fn a_part_that_is_no_small_integer_is_refused() {
        assert_eq!(
            error("return os.time({ year = -2^63, month = 1, day = 1 })").message,
            "os.time: `year` must be an integer, got a number"
        );
    }

    #[test]
    fn time_before_the_run_is_refused() {
        assert_eq!(
            error("return os.time()").message,
            "os.time: there is no time before the workflow or function runs; ask inside it"
        );
    }
}
