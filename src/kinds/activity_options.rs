//! `meta.options` of a function: how it is called unless the caller says otherwise.
//!
//! A key may be written with `activity.` or `temporal.activity.` before it, as in Lua, or without.

use std::time::Duration;

use serde_json::json;

use super::{
    names::TemporalName,
    option_keys::{read_options, with_spellings},
    policy::Policy,
};
use crate::{
    value::{DurationError, of_millis},
    workflow::{self, ActivityTimeouts, Cancellation, Priority, RetryPolicy, SAYS_TWO, VersioningIntent},
    yaml::{DecodeCx, Field, Given, Node, Rule, Schema, record},
};

/// What may stand before a key.
pub(super) const PREFIXES: [&str; 2] = ["temporal.activity.", "activity."];

const COEFFICIENT: Rule<f64> = Rule {
    test: |number| if *number >= 1.0 { Ok(()) } else { Err("cannot be below 1: waits never shrink".to_owned()) },
    schema: &[("minimum", 1.0)],
};

const KEY: Rule<u32> = Rule {
    test: |number| {
        if (1..=5).contains(number) { Ok(()) } else { Err("is a number from 1, the first, to 5".to_owned()) }
    },
    schema: &[("minimum", 1.0), ("maximum", 5.0)],
};

const NOT_NEGATIVE: Rule<f64> =
    Rule { test: |number| Priority::weight_refusal(*number).map_or(Ok(()), Err), schema: &[("minimum", 0.0)] };

const SHORT: Rule<String> = Rule { test: |key| Priority::key_refusal(key).map_or(Ok(()), Err), schema: &[] };

/// A duration, or a number of milliseconds, as options have it everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

impl Field for Wait {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let number = node.as_scalar().and_then(|scalar| scalar.plain().whole());
        match number.map(u64::try_from) {
            Some(Ok(millis)) => match of_millis(millis) {
                Ok(length) => Some(Self(length)),
                Err(error) => {
                    cx.bad_value(node.span, error.to_string());
                    None
                }
            },
            Some(Err(_)) => {
                let is_below = number.is_some_and(i128::is_negative);
                let error = if is_below { DurationError::Negative } else { DurationError::TooLong };
                cx.bad_value(node.span, error.to_string());
                None
            }
            None => Duration::decode(node, cx).map(Self),
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"anyOf": [Duration::schema().into_json(), {"type": "integer", "minimum": 0}]}))
    }

    fn type_name() -> String {
        "duration or milliseconds".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        self.0.show()
    }
}

/// A list of texts, or one text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Texts(Vec<String>);

impl Field for Texts {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        if node.as_list().is_some() {
            return Vec::decode(node, cx).map(Self);
        }
        match cx.scalar(node, "a list of texts")? {
            Given::Later => Some(Self(Vec::new())),
            Given::Now { .. } => String::decode(node, cx).map(|text| Self(vec![text])),
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}))
    }

    fn type_name() -> String {
        "text or list of text".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

record! {
    /// How often, and with which waits, a failed attempt is followed by another.
    pub(crate) struct Retry checked by taken_by_the_server {
        /// The wait after the first attempt.
        initial_interval: Option<Wait>;
        /// Each wait is so many times the one before.
        backoff_coefficient: f64 where COEFFICIENT = 2.0;
        /// No wait is longer.
        maximum_interval: Option<Wait>;
        /// So many attempts and no more; 0: without limit.
        maximum_attempts: u32 = 0;
        /// Kinds of errors after which there is no other attempt.
        non_retryable_error_types: Texts = Texts(Vec::new());
    }
}

fn taken_by_the_server(retry: &Retry, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    if cx.is_unread(&["initial_interval", "maximum_interval", "maximum_attempts"]) {
        return Some(());
    }
    let Some(refusal) = retry.policy().refusal() else { return Some(()) };
    cx.bad_value(node.span, refusal);
    None
}

record! {
    /// Which of several waiting activities comes first.
    pub(crate) struct PriorityFields {
        /// 1 comes first, 5 last.
        priority_key: u32 where KEY = 3;
        /// Activities of different keys take turns.
        fairness_key: String where SHORT = String::new();
        /// How many turns this key has compared to others.
        fairness_weight: f64 where NOT_NEGATIVE = 1.0;
    }
}

record! {
    /// How a function is called as an activity, unless the caller says otherwise.
    pub(crate) struct ActivityOptions checked by consistent {
        /// From the request to the end, all attempts together.
        schedule_to_close_timeout: Option<Wait>;
        /// From the request to the beginning of an attempt.
        schedule_to_start_timeout: Option<Wait>;
        /// One attempt.
        start_to_close_timeout: Option<Wait>;
        /// From one heartbeat to the next.
        heartbeat_timeout: Option<Wait>;
        /// What follows a failed attempt.
        retry_policy: Option<Retry>;
        /// Another queue than the workflow's own.
        task_queue: Option<TemporalName>;
        /// What a cancelled call waits for.
        cancellation_type: Option<Policy<Cancellation>>;
        /// Wippy's word for it: `true` is `wait_completed`, `false` is `try_cancel`.
        wait_for_cancellation: Option<bool>;
        /// A local activity's wait for its next attempt that is longer than this becomes a timer of the server;
        /// without it, a minute.
        local_retry_threshold: Option<Wait>;
        /// Let the call go through the server's queue.
        disable_eager_execution: bool = false;
        /// A few words for the Web UI.
        summary: Option<String>;
        /// Which of several waiting activities comes first.
        priority: Option<PriorityFields>;
        /// Which version of its worker it goes to, on servers with version sets: the workflow's or the queue's.
        /// `inherit_build_id` and `use_assignment_rules` are other words for the two.
        versioning_intent: Option<Policy<VersioningIntent>>;
    }
}

/// Reports two keys that say the same thing and differ.
fn consistent(options: &ActivityOptions, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let says_two = matches!((options.cancellation_type, options.wait_for_cancellation),
        (Some(Policy(chosen)), Some(waits)) if chosen != Cancellation::waiting(waits));
    if !says_two || cx.is_unread(&["cancellation_type", "wait_for_cancellation"]) {
        return Some(());
    }
    let place = node.pair("wait_for_cancellation").map_or(node.span, |pair| pair.key.span);
    cx.bad_value(place, SAYS_TWO);
    None
}

impl ActivityOptions {
    /// Reads `meta.options`; without it, nothing is set.
    pub(super) fn read(meta: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        read_options(meta, PREFIXES, &[], cx)
    }

    /// The same, with every key as it may be written.
    pub(super) fn meta_schema() -> Schema {
        with_spellings(Self::schema(), PREFIXES, &[])
    }

    /// As a workflow's calls take them.
    pub(crate) fn for_calls(&self) -> workflow::ActivityOptions {
        workflow::ActivityOptions {
            activity_id: None,
            task_queue: self.task_queue.as_ref().map(|queue| queue.text.clone()),
            timeouts: self.timeouts(),
            retry: self.retry_policy.as_ref().map(Retry::policy),
            cancellation: self.cancellation(),
            eager: self.disable_eager_execution.then_some(false),
            summary: self.summary.clone(),
            priority: self.priority.as_ref().map(PriorityFields::priority),
            intent: self.versioning_intent.map(|word| word.0),
            local: None,
            local_retry_threshold: self.local_retry_threshold.map(|wait| wait.0),
        }
    }

    fn cancellation(&self) -> Option<Cancellation> {
        self.cancellation_type.map(|word| word.0).or(self.wait_for_cancellation.map(Cancellation::waiting))
    }

    /// The option that a local activity cannot have, if there is one.
    pub(super) fn not_local(&self) -> Option<&'static str> {
        let set = [
            ("task_queue", self.task_queue.is_some()),
            ("heartbeat_timeout", self.heartbeat_timeout.is_some()),
            ("disable_eager_execution", self.disable_eager_execution),
            ("priority", self.priority.is_some()),
            ("versioning_intent", self.versioning_intent.is_some()),
        ];
        set.into_iter().find_map(|(key, set)| set.then_some(key))
    }

    fn timeouts(&self) -> ActivityTimeouts {
        let duration = |wait: Option<Wait>| wait.map(|wait| wait.0);
        ActivityTimeouts {
            schedule_to_close: duration(self.schedule_to_close_timeout),
            schedule_to_start: duration(self.schedule_to_start_timeout),
            start_to_close: duration(self.start_to_close_timeout),
            heartbeat: duration(self.heartbeat_timeout),
        }
        .without_zeros()
    }
}

impl Retry {
    pub(super) fn policy(&self) -> RetryPolicy {
        RetryPolicy {
            initial_interval: self.initial_interval.map(|wait| wait.0),
            backoff_coefficient: self.backoff_coefficient,
            maximum_interval: self.maximum_interval.map(|wait| wait.0),
            maximum_attempts: self.maximum_attempts,
            non_retryable_error_types: self.non_retryable_error_types.0.clone(),
        }
    }
}

impl PriorityFields {
    pub(super) fn priority(&self) -> Priority {
        #[expect(clippy::cast_possible_truncation, reason = "Temporal's weight is the smaller float")]
        let fairness_weight = self.fairness_weight as f32;
        Priority { key: self.priority_key, fairness_key: self.fairness_key.clone(), fairness_weight }
    }
}
