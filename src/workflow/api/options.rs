//! The options of a call: `activity.start_to_close_timeout`, or without the prefix.

use super::words::{duration, entries, flag, priority, retry, text, unknown};
use crate::{
    value::Value,
    workflow::{ActivityOptions, Cancellation},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.activity.", "activity."];

const KEYS: [&str; 11] = [
    "id",
    "task_queue",
    "schedule_to_close_timeout",
    "schedule_to_start_timeout",
    "start_to_close_timeout",
    "heartbeat_timeout",
    "wait_for_cancellation",
    "retry_policy",
    "disable_eager_execution",
    "summary",
    "priority",
];

/// Reads the options; the error says what is wrong with which.
pub(super) fn read(options: &Value) -> Result<ActivityOptions, String> {
    let mut read = ActivityOptions::default();
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
            "retry_policy" => read.retry = Some(retry(value)?),
            "disable_eager_execution" => read.eager = Some(!flag(key, value)?),
            "summary" => read.summary = Some(text(key, value)?),
            "priority" => read.priority = Some(priority(value)?),
            _ => return Err(unknown(given, key, &KEYS)),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
             retry_policy, disable_eager_execution, summary, priority"
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
