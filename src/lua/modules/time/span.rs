//! Durations as Lua code holds them: nanoseconds, positive or negative.

use std::{fmt::Write as _, time::Duration};

use mlua::{Lua, UserData, UserDataFields, UserDataMethods, UserDataRef, Value as LuaValue};

use crate::{
    lua::{arguments, from_lua, to_lua},
    value::{Failure, Value, parse_duration},
};

/// A signed number of nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimeSpan(pub(crate) i64);

impl TimeSpan {
    /// Reads `1h30m`, `-5s`.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
        let length = parse_duration(digits).map_err(|error| Failure::invalid(error.to_string()))?;
        let nanos = i64::try_from(length.as_nanos()).map_err(|_| Failure::invalid("the duration is too long"))?;
        Ok(Self(if negative { -nanos } else { nanos }))
    }

    /// What `time.*` take for a duration: nanoseconds, a text, or a Duration. Anything else is a misuse
    /// of `function`, and raised.
    pub(crate) fn of(
        lua: &Lua,
        function: &str,
        argument: &str,
        value: &LuaValue,
    ) -> mlua::Result<Result<Self, Failure>> {
        if let Some(span) = Self::in_object(value) {
            return Ok(Ok(span));
        }
        if !matches!(value, LuaValue::String(_) | LuaValue::Integer(_) | LuaValue::Number(_) | LuaValue::UserData(_)) {
            return Err(Self::misuse(function, argument, value));
        }
        match from_lua(lua, value) {
            Ok(Value::Text(text)) => Ok(Self::parse(&text)),
            Ok(Value::Int(nanos)) => Ok(Ok(Self(nanos))),
            Ok(Value::Float(nanos)) if nanos.is_finite() && nanos.abs() < 9.2e18 =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the range is checked above; less than a nanosecond is nothing"
                )]
                Ok(Ok(Self(nanos as i64)))
            }
            Ok(Value::Float(_)) => Ok(Err(Failure::invalid("the duration is too long"))),
            Ok(Value::Bytes(_)) => Ok(Err(Failure::invalid("the duration is no UTF-8 text"))),
            _ if value.is_number() => Ok(Err(Failure::invalid("the duration is no finite number"))),
            _ => Err(Self::misuse(function, argument, value)),
        }
    }

    /// What a Duration of Lua code holds, if a value is one.
    pub(crate) fn in_object(value: &LuaValue) -> Option<Self> {
        value.as_userdata().and_then(|data| Some(*data.borrow::<Self>().ok()?))
    }

    fn misuse(function: &str, argument: &str, value: &LuaValue) -> mlua::Error {
        arguments::wrong_type(function, argument, "a text like `5s`, nanoseconds or a Duration", value)
    }

    /// How long to wait; nothing for what is already over.
    pub(crate) fn wait(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or_default())
    }

    #[expect(clippy::cast_precision_loss, reason = "a fraction of hours is what was asked for")]
    fn in_units(self, nanos: i64) -> f64 {
        let (whole, rest) = (self.0 / nanos, self.0 % nanos);
        whole as f64 + rest as f64 / nanos as f64
    }
}

/// As Go writes it: `1h30m0s`, `1.5s`, `250ms`.
impl std::fmt::Display for TimeSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_char('-')?;
        }
        let (hours, minutes, rest) = (nanos / 3_600_000_000_000, nanos / 60_000_000_000 % 60, nanos % 60_000_000_000);
        if nanos >= 60_000_000_000 {
            if hours > 0 {
                write!(f, "{hours}h")?;
            }
            write!(f, "{minutes}m{}s", decimal(rest, 9))
        } else {
            match nanos {
                0 => f.write_str("0s"),
                1..1_000 => write!(f, "{nanos}ns"),
                1_000..1_000_000 => write!(f, "{}µs", decimal(nanos, 3)),
                1_000_000..1_000_000_000 => write!(f, "{}ms", decimal(nanos, 6)),
                _ => write!(f, "{}s", decimal(nanos, 9)),
            }
        }
    }
}

/// `number` with its last `places` digits behind a point, without zeros at the end.
fn decimal(number: u64, places: u32) -> String {
    let size = 10_u64.pow(places);
    let fraction = format!("{:0width$}", number % size, width = places as usize);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", number / size)
}

impl UserData for TimeSpan {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Duration");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("nanoseconds", |lua, this, ()| to_lua(lua, &Value::Int(this.0)));
        methods.add_method("microseconds", |lua, this, ()| to_lua(lua, &Value::Int(this.0 / 1_000)));
        methods.add_method("milliseconds", |lua, this, ()| to_lua(lua, &Value::Int(this.0 / 1_000_000)));
        methods.add_method("seconds", |_, this, ()| Ok(this.in_units(1_000_000_000)));
        methods.add_method("minutes", |_, this, ()| Ok(this.in_units(60_000_000_000)));
        methods.add_method("hours", |_, this, ()| Ok(this.in_units(3_600_000_000_000)));
        methods.add_meta_method("__tostring", |_, this, ()| Ok(this.to_string()));
        methods.add_meta_method("__eq", |_, this, other: UserDataRef<Self>| Ok(*this == *other));
        methods.add_meta_method("__lt", |_, this, other: UserDataRef<Self>| Ok(*this < *other));
        methods.add_meta_method("__le", |_, this, other: UserDataRef<Self>| Ok(*this <= *other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (999, "999ns"),
            (1_500, "1.5µs"),
            (250_000_000, "250ms"),
            (1_500_000_000, "1.5s"),
            (60_000_000_000, "1m0s"),
            (5_400_000_000_000, "1h30m0s"),
            (-3_600_000_000_001, "-1h0m0.000000001s"),
        ] {
            assert_eq!(TimeSpan(nanos).to_string(), text);
            assert_eq!(TimeSpan::parse(text).unwrap(), TimeSpan(nanos), "{text}");
        }
    }
}
