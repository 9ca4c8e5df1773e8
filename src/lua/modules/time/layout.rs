//! Layouts: how Go writes "how a time is written", by showing the second of January 2006,
//! 15:04:05 -0700.

/// One piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Literal(&'a str),
    Year,
    /// Its last two digits.
    ShortYear,
    Month(Pad),
    MonthName,
    ShortMonthName,
    Day(Pad),
    DayOfYear(Pad),
    Weekday,
    ShortWeekday,
    Hour,
    Hour12(Pad),
    Minute(Pad),
    Second(Pad),
    /// So many digits behind the point, which is written too; without zeros at the end if trimmed.
    Fraction {
        point: char,
        digits: usize,
        trimmed: bool,
    },
    /// `PM`, or `pm`.
    HalfDay {
        upper: bool,
    },
    ZoneName,
    Offset(Offset),
}

/// What stands before a number of one digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pad {
    Nothing,
    Space,
    Zero,
}

/// How a distance from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// UTC is `Z`.
    pub(super) zulu: bool,
    pub(super) colon: bool,
    pub(super) to: OffsetPart,
}

/// How far a distance from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OffsetPart {
    Hours,
    Minutes,
    Seconds,
}

const fn offset(zulu: bool, colon: bool, to: OffsetPart) -> Piece<'static> {
    Piece::Offset(Offset { zulu, colon, to })
}

/// What stands for what; the first that fits counts.
const WORDS: [(&str, Piece<'static>); 38] = [
    ("2006", Piece::Year),
    ("06", Piece::ShortYear),
    ("January", Piece::MonthName),
    ("Jan", Piece::ShortMonthName),
    ("Monday", Piece::Weekday),
    ("Mon", Piece::ShortWeekday),
    ("MST", Piece::ZoneName),
    ("002", Piece::DayOfYear(Pad::Zero)),
    ("__2", Piece::DayOfYear(Pad::Space)),
    ("_2006", Piece::Literal("_")),
    ("_2", Piece::Day(Pad::Space)),
    ("01", Piece::Month(Pad::Zero)),
    ("02", Piece::Day(Pad::Zero)),
    ("03", Piece::Hour12(Pad::Zero)),
    ("04", Piece::Minute(Pad::Zero)),
    ("05", Piece::Second(Pad::Zero)),
    ("15", Piece::Hour),
    ("PM", Piece::HalfDay { upper: true }),
    ("pm", Piece::HalfDay { upper: false }),
    ("-070000", offset(false, false, OffsetPart::Seconds)),
    ("-07:00:00", offset(false, true, OffsetPart::Seconds)),
    ("-0700", offset(false, false, OffsetPart::Minutes)),
    ("-07:00", offset(false, true, OffsetPart::Minutes)),
    ("-07", offset(false, false, OffsetPart::Hours)),
    ("Z070000", offset(true, false, OffsetPart::Seconds)),
    ("Z07:00:00", offset(true, true, OffsetPart::Seconds)),
    ("Z0700", offset(true, false, OffsetPart::Minutes)),
    ("Z07:00", offset(true, true, OffsetPart::Minutes)),
    ("Z07", offset(true, false, OffsetPart::Hours)),
    ("1", Piece::Month(Pad::Nothing)),
    ("2", Piece::Day(Pad::Nothing)),
    ("3", Piece::Hour12(Pad::Nothing)),
    ("4", Piece::Minute(Pad::Nothing)),
    ("5", Piece::Second(Pad::Nothing)),
    (".0", Piece::Fraction { point: '.', digits: 1, trimmed: false }),
    (".9", Piece::Fraction { point: '.', digits: 1, trimmed: true }),
    (",0", Piece::Fraction { point: ',', digits: 1, trimmed: false }),
    (",9", Piece::Fraction { point: ',', digits: 1, trimmed: true }),
];

/// Takes a layout apart.
pub(super) fn pieces(layout: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut literal, mut at) = (0, 0);
    while at < layout.len() {
        let Some((piece, length)) = piece_at(&layout[at..]) else {
            at += layout[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if literal < at {
            pieces.push(Piece::Literal(&layout[literal..at]));
        }
        pieces.push(piece);
        at += length;
        literal = at;
    }
    if literal < at {
        pieces.push(Piece::Literal(&layout[literal..]));
    }
    pieces
}

fn piece_at(rest: &str) -> Option<(Piece<'static>, usize)> {
    let (word, piece) = WORDS.iter().find(|(word, _)| rest.starts_with(word))?;
    let after = &rest[word.len()..];
    match *piece {
        // `Janet` is a name.
        Piece::ShortMonthName | Piece::ShortWeekday if after.starts_with(|c: char| c.is_ascii_lowercase()) => None,
        // In `_2006` only the line is literal.
        Piece::Literal(line) => Some((*piece, line.len())),
        Piece::Fraction { point, trimmed, .. } => {
            let digit = if trimmed { '9' } else { '0' };
            let digits = rest[1..].chars().take_while(|c| *c == digit).count();
            let ends = !rest[1 + digits..].starts_with(|c: char| c.is_ascii_digit());
            ends.then_some((Piece::Fraction { point, digits, trimmed }, 1 + digits))
        }
        piece => Some((piece, word.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_taken_apart() {
        assert_eq!(
            pieces("Mon, _2 Jan 06 15:04.000"),
            [
                Piece::ShortWeekday,
                Piece::Literal(", "),
                Piece::Day(Pad::Space),
                Piece::Literal(" "),
                Piece::ShortMonthName,
                Piece::Literal(" "),
                Piece::ShortYear,
                Piece::Literal(" "),
                Piece::Hour,
                Piece::Literal(":"),
                Piece::Minute(Pad::Zero),
                Piece::Fraction { point: '.', digits: 3, trimmed: false },
            ]
        );
        assert_eq!(pieces("Janet"), [Piece::Literal("Janet")]);
        assert_eq!(pieces("é2006"), [Piece::Literal("é"), Piece::Year]);
        assert_eq!(pieces("_2006"), [Piece::Literal("_"), Piece::Year]);
    }
}
