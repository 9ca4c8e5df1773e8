//! Text to times, by layout; as lenient as Go, and no more.

use crate::value::Failure;

use super::{
    civil::{self, MONTHS, WEEKDAYS},
    layout::{Offset, OffsetPart, Pad, Piece, pieces},
    moment::Moment,
    zone::Zone,
};

/// What has been read of a time.
#[derive(Default)]
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
    utc: bool,
    /// Seconds to the east of UTC.
    offset: Option<i64>,
    zone_name: Option<String>,
}

/// Reads a time that is written as `layout` shows; without a zone in it, it is in `zone`.
pub(super) fn parse(layout: &str, text: &str, zone: Zone) -> Result<Moment, Failure> {
    read(layout, text, zone)
        .map_err(|reason| Failure::invalid(format!("`{text}` is no time as `{layout}` shows one: {reason}")))
}

fn read(layout: &str, text: &str, zone: Zone) -> Result<Moment, String> {
    let mut read = Read::default();
    let mut rest = text;
    let pieces = pieces(layout);
    for (at, piece) in pieces.iter().enumerate() {
        rest = read.piece(*piece, rest)?;
        // A fraction may follow the seconds though the layout has none.
        let next = pieces[at + 1..].iter().find(|piece| !matches!(piece, Piece::Literal(_)));
        let expected = matches!(next, Some(Piece::Fraction { .. }));
        if matches!(piece, Piece::Second(_)) && !expected && is_fraction(rest) {
            rest = read.fraction(rest, count_digits(&rest[1..]))?;
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
            Piece::Literal(literal) => return skipped(literal, text),
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
            Piece::DayOfYear(pad) => {
                let (day, rest) = number(unpadded(text, pad, 2), if pad == Pad::Zero { 3 } else { 1 }, 3)?;
                self.year_day = Some(day);
                return Ok(rest);
            }
            Piece::Weekday => return name(text, &WEEKDAYS, 9, "weekday").map(|(_, rest)| rest),
            Piece::ShortWeekday => return name(text, &WEEKDAYS, 3, "weekday").map(|(_, rest)| rest),
            Piece::Hour => return ranged(text, Pad::Nothing, 0..=23, "hour").map(|(n, rest)| (self.hour = n, rest).1),
            Piece::Hour12(pad) => return ranged(text, pad, 0..=12, "hour").map(|(n, rest)| (self.hour = n, rest).1),
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
                    return self.fraction(text, count_digits(&text[1..]));
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
        if let Some(rest) = text.strip_prefix("UTC") {
            self.utc = true;
            return Ok(rest);
        }
        let length = abbreviation(text).ok_or("the name of a zone is missing")?;
        let (name, rest) = text.split_at(length);
        self.zone_name = Some(name.to_owned());
        Ok(rest)
    }

    fn offset<'a>(&mut self, text: &'a str, how: Offset) -> Result<&'a str, String> {
        if how.zulu
            && let Some(rest) = text.strip_prefix('Z')
        {
            self.utc = true;
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
                if part > 60 {
                    return Err(missing());
                }
                seconds += i64::from(part) * size;
                rest = after;
            }
        }
        self.offset = Some(sign * seconds);
        Ok(rest)
    }

    fn finish(self, zone: Zone) -> Result<Moment, String> {
        let (month, day) = self.month_and_day()?;
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
        self.placed(parts, zone).map_err(|failure| failure.message)
    }

    fn month_and_day(&self) -> Result<(u32, u32), String> {
        if let Some(year_day) = self.year_day {
            let length = civil::days(self.year + 1, 1, 1) - civil::days(self.year, 1, 1);
            if !(1..=length).contains(&i64::from(year_day)) {
                return Err("there is no such day in the year".to_owned());
            }
            let (_, month, day) = civil::date(civil::days(self.year, 1, i64::from(year_day)));
            if self.month.is_some_and(|read| read != month) || self.day.is_some_and(|read| read != day) {
                return Err("the day of the year is another day than the date".to_owned());
            }
            return Ok((month, day));
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if day == 0 || day > civil::month_length(self.year, month) {
            return Err("there is no such day in the month".to_owned());
        }
        Ok((month, day))
    }

    /// The time whose clock shows `parts`, in the zone that was read, as Go decides: a distance or
    /// a name that `zone` has then means `zone`; any other makes a zone of its own.
    fn placed(self, parts: [i64; 7], zone: Zone) -> Result<Moment, Failure> {
        if self.utc {
            return Moment::from_parts(parts, Zone::utc());
        }
        if self.offset.is_none() && self.zone_name.is_none() {
            return Moment::from_parts(parts, zone);
        }
        let shown = Moment::from_parts(parts, Zone::utc())?;
        let name = self.zone_name.unwrap_or_default();
        if let Some(offset) = self.offset {
            let then = shown.earlier(offset)?;
            let here = zone.at(then.seconds());
            let is_here = i64::from(here.seconds) == offset && (name.is_empty() || name == here.abbreviation);
            return Ok(then.in_zone(if is_here { zone } else { Zone::fixed(&name, offset)? }));
        }
        if let Some(offset) = zone.offset_called(&name, shown.seconds()) {
            return Ok(shown.earlier(offset.into())?.in_zone(zone));
        }
        // Nobody knows how far away it is; only `GMT+2` says so itself.
        let hours: i64 = name.strip_prefix("GMT").and_then(|hours| hours.parse().ok()).unwrap_or_default();
        Ok(shown.in_zone(Zone::fixed(&name, hours * 3_600)?))
    }
}

/// What follows `literal`; a space in it stands for any number of spaces.
fn skipped<'a>(literal: &str, text: &'a str) -> Result<&'a str, String> {
    let missing = || format!("`{literal}` is missing before `{text}`");
    let (mut wanted, mut rest) = (literal, text);
    while let Some(letter) = wanted.chars().next() {
        if letter == ' ' {
            if !rest.is_empty() && !rest.starts_with(' ') {
                return Err(missing());
            }
            (wanted, rest) = (wanted.trim_start_matches(' '), rest.trim_start_matches(' '));
        } else {
            rest = rest.strip_prefix(letter).ok_or_else(missing)?;
            wanted = &wanted[letter.len_utf8()..];
        }
    }
    Ok(rest)
}

/// How long the name of a zone is that `text` begins with.
fn abbreviation(text: &str) -> Option<usize> {
    if text.starts_with("ChST") || text.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = text.strip_prefix("GMT") {
        return Some(3 + signed_hours(rest).unwrap_or_default());
    }
    if text.starts_with(['+', '-']) {
        return signed_hours(text);
    }
    let capitals = text.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    let ends_right = match capitals {
        3 => true,
        4 => text.as_bytes()[3] == b'T' || text.starts_with("WITA"),
        5 => text.as_bytes()[4] == b'T',
        _ => false,
    };
    ends_right.then_some(capitals)
}

/// How long a `+3` or `-11` is that `text` begins with.
fn signed_hours(text: &str) -> Option<usize> {
    let hours = text.strip_prefix(['+', '-'])?;
    let digits = count_digits(hours);
    hours[..digits].parse::<u32>().is_ok_and(|hours| hours <= 23).then_some(1 + digits)
}

fn count_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Without the spaces that may fill up a number of one digit.
fn unpadded(text: &str, pad: Pad, most: usize) -> &str {
    let spaces = text.bytes().take(if pad == Pad::Space { most } else { 0 }).take_while(|byte| *byte == b' ').count();
    &text[spaces..]
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
    let (number, rest) = number(unpadded(text, pad, 1), if pad == Pad::Zero { 2 } else { 1 }, 2)?;
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
