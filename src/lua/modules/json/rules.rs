//! What single keywords of a schema ask of a value that holds no others, and how it is told.

use super::schema::map;
use crate::value::{Map, Path, Value};

/// Bytes of a value or of a keyword's in a message.
const LONGEST: usize = 80;

/// Where a value does not fit, and why.
pub(super) struct Misfit {
    pub(super) at: Path,
    pub(super) why: String,
}

/// Nothing: it fits.
pub(super) type Found = mlua::Result<Option<Misfit>>;

pub(super) fn misfit(at: &Path, why: &str) -> Found {
    Ok(Some(Misfit { at: at.clone(), why: why.to_owned() }))
}

pub(super) fn of_number(keyword: &str, argument: &Value, value: &Value, at: &Path) -> Found {
    let (Some(limit), Some(given)) = (number(argument), number(value)) else { return Ok(None) };
    let (holds, rule) = match keyword {
        "minimum" => (given >= limit, "at least"),
        "maximum" => (given <= limit, "at most"),
        "exclusiveMinimum" => (given > limit, "more than"),
        "exclusiveMaximum" => (given < limit, "less than"),
        "multipleOf" => (is_multiple(given, limit), "a multiple of"),
        _ => return Ok(None),
    };
    if holds { Ok(None) } else { misfit(at, &format!("must be {rule} {}, got {}", short(argument), short(value))) }
}

/// Decimal fractions are no sums of halves, so a little is allowed for.
fn is_multiple(given: f64, of: f64) -> bool {
    let times = given / of;
    (times - times.round()).abs() <= times.abs() * 1e-12
}

/// `minLength`, `maxItems` and the like: `what` stands behind `min` or `max`.
pub(super) fn of_length(keyword: &str, what: &str, argument: &Value, length: usize, unit: &str, at: &Path) -> Found {
    let Some(limit) = whole(argument) else { return Ok(None) };
    match keyword.split_at_checked(3) {
        Some(("min", rest)) if rest == what && length < limit => {
            misfit(at, &format!("must have at least {limit} {unit}, has {length}"))
        }
        Some(("max", rest)) if rest == what && length > limit => {
            misfit(at, &format!("must have at most {limit} {unit}, has {length}"))
        }
        _ => Ok(None),
    }
}

pub(super) fn missing(names: &[Value], fields: &Map, at: &Path) -> Found {
    match names.iter().filter_map(Value::as_text).find(|name| !fields.contains_key(*name)) {
        Some(name) => misfit(at, &format!("must have `{name}`")),
        None => Ok(None),
    }
}

pub(super) fn is_of_type(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match (name, value) {
        ("array", Value::List(_)) | ("boolean", Value::Bool(_)) | ("null", Value::Null) => true,
        ("object", value) => map(value).is_some(),
        ("string", Value::Text(_)) | ("integer" | "number", Value::Int(_) | Value::UInt(_)) => true,
        ("number", Value::Float(_)) => true,
        ("integer", Value::Float(number)) => number.fract() == 0.0,
        _ => false,
    };
    match types {
        Value::Text(name) => is(name),
        Value::List(names) => names.iter().filter_map(Value::as_text).any(is),
        _ => false,
    }
}

pub(super) fn types_in_words(types: &Value) -> String {
    match types {
        Value::List(names) => names.iter().filter_map(Value::as_text).collect::<Vec<_>>().join(" or "),
        other => other.as_text().unwrap_or_default().to_owned(),
    }
}

/// What a value is, in the words of schemas, and what it is exactly if that is short.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::List(_) => "an array".to_owned(),
        Value::Map(_) => "an object".to_owned(),
        Value::Bytes(_) => "bytes".to_owned(),
        other => short(other),
    }
}

/// A value as JSON, cut where it is long.
pub(super) fn short(value: &Value) -> String {
    let json = value.to_json();
    match json.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", &json[..end]),
        None => format!("`{json}`"),
    }
}

pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::List(items) => items,
        _ => &[],
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits beyond 2^53 are none that anybody means to the last digit")]
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

pub(super) fn whole(value: &Value) -> Option<usize> {
    match value {
        Value::Int(number) => usize::try_from(*number).ok(),
        _ => None,
    }
}
