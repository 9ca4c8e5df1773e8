//! What an unquoted text stands for where the reader has no wish of its own.
//!
//! It is YAML 1.2's core schema with two differences: `true` and `false` are the only booleans, and
//! an integer that does not fit 64 bits is an error instead of a rounded number.

use super::{Scalar, Style};

/// What a scalar stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    UInt(u64),
    /// A number that no 64 bits hold.
    TooLarge,
    /// The same, below zero.
    TooSmall,
    Float(f64),
    Text,
}

impl Plain {
    /// The whole number that it stands for: JSON tells `10.0` and `10` not apart.
    pub(crate) fn whole(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(i128::from(*number)),
            Self::UInt(number) => Some(i128::from(*number)),
            Self::TooLarge => Some(i128::MAX),
            Self::TooSmall => Some(i128::MIN),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and what is too large stays so")]
            Self::Float(number) if number.fract() == 0.0 => Some(*number as i128),
            _ => None,
        }
    }

    /// As a message calls it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) | Self::TooLarge | Self::TooSmall => "an integer",
            Self::Float(_) => "a number",
            Self::Text => "a string",
        }
    }
}

impl Scalar {
    /// What the text stands for; a quoted text is always a text.
    pub(crate) fn plain(&self) -> Plain {
        match self.style {
            Style::Plain if self.is_null() => Plain::Null,
            Style::Plain | Style::Variable => resolve(&self.text),
            _ => Plain::Text,
        }
    }
}

fn resolve(text: &str) -> Plain {
    match text {
        "true" => return Plain::Bool(true),
        "false" => return Plain::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return integer(text);
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return u64::from_str_radix(digits, radix)
                .map_or(Plain::TooLarge, |number| i64::try_from(number).map_or(Plain::UInt(number), Plain::Int));
        }
    }
    if is_float(unsigned) {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        return number.map_or_else(|| out_of_bounds(text), Plain::Float);
    }
    Plain::Text
}

fn integer(text: &str) -> Plain {
    if let Ok(number) = text.parse::<i64>() {
        return Plain::Int(number);
    }
    text.parse::<u64>().map_or_else(|_| out_of_bounds(text), Plain::UInt)
}

fn out_of_bounds(text: &str) -> Plain {
    if text.starts_with('-') { Plain::TooSmall } else { Plain::TooLarge }
}

/// Digits with a dot, an exponent or both.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
        && (mantissa.contains('.') || exponent.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unquoted_text_stands_for_what_yaml_says() {
        for (text, plain) in [
            ("", Plain::Null),
            ("~", Plain::Null),
            ("true", Plain::Bool(true)),
            ("no", Plain::Text),
            ("True", Plain::Text),
            ("12", Plain::Int(12)),
            ("-3", Plain::Int(-3)),
            ("0x1f", Plain::Int(31)),
            ("0o17", Plain::Int(15)),
            ("18446744073709551615", Plain::UInt(u64::MAX)),
            ("18446744073709551616", Plain::TooLarge),
            ("1.5", Plain::Float(1.5)),
            (".5", Plain::Float(0.5)),
            ("1e3", Plain::Float(1000.0)),
            ("1e999", Plain::TooLarge),
            ("-18446744073709551616", Plain::TooSmall),
            ("-1e999", Plain::TooSmall),
            ("1.2.3", Plain::Text),
            ("e3", Plain::Text),
            (".", Plain::Text),
            ("-", Plain::Text),
            ("1_000", Plain::Text),
        ] {
            assert_eq!(Scalar::new(text, Style::Plain).plain(), plain, "{text}");
        }
        assert_eq!(Scalar::new("12", Style::Double).plain(), Plain::Text);
    }
}
