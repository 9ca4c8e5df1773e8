//! Writes a time as a layout shows it.

use std::fmt::Write as _;

use super::{
    Civil, Instant, Zone,
    layout::{Pad, Part, parts},
};

pub(super) const MONTHS: [&str; 12] = [
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
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// `instant` in `zone`, as `layout` shows it.
pub(crate) fn format(layout: &str, instant: Instant, zone: &Zone) -> String {
    let civil = Civil::of(instant, zone);
    let mut text = String::new();
    for part in parts(layout) {
        write_part(&mut text, part, &civil, zone);
    }
    text
}

fn write_part(text: &mut String, part: Part<'_>, civil: &Civil, zone: &Zone) {
    // Writing to a text cannot fail.
    let _ = match part {
        Part::Text(plain) => write!(text, "{plain}"),
        Part::MonthName { short } => write!(text, "{}", name(MONTHS[civil.month as usize - 1], short)),
        Part::Weekday { short } => write!(text, "{}", name(WEEKDAYS[civil.weekday as usize], short)),
        Part::Month { padded } => number(text, civil.month, padded),
        Part::Day(pad) => padded(text, civil.day, 2, pad),
        Part::YearDay(pad) => padded(text, civil.year_day, 3, pad),
        Part::Hour => write!(text, "{:02}", civil.hour),
        Part::Hour12 { padded } => number(text, (civil.hour + 11) % 12 + 1, padded),
        Part::Minute { padded } => number(text, civil.minute, padded),
        Part::Second { padded } => number(text, civil.second, padded),
        Part::Year if civil.year < 0 => write!(text, "-{:04}", -civil.year),
        Part::Year => write!(text, "{:04}", civil.year),
        Part::YearOfCentury => write!(text, "{:02}", civil.year.rem_euclid(100)),
        Part::HalfDay { upper } => {
            let half = if civil.hour >= 12 { "PM" } else { "AM" };
            if upper { write!(text, "{half}") } else { write!(text, "{}", half.to_lowercase()) }
        }
        Part::ZoneName if zone.name.is_empty() => offset(text, zone.offset, true, false, false),
        Part::ZoneName => write!(text, "{}", zone.name),
        Part::Offset { z: true, .. } if zone.offset == 0 => write!(text, "Z"),
        Part::Offset { minutes, seconds, colon, .. } => offset(text, zone.offset, minutes, seconds, colon),
        Part::Fraction { digits, fixed, comma } => fraction(text, civil.nanosecond, digits, fixed, comma),
    };
}

fn name(full: &str, short: bool) -> &str {
    if short { &full[..3] } else { full }
}

fn number(text: &mut String, value: u32, padded: bool) -> std::fmt::Result {
    if padded { write!(text, "{value:02}") } else { write!(text, "{value}") }
}

fn padded(text: &mut String, value: u32, width: usize, pad: Pad) -> std::fmt::Result {
    match pad {
        Pad::None => write!(text, "{value}"),
        Pad::Space => write!(text, "{value:width$}"),
        Pad::Zero => write!(text, "{value:0width$}"),
    }
}

fn offset(text: &mut String, offset: i32, minutes: bool, seconds: bool, colon: bool) -> std::fmt::Result {
    let (sign, size) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
    let colon = if colon { ":" } else { "" };
    write!(text, "{sign}{:02}", size / 3600)?;
    if minutes {
        write!(text, "{colon}{:02}", size / 60 % 60)?;
    }
    if seconds {
        write!(text, "{colon}{:02}", size % 60)?;
    }
    Ok(())
}

fn fraction(text: &mut String, nanos: u32, digits: usize, fixed: bool, comma: bool) -> std::fmt::Result {
    let mut shown = format!("{nanos:09}");
    while shown.len() < digits {
        shown.push('0');
    }
    shown.truncate(digits);
    if !fixed {
        shown.truncate(shown.trim_end_matches('0').len());
        if shown.is_empty() {
            return Ok(());
        }
    }
    write!(text, "{}{shown}", if comma { ',' } else { '.' })
}
