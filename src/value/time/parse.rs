//! Reads a time that is written as a layout shows it.

use super::{
    Date, Instant, Zone,
    civil::days_in,
    format::{MONTHS, WEEKDAYS},
    layout::{Pad, Part, parts},
};

/// A time that was read, and the zone it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub(crate) instant: Instant,
    pub(crate) zone: Zone,
}

/// What has been read so far.
#[derive(Default)]
struct Fields {
    year: i64,
    month: u32,
    day: u32,
    year_day: Option<u32>,
    hour: u32,
    half_day: Option<bool>,
    minute: u32,
    second: u32,
    nanosecond: u32,
    offset: Option<i32>,
    zone_name: Option<String>,
}

/// Reads `text`; a time without a zone is one of `zone`. An error says what was expected where.
pub(crate) fn parse(layout: &str, text: &str, zone: &Zone) -> Result<Parsed, String> {
    let mut fields = Fields { month: 1, day: 1, ..Fields::default() };
    let mut rest = text;
    let parts = parts(layout);
    for (at, part) in parts.iter().enumerate() {
        let before = rest;
        rest = read(*part, rest, &mut fields)
            .ok_or_else(|| format!("`{text}` does not fit the layout `{layout}` at `{before}`"))?;
        // Seconds may have a fraction that the layout does not show.
        if matches!(part, Part::Second { .. }) && !matches!(parts.get(at + 1), Some(Part::Fraction { .. })) {
            rest = unasked_fraction(rest, &mut fields);
        }
    }
    if !rest.is_empty() {
        return Err(format!("`{text}` goes on after the layout `{layout}` has ended: `{rest}`"));
    }
    finish(fields, zone).map_err(|what| format!("`{text}` is no time: {what}"))
}

fn finish(fields: Fields, zone: &Zone) -> Result<Parsed, String> {
    let hour = match fields.half_day {
        None => fields.hour,
        Some(true) if fields.hour < 12 => fields.hour + 12,
        Some(false) if fields.hour == 12 => 0,
        Some(_) => fields.hour,
    };
    let (month, day) = match fields.year_day {
        Some(day) => (1, day),
        None => (fields.month, fields.day),
    };
    if fields.year_day.is_none() && (day == 0 || day > days_in(fields.year, month)) {
        return Err(format!("month {month} of year {} has no day {day}", fields.year));
    }
    for (value, limit, what) in [(hour, 23, "hour"), (fields.minute, 59, "minute"), (fields.second, 59, "second")] {
        if value > limit {
            return Err(format!("there is no {what} {value}"));
        }
    }
    let zone = match (fields.offset, fields.zone_name) {
        (Some(offset), name) => Zone { name: name.unwrap_or_else(|| utc_or(offset, "")), offset },
        (None, Some(name)) if name == "UTC" => Zone::utc(),
        (None, Some(name)) if name == zone.name => zone.clone(),
        // As in Go: a name that is not known has the offset 0.
        (None, Some(name)) => Zone { name, offset: 0 },
        (None, None) => zone.clone(),
    };
    let date = Date {
        year: fields.year,
        month: month.into(),
        day: day.into(),
        hour: hour.into(),
        minute: fields.minute.into(),
        second: fields.second.into(),
        nanosecond: fields.nanosecond.into(),
    };
    Ok(Parsed { instant: date.instant(&zone), zone })
}

fn utc_or(offset: i32, other: &str) -> String {
    if offset == 0 { "UTC".to_owned() } else { other.to_owned() }
}

/// Reads one part and gives what is left; nothing if the text does not fit.
fn read<'t>(part: Part<'_>, text: &'t str, fields: &mut Fields) -> Option<&'t str> {
    match part {
        Part::Text(plain) => text.strip_prefix(plain),
        Part::MonthName { short } => {
            let (at, rest) = named(&MONTHS, short, text)?;
            fields.month = at + 1;
            Some(rest)
        }
        Part::Weekday { short } => named(&WEEKDAYS, short, text).map(|(_, rest)| rest),
        Part::Month { padded } => {
            let (month, rest) = digits(text, if padded { 2 } else { 1 }, 2)?;
            fields.month = month;
            (1..=12).contains(&month).then_some(rest)
        }
        Part::Day(pad) => {
            let text = if pad == Pad::Space { text.trim_start_matches(' ') } else { text };
            let (day, rest) = digits(text, if pad == Pad::Zero { 2 } else { 1 }, 2)?;
            fields.day = day;
            Some(rest)
        }
        Part::YearDay(pad) => {
            let text = if pad == Pad::Space { text.trim_start_matches(' ') } else { text };
            let (day, rest) = digits(text, if pad == Pad::Zero { 3 } else { 1 }, 3)?;
            fields.year_day = Some(day);
            (1..=366).contains(&day).then_some(rest)
        }
        Part::Hour => keep(digits(text, 2, 2), &mut fields.hour),
        Part::Hour12 { padded } => keep(digits(text, if padded { 2 } else { 1 }, 2), &mut fields.hour),
        Part::Minute { padded } => keep(digits(text, if padded { 2 } else { 1 }, 2), &mut fields.minute),
        Part::Second { padded } => keep(digits(text, if padded { 2 } else { 1 }, 2), &mut fields.second),
        Part::Year => {
            let (year, rest) = digits(text, 4, 4)?;
            fields.year = year.into();
            Some(rest)
        }
        Part::YearOfCentury => {
            let (year, rest) = digits(text, 2, 2)?;
            fields.year = i64::from(year) + if year >= 69 { 1900 } else { 2000 };
            Some(rest)
        }
        Part::HalfDay { upper } => {
            let (before, after) = text.split_at_checked(2)?;
            fields.half_day = Some(match (before, upper) {
                ("PM", true) | ("pm", false) => true,
                ("AM", true) | ("am", false) => false,
                _ => return None,
            });
            Some(after)
        }
        Part::ZoneName => zone_name(text, fields),
        Part::Offset { z, minutes, seconds, colon } => offset(text, fields, z, minutes, seconds, colon),
        Part::Fraction { digits, fixed, comma } => fraction(text, fields, digits, fixed, comma),
    }
}

fn keep<'t>(read: Option<(u32, &'t str)>, field: &mut u32) -> Option<&'t str> {
    let (value, rest) = read?;
    *field = value;
    Some(rest)
}

/// A number of at least `least` and at most `most` digits.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    Some((text[..count].parse().ok()?, &text[count..]))
}

fn named<'t>(names: &[&str], short: bool, text: &'t str) -> Option<(u32, &'t str)> {
    names.iter().zip(0..).find_map(|(name, at)| {
        let name = if short { &name[..3] } else { name };
        let (before, after) = text.split_at_checked(name.len())?;
        before.eq_ignore_ascii_case(name).then_some((at, after))
    })
}

fn zone_name<'t>(text: &'t str, fields: &mut Fields) -> Option<&'t str> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    if !(3..=5).contains(&letters) {
        return None;
    }
    fields.zone_name = Some(text[..letters].to_owned());
    Some(&text[letters..])
}

fn offset<'t>(
    text: &'t str,
    fields: &mut Fields,
    z: bool,
    minutes: bool,
    seconds: bool,
    colon: bool,
) -> Option<&'t str> {
    if z && let Some(rest) = text.strip_prefix('Z') {
        fields.offset = Some(0);
        return Some(rest);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, mut rest) = digits(&text[1..], 2, 2)?;
    let mut size = hours * 3600;
    for (asked, unit) in [(minutes, 60), (seconds, 1)] {
        if asked {
            rest = if colon { rest.strip_prefix(':')? } else { rest };
            let (value, after) = digits(rest, 2, 2)?;
            if value > 59 {
                return None;
            }
            (size, rest) = (size + value * unit, after);
        }
    }
    if hours > 24 {
        return None;
    }
    fields.offset = Some(sign * i32::try_from(size).ok()?);
    Some(rest)
}

fn fraction<'t>(text: &'t str, fields: &mut Fields, shown: usize, fixed: bool, comma: bool) -> Option<&'t str> {
    let Some(rest) = text.strip_prefix(if comma { ',' } else { '.' }) else {
        return (!fixed).then_some(text);
    };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    if count == 0 || (fixed && count != shown) {
        return None;
    }
    fields.nanosecond = nanos(&rest[..count]);
    Some(&rest[count..])
}

fn unasked_fraction<'t>(text: &'t str, fields: &mut Fields) -> &'t str {
    match text.strip_prefix(['.', ',']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => {
            let count = rest.bytes().take_while(u8::is_ascii_digit).count();
            fields.nanosecond = nanos(&rest[..count]);
            &rest[count..]
        }
        _ => text,
    }
}

/// The first nine digits of a fraction, as nanoseconds.
fn nanos(digits: &str) -> u32 {
    let kept = &digits[..digits.len().min(9)];
    kept.bytes().fold(0, |value, digit| value * 10 + u32::from(digit - b'0')) * 10_u32.pow(9 - kept.len() as u32)
}
