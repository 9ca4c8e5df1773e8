//! The options of a call: `activity.start_to_close_timeout`, or without the prefix.

use std::collections::BTreeSet;

use super::words::{duration, entries, flag, name, priority, queue, retry, snake, text, twice, unknown, word, wrong};
use crate::{
    value::Value,
    workflow::{ActivityOptions, Cancellation, SAYS_TWO},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.activity.", "activity."];

const KEYS: [&str; 15] = [
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
    "versioning_intent",
];

/// Reads the options; the error says what is wrong with which.
pub(super) fn read(options: &Value) -> Result<ActivityOptions, String> {
    let mut read = ActivityOptions::default();
    let mut nested: Option<ActivityOptions> = None;
    let mut keys = BTreeSet::new();
    for (given, value) in entries("the options", options)? {
        let key = &*snake(PREFIXES.iter().find_map(|prefix| given.strip_prefix(prefix)).unwrap_or(given));
        if !keys.insert(key.to_owned()) {
            return Err(twice(key));
        }
        match key {
            "id" => read.activity_id = Some(name(key, value)?),
            "task_queue" => read.task_queue = Some(queue(key, value)?),
            "schedule_to_close_timeout" => read.timeouts.schedule_to_close = Some(duration(key, value)?),
            "schedule_to_start_timeout" => read.timeouts.schedule_to_start = Some(duration(key, value)?),
            "start_to_close_timeout" => read.timeouts.start_to_close = Some(duration(key, value)?),
            "heartbeat_timeout" => read.timeouts.heartbeat = Some(duration(key, value)?),
            "wait_for_cancellation" => set_cancellation(&mut read, Cancellation::waiting(flag(key, value)?))?,
            "cancellation_type" => set_cancellation(&mut read, word(key, value)?)?,
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
            "versioning_intent" => read.intent = Some(word(key, value)?),
            _ => return Err(unknown(given, key, &KEYS)),
        }
    }
    read.timeouts = read.timeouts.without_zeros();
    if let Some(nested) = nested {
        read = nested.over(&read);
        read.local = Some(true);
    }
    Ok(read)
}

/// Two keys say the same thing; they may not say two things.
fn set_cancellation(read: &mut ActivityOptions, chosen: Cancellation) -> Result<(), String> {
    match read.cancellation.replace(chosen) {
        Some(other) if other != chosen => Err(SAYS_TWO.to_owned()),
        _ => Ok(()),
    }
}

/// What a call says itself must fit where the activity runs.
pub(super) fn check_place(given: &ActivityOptions, is_local: bool) -> Result<(), String> {
    let refused = [
        ("task_queue", given.task_queue.is_some()),
        ("heartbeat_timeout", given.timeouts.heartbeat.is_some()),
        ("disable_eager_execution", given.eager.is_some()),
        ("priority", given.priority.is_some()),
        ("versioning_intent", given.intent.is_some()),
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
            "unknown option `activity.start_to_close`; did you mean `start_to_close_timeout`?"
        );
        assert_eq!(
            options(r#"{"retry_policy": {"max_attempts": 3, "maximum_atempts": 3}}"#).unwrap_err(),
            "unknown option `max_attempts`; did you mean `maximum_attempts`?"
        );
    }

    #[test]
    fn a_key_with_its_prefix_and_without_is_given_twice() {
        let both = options(r#"{"summary": "a", "activity.summary": "b"}"#);
        assert_eq!(both.unwrap_err(), "`summary` is given twice");
    }

    #[test]
    fn a_cancellation_type_is_spelled_as_other_words_are() {
        let plain = options(r#"{"cancellation_type": "wait_completed"}"#).unwrap();
        for given in [r#""Wait-Completed""#, r#""ACTIVITY_CANCELLATION_TYPE_WAIT_CANCELLATION_COMPLETED""#, "1"] {
            assert_eq!(plain, options(&format!(r#"{{"cancellation_type": {given}}}"#)).unwrap());
        }
    }

    #[test]
    fn a_key_of_a_policy_is_spelled_in_any_case() {
        let plain = options(r#"{"retry_policy": {"maximum_attempts": 3}}"#).unwrap();
        for key in ["maximumAttempts", "MaximumAttempts", "MAXIMUM_ATTEMPTS", "Maximum_Attempts"] {
            assert_eq!(plain, options(&format!(r#"{{"retry_policy": {{"{key}": 3}}}}"#)).unwrap());
        }
    }

    #[test]
    fn no_time_at_all_says_nothing() {
        let keys = ["schedule_to_close", "schedule_to_start", "start_to_close"].map(|key| format!("{key}_timeout"));
        for key in keys.iter().map(String::as_str).chain(["heartbeat_timeout"]) {
            assert_eq!(options(&format!(r#"{{"{key}": "0s"}}"#)), Ok(ActivityOptions::default()));
        }
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
