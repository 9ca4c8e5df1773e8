//! Times to text, by layout.

use std::fmt::Write as _;

use super::{
    civil::{MONTHS, WEEKDAYS},
    layout::{Offset, OffsetPart, Pad, Piece, pieces},
    moment::Moment,
};

/// Stands where the name of a zone would, if it has none.
const WITHOUT_NAME: Offset = Offset { zulu: false, colon: false, to: OffsetPart::Minutes };

/// Writes a time as `layout` shows.
pub(super) fn format(moment: &Moment, layout: &str) -> String {
    let (parts, zone) = (moment.parts(), moment.offset());
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
            Piece::ZoneName if zone.abbreviation.is_empty() => offset(&mut text, zone.seconds, WITHOUT_NAME),
            Piece::ZoneName => text += &zone.abbreviation,
            Piece::Offset(how) => offset(&mut text, zone.seconds, how),
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
