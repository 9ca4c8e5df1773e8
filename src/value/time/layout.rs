//! Splits a layout into what is written as it stands and what stands for a part of a time.

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    /// `January` or `Jan`.
    MonthName {
        short: bool,
    },
    /// `1` or `01`.
    Month {
        padded: bool,
    },
    /// `Monday` or `Mon`.
    Weekday {
        short: bool,
    },
    /// `2`, `_2` or `02`.
    Day(Pad),
    /// `__2` or `002`.
    YearDay(Pad),
    /// `15`.
    Hour,
    /// `3` or `03`.
    Hour12 {
        padded: bool,
    },
    /// `4` or `04`.
    Minute {
        padded: bool,
    },
    /// `5` or `05`.
    Second {
        padded: bool,
    },
    /// `2006`.
    Year,
    /// `06`.
    YearOfCentury,
    /// `PM` or `pm`.
    HalfDay {
        upper: bool,
    },
    /// `MST`.
    ZoneName,
    /// `-0700`, `-07:00`, `-07`, `-070000`, `-07:00:00`, or with `Z` for UTC.
    Offset {
        z: bool,
        minutes: bool,
        seconds: bool,
        colon: bool,
    },
    /// `.000` or `.999`, after a dot or comma.
    Fraction {
        digits: usize,
        fixed: bool,
        comma: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    None,
    Space,
    Zero,
}

/// Each part's spelling; of those that begin alike the longest comes first.
const PARTS: &[(&str, Part<'static>)] = &[
    ("January", Part::MonthName { short: false }),
    ("Jan", Part::MonthName { short: true }),
    ("Monday", Part::Weekday { short: false }),
    ("Mon", Part::Weekday { short: true }),
    ("MST", Part::ZoneName),
    ("2006", Part::Year),
    ("002", Part::YearDay(Pad::Zero)),
    ("__2", Part::YearDay(Pad::Space)),
    ("_2006", Part::Text("_")),
    ("_2", Part::Day(Pad::Space)),
    ("01", Part::Month { padded: true }),
    ("02", Part::Day(Pad::Zero)),
    ("03", Part::Hour12 { padded: true }),
    ("04", Part::Minute { padded: true }),
    ("05", Part::Second { padded: true }),
    ("06", Part::YearOfCentury),
    ("15", Part::Hour),
    ("1", Part::Month { padded: false }),
    ("2", Part::Day(Pad::None)),
    ("3", Part::Hour12 { padded: false }),
    ("4", Part::Minute { padded: false }),
    ("5", Part::Second { padded: false }),
    ("PM", Part::HalfDay { upper: true }),
    ("pm", Part::HalfDay { upper: false }),
    ("-07:00:00", Part::Offset { z: false, minutes: true, seconds: true, colon: true }),
    ("-070000", Part::Offset { z: false, minutes: true, seconds: true, colon: false }),
    ("-07:00", Part::Offset { z: false, minutes: true, seconds: false, colon: true }),
    ("-0700", Part::Offset { z: false, minutes: true, seconds: false, colon: false }),
    ("-07", Part::Offset { z: false, minutes: false, seconds: false, colon: false }),
    ("Z07:00:00", Part::Offset { z: true, minutes: true, seconds: true, colon: true }),
    ("Z070000", Part::Offset { z: true, minutes: true, seconds: true, colon: false }),
    ("Z07:00", Part::Offset { z: true, minutes: true, seconds: false, colon: true }),
    ("Z0700", Part::Offset { z: true, minutes: true, seconds: false, colon: false }),
    ("Z07", Part::Offset { z: true, minutes: false, seconds: false, colon: false }),
];

/// The parts of a layout, in order.
pub(super) fn parts(layout: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut text_from, mut at) = (0, 0);
    while at < layout.len() {
        let rest = &layout[at..];
        let Some((part, length)) = part_at(rest) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if text_from < at {
            parts.push(Part::Text(&layout[text_from..at]));
        }
        parts.push(part);
        at += length;
        text_from = at;
    }
    if text_from < layout.len() {
        parts.push(Part::Text(&layout[text_from..]));
    }
    parts
}

fn part_at(rest: &str) -> Option<(Part<'_>, usize)> {
    if let Some(fraction) = fraction_at(rest) {
        return Some(fraction);
    }
    let (spelling, part) = PARTS.iter().find(|(spelling, _)| rest.starts_with(spelling))?;
    match *spelling {
        // `_2006` is an underscore and a year.
        "_2006" => Some((Part::Text(&rest[..1]), 1)),
        // A name is part of a longer word unless the word ends: `Mont` is no weekday.
        "Jan" | "Mon" if rest[3..].starts_with(|c: char| c.is_ascii_lowercase()) => None,
        _ => Some((*part, spelling.len())),
    }
}

/// `.000`, `,999` and the like, if no digit follows.
fn fraction_at(rest: &str) -> Option<(Part<'_>, usize)> {
    let comma = match rest.as_bytes().first()? {
        b'.' => false,
        b',' => true,
        _ => return None,
    };
    let digit = *rest.as_bytes().get(1)?;
    if digit != b'0' && digit != b'9' {
        return None;
    }
    let digits = rest.as_bytes()[1..].iter().take_while(|byte| **byte == digit).count();
    if rest.as_bytes().get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    Some((Part::Fraction { digits, fixed: digit == b'0', comma }, 1 + digits))
}
