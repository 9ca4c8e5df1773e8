//! The options of a call: `activity.start_to_close_timeout`, or without the prefix.

use std::time::Duration;

use crate::{
    diag::closest,
    value::{Map, Value, parse_duration},
    workflow::{ActivityOptions, Cancellation, Priority, RetryPolicy},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.activity.", "activity."];

const KEYS: [&str; 14] = [
    "id",
    "task_queue",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
    "heartbeat_timeout",
    "wait_for_cancellation",
    "cancellation_type",
    "retry_policy",
    "disable_eager_execution",
    "summary",
    "priority",
    "local",
    "local_retry_threshold",
];
const RETRY_KEYS: [&str; 5] =
    ["initial_interval", "backoff_coefficient", "maximum_interval", "maximum_attempts", "non_retryable_error_types"];
const PRIORITY_KEYS: [&str; 3] = ["priority_key", "fairness_key", "fairness_weight"];

/// Reads the options; the error says what is wrong with which.
pub(super) fn read(options: &Value) -> Result<ActivityOptions, String> {
    let mut read = ActivityOptions::default();
    let mut nested: Option<ActivityOptions> = None;
    for (given, value) in entries("the options", options)? {
        let key = PREFIXES.iter().find_map(|prefix| given.strip_prefix(prefix)).unwrap_or(given);
        match key {
            "id" => read.activity_id = Some(text(key, value)?),
            "task_queue" => read.task_queue = Some(text(key, value)?),
            "schedule_to_close_timeout" => read.timeouts.schedule_to_close = Some(duration(key, value)?),
            "schedule_to_start_timeout" => read.timeouts.schedule_to_start = Some(duration(key, value)?),
            "start_to_close_timeout" => read.timeouts.start_to_close = Some(duration(key, value)?),
            "heartbeat_timeout" => read.timeouts.heartbeat = Some(duration(key, value)?),
            "wait_for_cancellation" => {
                let waits = flag(key, value)?;
                read.cancellation = Some(if waits { Cancellation::WaitCompleted } else { Cancellation::TryCancel });
            }
            "cancellation_type" => read.cancellation = Some(cancellation(key, value)?),
            "retry_policy" => read.retry = Some(retry(value)?),
            "disable_eager_execution" => read.eager = Some(!flag(key, value)?),
            "summary" => read.summary = Some(text(key, value)?),
            "priority" => read.priority = Some(priority(value)?),
            "local" => {
                if let Value::Bool(local) = value {
                    read.local = Some(*local);
                } else if !matches!(value, Value::Map(_) | Value::List(_)) {
                    return Err(wrong(key, "true, false or a table of options", value));
                } else {
                    nested = Some(self::read(value)?);
                }
            }
            "local_retry_threshold" => read.local_retry_threshold = Some(duration(key, value)?),
            _ => return Err(unknown(given, key, &KEYS)),
        }
    }
    if let Some(nested) = nested {
        read = nested.over(&read);
        read.local = Some(true);
    }
    Ok(read)
}

/// What a call says itself must fit where the activity runs.
pub(super) fn check_place(given: &ActivityOptions, is_local: bool) -> Result<(), String> {
    let refused = [
        ("task_queue", given.task_queue.is_some()),
        ("heartbeat_timeout", given.timeouts.heartbeat.is_some()),
        ("disable_eager_execution", given.eager.is_some()),
        ("priority", given.priority.is_some()),
    ];
    match refused.into_iter().find(|(_, set)| *set && is_local) {
        Some((key, _)) => {
            Err(format!("a local activity runs in the process of its workflow and has no option `{key}`"))
        }
        None if given.local_retry_threshold.is_some() && !is_local => {
            Err("`local_retry_threshold` is for local activities; add `local = true`".to_owned())
        }
        None => Ok(()),
    }
}

fn cancellation(key: &str, value: &Value) -> Result<Cancellation, String> {
    match text(key, value)?.as_str() {
        "try_cancel" => Ok(Cancellation::TryCancel),
        "wait_completed" => Ok(Cancellation::WaitCompleted),
        "abandon" => Ok(Cancellation::Abandon),
        other => Err(format!("`{key}` is `try_cancel`, `wait_completed` or `abandon`, not `{other}`")),
    }
}

fn retry(value: &Value) -> Result<RetryPolicy, String> {
    let mut policy = RetryPolicy {
        initial_interval: None,
        backoff_coefficient: 2.0,
        maximum_interval: None,
        maximum_attempts: 0,
        non_retryable_error_types: Vec::new(),
    };
    for (key, value) in entries("`retry_policy`", value)? {
        match key.as_str() {
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
            _ => return Err(unknown(key, key, &RETRY_KEYS)),
        }
    }
    Ok(policy)
}

fn priority(value: &Value) -> Result<Priority, String> {
    let mut priority = Priority::default();
    for (key, value) in entries("`priority`", value)? {
        match key.as_str() {
            "priority_key" => {
                priority.key = whole(key, value)?;
                if !(1..=5).contains(&priority.key) {
                    return Err("`priority_key` is a number from 1, the first, to 5".to_owned());
                }
            }
            "fairness_key" => priority.fairness_key = text(key, value)?,
            #[expect(clippy::cast_possible_truncation, reason = "Temporal's weight is the smaller float")]
            "fairness_weight" => priority.fairness_weight = number(key, value)? as f32,
            _ => return Err(unknown(key, key, &PRIORITY_KEYS)),
        }
    }
    Ok(priority)
}

fn unknown(given: &str, key: &str, known: &[&str]) -> String {
    match closest(key, known.iter().copied()) {
        Some(close) => format!("unknown option `{given}`; did you mean `{close}`?"),
        None => format!("unknown option `{given}`; known are {}", known.join(", ")),
    }
}

/// The pairs of a map; an empty table is an empty map.
fn entries<'a>(what: &str, value: &'a Value) -> Result<indexmap::map::Iter<'a, String, Value>, String> {
    static NONE: std::sync::LazyLock<Map> = std::sync::LazyLock::new(Map::new);
    match value {
        Value::Map(map) => Ok(map.iter()),
        Value::List(items) if items.is_empty() => Ok(NONE.iter()),
        other => Err(format!("{what} must be a table with named keys, not a {}", other.type_name())),
    }
}

fn wrong(key: &str, expected: &str, value: &Value) -> String {
    format!("`{key}` must be {expected}, not a {}", value.type_name())
}

fn text(key: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::Text(text) if text.is_empty() => Err(format!("`{key}` is empty")),
        Value::Text(text) => Ok(text.clone()),
        other => Err(wrong(key, "a text", other)),
    }
}

fn texts(key: &str, value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::List(items) => items.iter().map(|item| text(key, item)).collect(),
        one => Ok(vec![text(key, one)?]),
    }
}

fn flag(key: &str, value: &Value) -> Result<bool, String> {
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
fn duration(key: &str, value: &Value) -> Result<Duration, String> {
    match value {
        Value::Text(text) => parse_duration(text).map_err(|error| format!("`{key}`: {error}")),
        Value::Int(millis) => u64::try_from(*millis)
            .map(Duration::from_millis)
            .map_err(|_| format!("`{key}`: a duration cannot be negative")),
        other => Err(wrong(key, "a text like `5s` or milliseconds", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Result<ActivityOptions, String> {
        read(&Value::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn a_key_may_have_its_prefix() {
        let plain = options(r#"{"start_to_close_timeout": "5s"}"#).unwrap();
        assert_eq!(plain, options(r#"{"activity.start_to_close_timeout": 5000}"#).unwrap());
        assert_eq!(plain.timeouts.start_to_close, Some(Duration::from_secs(5)));
    }

    #[test]
    fn an_unknown_key_is_refused_with_a_suggestion() {
        assert_eq!(
            options(r#"{"activity.start_to_close": "5s"}"#).unwrap_err(),
            "unknown option `activity.start_to_close`; known are id, task_queue, schedule_to_close_timeout, \
             schedule_to_start_timeout, start_to_close_timeout, heartbeat_timeout, wait_for_cancellation, \
             cancellation_type, retry_policy, disable_eager_execution, summary, priority, local, \
             local_retry_threshold"
        );
        assert_eq!(
            options(r#"{"retry_policy": {"max_attempts": 3, "maximum_atempts": 3}}"#).unwrap_err(),
            "unknown option `max_attempts`; did you mean `maximum_attempts`?"
        );
    }

    #[test]
    fn a_policy_takes_one_type_or_several() {
        let one = options(r#"{"retry_policy": {"non_retryable_error_types": "Invalid"}}"#).unwrap();
        assert_eq!(one, options(r#"{"retry_policy": {"non_retryable_error_types": ["Invalid"]}}"#).unwrap());
    }

    #[test]
    fn a_bad_duration_names_its_key() {
        assert_eq!(
            options(r#"{"heartbeat_timeout": "5"}"#).unwrap_err(),
            "`heartbeat_timeout`: `5` has no unit; write `5s` for seconds or `5ms` for milliseconds"
        );
    }
}
