//! Durations as Temporal and Go write them: `30s`, `1h30m`, `1.5h`, `500ms`, and `2d`.

use std::{fmt::Write as _, time::Duration};

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DurationError {
    #[error("a duration is empty")]
    Empty,
    #[error("`{0}` has no unit; write `{0}s` for seconds or `{0}ms` for milliseconds")]
    NoUnit(String),
    #[error("`{0}` is no unit of time; the units are ns, us, ms, s, m, h and d")]
    UnknownUnit(String),
    #[error("`{0}` is no duration; write one as `30s`, `1h30m` or `500ms`")]
    Malformed(String),
    #[error("a duration cannot be negative")]
    Negative,
    #[error("the duration is too long")]
    TooLong,
}

/// The longest duration: what fits 64 bits of nanoseconds, as in Go.
const LONGEST: u128 = i64::MAX as u128;

/// Reads a duration: one or more numbers, each with its unit.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(DurationError::Empty);
    }
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.starts_with('-') {
        return Err(DurationError::Negative);
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(letters);
        if number.is_empty() || number == "." || number.matches('.').count() > 1 {
            return Err(DurationError::Malformed(text.to_owned()));
        }
        if unit.is_empty() {
            return Err(DurationError::NoUnit(number.to_owned()));
        }
        let nanos: u128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return Err(DurationError::UnknownUnit(unit.trim().to_owned())),
        };
        total = total
            .checked_add(scaled(number, nanos)?)
            .filter(|total| *total <= LONGEST)
            .ok_or(DurationError::TooLong)?;
        rest = next;
    }
    let nanos = u64::try_from(total).map_err(|_| DurationError::TooLong)?;
    Ok(Duration::from_nanos(nanos))
}

/// A duration of so many milliseconds, if one is that long.
pub(crate) fn of_millis(millis: u64) -> Result<Duration, DurationError> {
    let length = Duration::from_millis(millis);
    if length.as_nanos() > LONGEST { Err(DurationError::TooLong) } else { Ok(length) }
}

/// `number` × `nanos`, exactly; digits below a nanosecond are dropped.
fn scaled(number: &str, nanos: u128) -> Result<u128, DurationError> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| DurationError::TooLong)? };
    let mut total = whole.checked_mul(nanos).ok_or(DurationError::TooLong)?;
    let mut unit = nanos;
    for digit in fraction.bytes() {
        unit /= 10;
        total = total.checked_add(u128::from(digit - b'0') * unit).ok_or(DurationError::TooLong)?;
    }
    Ok(total)
}

/// Writes a duration as [`parse_duration`] reads it: `1h30m`, `1.5s`, `250ms`, `0s`.
pub(crate) fn format_duration(duration: Duration) -> String {
    let mut nanos = duration.as_nanos();
    if nanos == 0 {
        return "0s".to_owned();
    }
    for (below, unit, size) in [(1_000, "ns", 1), (1_000_000, "us", 1_000), (1_000_000_000, "ms", 1_000_000)] {
        if nanos < below {
            return with_fraction(nanos, size, unit);
        }
    }
    let mut text = String::new();
    for (unit, size) in [("h", 3_600_000_000_000), ("m", 60_000_000_000)] {
        if nanos >= size {
            let _ = write!(text, "{}{unit}", nanos / size);
            nanos %= size;
        }
    }
    if nanos > 0 {
        text += &with_fraction(nanos, 1_000_000_000, "s");
    }
    text
}

fn with_fraction(nanos: u128, size: u128, unit: &str) -> String {
    let (whole, mut rest) = (nanos / size, nanos % size);
    let mut text = whole.to_string();
    if rest > 0 {
        text.push('.');
        let mut digit = size;
        while rest > 0 {
            digit /= 10;
            let _ = write!(text, "{}", rest / digit);
            rest %= digit;
        }
    }
    text + unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_temporal_command_reads() {
        for (text, nanos) in [
            ("30s", 30_000_000_000),
            ("1d", 86_400_000_000_000),
            ("1h30m", 5_400_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("500ms", 500_000_000),
            ("0", 0),
            ("0s", 0),
            (".5s", 500_000_000),
            ("1us", 1_000),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong_with_the_rest() {
        assert_eq!(parse_duration("30"), Err(DurationError::NoUnit("30".into())));
        assert_eq!(parse_duration("2w"), Err(DurationError::UnknownUnit("w".into())));
        assert_eq!(parse_duration(""), Err(DurationError::Empty));
        assert_eq!(parse_duration("-1s"), Err(DurationError::Negative));
        assert_eq!(parse_duration("s"), Err(DurationError::Malformed("s".into())));
        assert_eq!(parse_duration("1.2.3s"), Err(DurationError::Malformed("1.2.3s".into())));
        assert_eq!(parse_duration("999999999999h"), Err(DurationError::TooLong));
        assert_eq!(parse_duration("340282366920938463463374607431768211.999us"), Err(DurationError::TooLong));
        assert_eq!(parse_duration("99999999999999999999999999999999999999999h"), Err(DurationError::TooLong));
    }

    #[test]
    fn writes_what_it_reads() {
        for text in ["1h30m", "1.5s", "250ms", "0s", "1m0.5s", "90ns", "1.5us", "24h"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
    }
}
