//! Reads what option tables hold: texts, numbers, durations, words of a fixed set. Every error names
//! the key, what it takes and what was given.

use std::{borrow::Cow, time::Duration};

use super::names;
use crate::{
    diag::closest,
    value::{Map, Value, of_millis, parse_duration},
    workflow::{Priority, RetryPolicy},
};

const RETRY_KEYS: [&str; 5] =
    ["initial_interval", "backoff_coefficient", "maximum_interval", "maximum_attempts", "non_retryable_error_types"];
const PRIORITY_KEYS: [&str; 3] = ["priority_key", "fairness_key", "fairness_weight"];
/// Other names of these.
pub(crate) const PRIORITY_ALIASES: [(&str, &str); 2] = [("key", "priority_key"), ("weight", "fairness_weight")];

pub(super) fn retry(value: &Value) -> Result<RetryPolicy, String> {
    let mut policy = RetryPolicy {
        initial_interval: None,
        backoff_coefficient: 2.0,
        maximum_interval: None,
        maximum_attempts: 0,
        non_retryable_error_types: Vec::new(),
    };
    for (given, value) in entries("`retry_policy`", value)? {
        let key = &*snake(given);
        match key {
            "initial_interval" => policy.initial_interval = Some(duration(key, value)?),
            "backoff_coefficient" => {
                policy.backoff_coefficient = number(key, value)?;
                if policy.backoff_coefficient < 1.0 {
                    return Err("`backoff_coefficient` cannot be below 1: waits never shrink".to_owned());
                }
            }
            "maximum_interval" => policy.maximum_interval = Some(duration(key, value)?),
            "maximum_attempts" => policy.maximum_attempts = whole(key, value)?,
            "non_retryable_error_types" => policy.non_retryable_error_types = texts(key, value)?,
            _ => return Err(unknown(given, key, &RETRY_KEYS)),
        }
    }
    match policy.refusal() {
        Some(refusal) => Err(format!("`retry_policy`: {refusal}")),
        None => Ok(policy),
    }
}

pub(super) fn priority(value: &Value) -> Result<Priority, String> {
    let mut priority = Priority::default();
    let mut seen = Vec::new();
    for (given, value) in entries("`priority`", value)? {
        let plain = snake(given);
        let alias = PRIORITY_ALIASES.iter().find(|(other, _)| *other == plain);
        let key = alias.map_or(&*plain, |(_, key)| *key);
        if seen.iter().any(|other| other == key) {
            return Err(twice(key));
        }
        seen.push(key.to_owned());
        match key {
            "priority_key" => {
                priority.key = whole(key, value)?;
                if !(1..=5).contains(&priority.key) {
                    return Err("`priority_key` is a number from 1, the first, to 5".to_owned());
                }
            }
            "fairness_key" => {
                priority.fairness_key = text(key, value)?;
                if let Some(refusal) = Priority::key_refusal(&priority.fairness_key) {
                    return Err(format!("`fairness_key` {refusal}"));
                }
            }
            "fairness_weight" => {
                let weight = number(key, value)?;
                if let Some(refusal) = Priority::weight_refusal(weight) {
                    return Err(format!("`fairness_weight` {refusal}"));
                }
                #[expect(clippy::cast_possible_truncation, reason = "Temporal's weight is the smaller float")]
                let weight = weight as f32;
                priority.fairness_weight = weight;
            }
            _ => return Err(unknown(given, key, &PRIORITY_KEYS)),
        }
    }
    Ok(priority)
}

/// A choice that is written as a word.
pub(crate) trait Worded: Copy + std::fmt::Debug + PartialEq + 'static {
    /// What Temporal puts before its words, in small letters.
    const PREFIX: &'static str;
    /// The words, with Temporal's numbers; the first of a number is the usual one.
    const WORDS: &'static [(&'static str, i64, Self)];

    /// What a word means: in any case, with `-` for `_` or nothing between its parts, with what
    /// Temporal puts before it or without.
    fn of_word(given: &str) -> Option<Self> {
        let plain = plain_word(given, Self::PREFIX);
        let is_it = |word: &str| word == plain || word.replace('_', "") == plain;
        Self::WORDS.iter().find(|(word, ..)| is_it(word)).map(|(.., meaning)| *meaning)
    }

    /// What Temporal's number means.
    fn of_number(given: i64) -> Option<Self> {
        Self::WORDS.iter().find(|(_, number, _)| *number == given).map(|(.., meaning)| *meaning)
    }
}

fn plain_word(given: &str, prefix: &str) -> String {
    let plain = given.to_lowercase().replace('-', "_");
    plain.strip_prefix(prefix).map(str::to_owned).unwrap_or(plain)
}

/// A word of a fixed set, or Temporal's number for it.
pub(super) fn word<T: Worded>(key: &str, value: &Value) -> Result<T, String> {
    let known = || T::WORDS.iter().map(|(word, ..)| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match value {
        Value::Text(given) => T::of_word(given).ok_or_else(|| {
            match closest(&plain_word(given, T::PREFIX), T::WORDS.iter().map(|(word, ..)| *word)) {
                Some(close) => format!("`{key}` cannot be `{given}`; did you mean `{close}`?"),
                None => format!("`{key}` cannot be `{given}`; it is one of {}", known()),
            }
        }),
        Value::Int(given) => {
            T::of_number(*given).ok_or_else(|| format!("`{key}` cannot be {given}; it is one of {}", known()))
        }
        other => Err(wrong(key, &format!("one of {}", known()), other)),
    }
}

/// `maximumAttempts` and `MAXIMUM_ATTEMPTS` are `maximum_attempts`.
pub(crate) fn snake(key: &str) -> Cow<'_, str> {
    if !key.contains(|c: char| c.is_ascii_uppercase()) {
        return Cow::Borrowed(key);
    }
    if !key.contains(|c: char| c.is_ascii_lowercase()) {
        return Cow::Owned(key.to_ascii_lowercase());
    }
    let mut plain = String::with_capacity(key.len() + 4);
    for letter in key.chars() {
        if letter.is_ascii_uppercase() && !plain.is_empty() && !plain.ends_with('_') {
            plain.push('_');
        }
        plain.push(letter.to_ascii_lowercase());
    }
    Cow::Owned(plain)
}

/// What is said of a key that is there with its prefix and without, or by two names.
pub(super) fn twice(key: &str) -> String {
    format!("`{key}` is given twice")
}

pub(super) fn unknown(given: &str, key: &str, known: &[&str]) -> String {
    match closest(key, known.iter().copied()) {
        Some(close) => format!("unknown option `{given}`; did you mean `{close}`?"),
        None => format!("unknown option `{given}`; known are {}", known.join(", ")),
    }
}

/// The pairs of a map; an empty table is an empty map.
pub(super) fn entries<'a>(what: &str, value: &'a Value) -> Result<indexmap::map::Iter<'a, String, Value>, String> {
    static NONE: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
    match value {
        Value::Map(map) => Ok(map.iter()),
        Value::List(items) if items.is_empty() => Ok(NONE.iter()),
        other => Err(format!("{what} must be a table with named keys, not {}", other.a_type_name())),
    }
}

pub(super) fn wrong(key: &str, expected: &str, value: &Value) -> String {
    format!("`{key}` must be {expected}, not {}", value.a_type_name())
}

pub(super) fn text(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) if text.is_empty() => Err(format!("`{key}` is empty")),
        Value::Text(text) => Ok(text.clone()),
        other => Err(wrong(key, "a text", other)),
    }
}

/// A text that Temporal uses as a name.
pub(super) fn name(key: &str, value: &Value) -> Result<String, String> {
    let name = text(key, value)?;
    names::fits(&format!("`{key}`"), &name)?;
    Ok(name)
}

/// A text that Temporal uses as the name of a queue.
pub(super) fn queue(key: &str, value: &Value) -> Result<String, String> {
    let queue = text(key, value)?;
    names::fits_queue(&format!("`{key}`"), &queue)?;
    Ok(queue)
}

pub(super) fn texts(key: &str, value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::List(items) => items.iter().map(|item| text(key, item)).collect(),
        one => Ok(vec![text(key, one)?]),
    }
}

pub(super) fn flag(key: &str, value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        other => Err(wrong(key, "true or false", other)),
    }
}

fn number(key: &str, value: &Value) -> Result<f64, String> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "Lua's numbers are doubles")]
        Value::Int(number) => Ok(*number as f64),
        Value::Float(number) => Ok(*number),
        other => Err(wrong(key, "a number", other)),
    }
}

fn whole(key: &str, value: &Value) -> Result<u32, String> {
    match value {
        Value::Int(number) => u32::try_from(*number).map_err(|_| format!("`{key}` is out of range")),
        other => Err(wrong(key, "a whole number", other)),
    }
}

/// A text like `5s`, or milliseconds.
pub(super) fn duration(key: &str, value: &Value) -> Result<Duration, String> {
    match value {
        Value::Text(text) => parse_duration(text).map_err(|error| format!("`{key}`: {error}")),
        Value::Int(millis) => u64::try_from(*millis)
            .map_err(|_| format!("`{key}`: a duration cannot be negative"))
            .and_then(|millis| of_millis(millis).map_err(|error| format!("`{key}`: {error}"))),
        other => Err(wrong(key, "a text like `5s` or milliseconds", other)),
    }
}
