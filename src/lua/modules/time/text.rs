//! Times to text and back, by layout.

use std::fmt::Write as _;

use crate::value::Failure;

use super::{
    civil,
    layout::{Offset, OffsetPart, Pad, Piece, pieces},
    moment::Moment,
    zone::Zone,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Writes a time as `layout` shows.
pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let parts = moment.parts();
    let month = MONTHS[parts.month as usize - 1];
    let weekday = WEEKDAYS[parts.weekday as usize];
    let hour12 = (parts.hour + 11) % 12 + 1;
    let mut text = String::new();
    for piece in pieces(layout) {
        match piece {
            Piece::Literal(literal) => text += literal,
            Piece::Year if parts.year < 0 => drop(write!(text, "-{:04}", -parts.year)),
            Piece::Year => drop(write!(text, "{:04}", parts.year)),
            Piece::ShortYear => drop(write!(text, "{:02}", parts.year.rem_euclid(100))),
            Piece::Month(pad) => padded(&mut text, parts.month, pad, 2),
            Piece::MonthName => text += month,
            Piece::ShortMonthName => text += &month[..3],
            Piece::Day(pad) => padded(&mut text, parts.day, pad, 2),
            Piece::DayOfYear(pad) => padded(&mut text, parts.year_day, pad, 3),
            Piece::Weekday => text += weekday,
            Piece::ShortWeekday => text += &weekday[..3],
            Piece::Hour => padded(&mut text, parts.hour, Pad::Zero, 2),
            Piece::Hour12(pad) => padded(&mut text, hour12, pad, 2),
            Piece::Minute(pad) => padded(&mut text, parts.minute, pad, 2),
            Piece::Second(pad) => padded(&mut text, parts.second, pad, 2),
            Piece::Fraction { point, digits, trimmed } => fraction(&mut text, parts.nanos, point, digits, trimmed),
            Piece::HalfDay { upper } => {
                text += match (parts.hour >= 12, upper) {
                    (true, true) => "PM",
                    (true, false) => "pm",
                    (false, true) => "AM",
                    (false, false) => "am",
                }
            }
            Piece::ZoneName if moment.zone.name().is_empty() => {
                let hours_alone = moment.zone.offset() % 3_600 == 0;
                let to = if hours_alone { OffsetPart::Hours } else { OffsetPart::Minutes };
                offset(&mut text, moment.zone.offset(), Offset { zulu: false, colon: false, to });
            }
            Piece::ZoneName => text += moment.zone.name(),
            Piece::Offset(how) => offset(&mut text, moment.zone.offset(), how),
        }
    }
    text
}

fn padded(text: &mut String, number: u32, pad: Pad, width: usize) {
    let _ = match pad {
        Pad::Nothing => write!(text, "{number}"),
        Pad::Space => write!(text, "{number:width$}"),
        Pad::Zero => write!(text, "{number:0width$}"),
    };
}

fn fraction(text: &mut String, nanos: u32, point: char, digits: usize, trimmed: bool) {
    let all = format!("{nanos:09}");
    let mut shown = all[..digits.min(9)].to_owned();
    if trimmed {
        shown.truncate(shown.trim_end_matches('0').len());
    }
    if !shown.is_empty() {
        text.push(point);
        *text += &shown;
    }
}

fn offset(text: &mut String, seconds: i32, how: Offset) {
    if how.zulu && seconds == 0 {
        text.push('Z');
        return;
    }
    text.push(if seconds < 0 { '-' } else { '+' });
    let seconds = seconds.unsigned_abs();
    let colon = if how.colon { ":" } else { "" };
    let _ = write!(text, "{:02}", seconds / 3_600);
    if how.to >= OffsetPart::Minutes {
        let _ = write!(text, "{colon}{:02}", seconds / 60 % 60);
    }
    if how.to >= OffsetPart::Seconds {
        let _ = write!(text, "{colon}{:02}", seconds % 60);
    }
}

/// What has been read of a time.
struct Read {
    year: i64,
    month: Option<u32>,
    day: Option<u32>,
    year_day: Option<u32>,
    hour: u32,
    afternoon: Option<bool>,
    minute: u32,
    second: u32,
    nanos: u32,
    zone: Option<Zone>,
}

/// Reads a time that is written as `layout` shows; without a zone in it, it is in `zone`.
pub(super) fn parse(layout: &str, text: &str, zone: Zone) -> Result<Moment, Failure> {
    read(layout, text, zone)
        .map_err(|reason| Failure::invalid(format!("`{text}` is no time as `{layout}` shows one: {reason}")))
}

fn read(layout: &str, text: &str, zone: Zone) -> Result<Moment, String> {
    let mut read = Read {
        year: 0,
        month: None,
        day: None,
        year_day: None,
        hour: 0,
        afternoon: None,
        minute: 0,
        second: 0,
        nanos: 0,
        zone: None,
    };
    let mut rest = text;
    let pieces = pieces(layout);
    for (at, piece) in pieces.iter().enumerate() {
        rest = read.piece(*piece, rest)?;
        // A fraction may follow the seconds though the layout has none.
        let expected = matches!(pieces.get(at + 1), Some(Piece::Fraction { .. }));
        if matches!(piece, Piece::Second(_)) && !expected && is_fraction(rest) {
            let digits = rest[1..].chars().take_while(char::is_ascii_digit).count();
            rest = read.fraction(rest, digits)?;
        }
    }
    if !rest.is_empty() {
        return Err(format!("`{rest}` is left over"));
    }
    read.finish(zone)
}

impl Read {
    /// Reads one piece; gives what follows it.
    fn piece<'a>(&mut self, piece: Piece<'_>, text: &'a str) -> Result<&'a str, String> {
        match piece {
            Piece::Literal(literal) => {
                return text.strip_prefix(literal).ok_or_else(|| format!("`{literal}` is missing before `{text}`"));
            }
            Piece::Year => return number(text, 4, 4).map(|(year, rest)| (self.year = year.into(), rest).1),
            Piece::ShortYear => {
                let (year, rest) = number(text, 2, 2)?;
                self.year = i64::from(year) + if year >= 69 { 1900 } else { 2000 };
                return Ok(rest);
            }
            Piece::Month(pad) => {
                return ranged(text, pad, 1..=12, "month").map(|(n, rest)| (self.month = Some(n), rest).1);
            }
            Piece::MonthName => {
                return name(text, &MONTHS, 9, "month").map(|(n, rest)| (self.month = Some(n + 1), rest).1);
            }
            Piece::ShortMonthName => {
                return name(text, &MONTHS, 3, "month").map(|(n, rest)| (self.month = Some(n + 1), rest).1);
            }
            Piece::Day(pad) => return ranged(text, pad, 1..=31, "day").map(|(n, rest)| (self.day = Some(n), rest).1),
            Piece::DayOfYear(_) => {
                let (day, rest) = number(text.trim_start_matches(' '), 1, 3)?;
                self.year_day = Some(day);
                return Ok(rest);
            }
            Piece::Weekday => return name(text, &WEEKDAYS, 9, "weekday").map(|(_, rest)| rest),
            Piece::ShortWeekday => return name(text, &WEEKDAYS, 3, "weekday").map(|(_, rest)| rest),
            Piece::Hour => return ranged(text, Pad::Zero, 0..=23, "hour").map(|(n, rest)| (self.hour = n, rest).1),
            Piece::Hour12(pad) => return ranged(text, pad, 1..=12, "hour").map(|(n, rest)| (self.hour = n, rest).1),
            Piece::Minute(pad) => {
                return ranged(text, pad, 0..=59, "minute").map(|(n, rest)| (self.minute = n, rest).1);
            }
            Piece::Second(pad) => {
                return ranged(text, pad, 0..=59, "second").map(|(n, rest)| (self.second = n, rest).1);
            }
            Piece::Fraction { digits, trimmed, .. } => {
                if !trimmed {
                    return self.fraction(text, digits);
                }
                if is_fraction(text) {
                    let digits = text[1..].chars().take_while(char::is_ascii_digit).count();
                    return self.fraction(text, digits);
                }
            }
            Piece::HalfDay { upper } => {
                for (mark, afternoon) in
                    if upper { [("AM", false), ("PM", true)] } else { [("am", false), ("pm", true)] }
                {
                    if let Some(rest) = text.strip_prefix(mark) {
                        self.afternoon = Some(afternoon);
                        return Ok(rest);
                    }
                }
                return Err("the half of the day is missing".to_owned());
            }
            Piece::ZoneName => return self.zone_name(text),
            Piece::Offset(how) => return self.offset(text, how),
        }
        Ok(text)
    }

    fn fraction<'a>(&mut self, text: &'a str, digits: usize) -> Result<&'a str, String> {
        let missing = || "the fraction of a second is missing".to_owned();
        let shown = text.get(1..=digits).filter(|_| text.starts_with(['.', ','])).ok_or_else(missing)?;
        if !shown.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(missing());
        }
        let first_nine = &shown[..shown.len().min(9)];
        self.nanos = format!("{first_nine:0<9}").parse().map_err(|_| missing())?;
        Ok(&text[1 + digits..])
    }

    fn zone_name<'a>(&mut self, text: &'a str) -> Result<&'a str, String> {
        let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
        if !(3..=5).contains(&length) {
            return Err("the name of a zone is missing".to_owned());
        }
        let (name, rest) = text.split_at(length);
        let known = if name == "UTC" || name == "GMT" { Ok(Zone::utc()) } else { Zone::fixed(name, 0) };
        self.zone.get_or_insert(known.map_err(|failure| failure.message)?);
        Ok(rest)
    }

    fn offset<'a>(&mut self, text: &'a str, how: Offset) -> Result<&'a str, String> {
        if how.zulu
            && let Some(rest) = text.strip_prefix('Z')
        {
            self.zone = Some(Zone::utc());
            return Ok(rest);
        }
        let missing = || "the distance from UTC is missing".to_owned();
        let sign = match text.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return Err(missing()),
        };
        let (hours, mut rest) = number(&text[1..], 2, 2)?;
        let mut seconds = i64::from(hours) * 3_600;
        for (part, size) in [(OffsetPart::Minutes, 60), (OffsetPart::Seconds, 1)] {
            if how.to >= part {
                if how.colon {
                    rest = rest.strip_prefix(':').ok_or_else(missing)?;
                }
                let (part, after) = number(rest, 2, 2)?;
                if part > 59 {
                    return Err(missing());
                }
                seconds += i64::from(part) * size;
                rest = after;
            }
        }
        let zone = if seconds == 0 { Ok(Zone::utc()) } else { Zone::fixed("", sign * seconds) };
        self.zone = Some(zone.map_err(|failure| failure.message)?);
        Ok(rest)
    }

    fn finish(self, zone: Zone) -> Result<Moment, String> {
        let (month, day) = match (self.year_day, self.month, self.day) {
            (Some(day), None, None) => {
                let length = civil::days(self.year + 1, 1, 1) - civil::days(self.year, 1, 1);
                if !(1..=length).contains(&i64::from(day)) {
                    return Err("there is no such day in the year".to_owned());
                }
                (1, day)
            }
            (_, month, day) => {
                let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
                if day > civil::month_length(self.year, month) {
                    return Err("there is no such day in the month".to_owned());
                }
                (month, day)
            }
        };
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let parts = [
            self.year,
            month.into(),
            day.into(),
            hour.into(),
            self.minute.into(),
            self.second.into(),
            self.nanos.into(),
        ];
        Moment::from_parts(parts, self.zone.unwrap_or(zone)).map_err(|failure| failure.message)
    }
}

fn is_fraction(text: &str) -> bool {
    matches!(text.as_bytes(), [b'.' | b',', digit, ..] if digit.is_ascii_digit())
}

fn number(text: &str, least: usize, most: usize) -> Result<(u32, &str), String> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if digits < least {
        return Err(format!("a number is missing before `{text}`"));
    }
    let (number, rest) = text.split_at(digits);
    Ok((number.parse().map_err(|_| "a number is too large".to_owned())?, rest))
}

fn ranged<'a>(
    text: &'a str,
    pad: Pad,
    range: std::ops::RangeInclusive<u32>,
    what: &str,
) -> Result<(u32, &'a str), String> {
    let text = if pad == Pad::Space { text.trim_start_matches(' ') } else { text };
    let (number, rest) = number(text, if pad == Pad::Zero { 2 } else { 1 }, 2)?;
    if range.contains(&number) { Ok((number, rest)) } else { Err(format!("there is no {what} {number}")) }
}

/// The name that `text` begins with, of which `length` letters count at most.
fn name<'a>(text: &'a str, names: &[&str], length: usize, what: &str) -> Result<(u32, &'a str), String> {
    for (at, name) in (0..).zip(names) {
        let name = &name[..name.len().min(length)];
        if text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) {
            return Ok((at, &text[name.len()..]));
        }
    }
    Err(format!("the name of a {what} is missing before `{text}`"))
}
