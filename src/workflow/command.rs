//! What a run asks of the server, and where in the Lua source each request came from.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

use crate::{
    source::Span,
    value::{Failure, Map, Value, format_duration},
    workflow::{
        activation::{Headers, Relative},
        attributes::SearchAttributes,
        child::{ContinueAsNew, Queue, SignalWorkflow, StartChild, VersioningIntent},
    },
};

/// Numbers a run's requests, from 1; the answer carries the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Seq(pub(crate) u32);

/// A request, and where it was made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Emitted {
    pub(crate) command: Command,
    /// The innermost frames first, at most two; only of the author's own code.
    pub(crate) site: Vec<CallSite>,
}

/// A line of Lua.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CallSite {
    pub(crate) span: Span,
    /// As people see it: `orders.lua:12`.
    pub(crate) place: String,
}

/// A request of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Command {
    StartTimer {
        seq: Seq,
        after: Duration,
        summary: Option<String>,
    },
    CancelTimer(Seq),
    ScheduleActivity(Box<ScheduleActivity>),
    CancelActivity {
        seq: Seq,
        local: bool,
    },
    StartChild(Box<StartChild>),
    CancelChild {
        /// The number that the child was started with.
        seq: Seq,
        reason: String,
    },
    SignalWorkflow(Box<SignalWorkflow>),
    /// Takes back a signal that is not sent yet.
    CancelSignal(Seq),
    /// Asks a workflow that is no child to end.
    CancelWorkflow {
        seq: Seq,
        target: Relative,
        reason: String,
    },
    /// Patches and versions: this run has the behaviour that `id` names.
    SetPatch {
        id: String,
        deprecated: bool,
    },
    UpsertSearchAttributes(SearchAttributes),
    /// A null takes a field away.
    UpsertMemo(Map),
    AnswerQuery {
        id: String,
        answer: Result<Value, Failure>,
    },
    AnswerUpdate {
        protocol_id: String,
        answer: UpdateAnswer,
    },
    /// The run is done.
    Complete(Value),
    /// The run is done, and failed.
    Fail(Failure),
    /// The run is done because it was asked to end.
    Cancelled,
    /// The run is done, and another one goes on in its place.
    ContinueAsNew(Box<ContinueAsNew>),
}

impl Command {
    /// Whether it takes an update on.
    pub(crate) fn accepts(&self) -> bool {
        matches!(self, Self::AnswerUpdate { answer: UpdateAnswer::Accept, .. })
    }
}

#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "commands live for one step")]
pub(crate) enum UpdateAnswer {
    Accept,
    /// Before it was accepted: it leaves no trace in the history. After: it failed.
    Reject(Failure),
    Complete(Value),
}

/// Everything an activity is asked to do, and how long it may take.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScheduleActivity {
    pub(crate) seq: Seq,
    pub(crate) activity_type: String,
    /// Nothing: the number of the request.
    pub(crate) activity_id: Option<String>,
    pub(crate) queue: Queue,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    pub(crate) timeouts: ActivityTimeouts,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) cancellation: Cancellation,
    pub(crate) eager: bool,
    pub(crate) summary: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) intent: Option<VersioningIntent>,
    /// Set for an activity that runs in this process and is recorded in one event.
    pub(crate) local: Option<LocalActivity>,
}

#[cfg(test)]
impl ScheduleActivity {
    /// One that is asked for nothing, in no special way.
    pub(crate) fn plain(seq: u32, activity_type: &str) -> Self {
        Self {
            seq: Seq(seq),
            activity_type: activity_type.to_owned(),
            activity_id: None,
            queue: Queue::Own,
            arguments: Vec::new(),
            headers: Headers::default(),
            timeouts: ActivityTimeouts::default(),
            retry: None,
            cancellation: Cancellation::default(),
            eager: false,
            summary: None,
            priority: None,
            intent: None,
            local: None,
        }
    }
}

/// How long an activity may take; nothing means no limit of that kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ActivityTimeouts {
    pub(crate) schedule_to_close: Option<Duration>,
    pub(crate) schedule_to_start: Option<Duration>,
    pub(crate) start_to_close: Option<Duration>,
    pub(crate) heartbeat: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LocalActivity {
    pub(crate) attempt: u32,
    pub(crate) first_scheduled: Option<SystemTime>,
    /// A wait for the next attempt that is longer than this becomes a timer.
    pub(crate) retry_threshold: Option<Duration>,
}

/// How often, and with which waits, something is tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RetryPolicy {
    pub(crate) initial_interval: Option<Duration>,
    pub(crate) backoff_coefficient: f64,
    pub(crate) maximum_interval: Option<Duration>,
    /// 0: without limit.
    pub(crate) maximum_attempts: u32,
    pub(crate) non_retryable_error_types: Vec<String>,
}

/// The server's first wait, if a policy names none.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// A hundred times this is the longest duration that the server can count.
const LONGEST_FIRST_WAIT: Duration = Duration::from_nanos(i64::MAX.unsigned_abs() / 100);

/// An error type that begins so is a timeout of the server's.
const TIMEOUT_TYPE: &str = "TemporalTimeout:";

/// What may follow; Temporal takes `TIMEOUT_TYPE_HEARTBEAT` for `Heartbeat`, too.
const TIMEOUTS: [&str; 4] = ["StartToClose", "ScheduleToStart", "ScheduleToClose", "Heartbeat"];

/// Why the server does not take a type of errors.
fn type_refusal(error_type: &str) -> Option<String> {
    let timeout = error_type.strip_prefix(TIMEOUT_TYPE)?;
    let is_known = TIMEOUTS.iter().any(|known| match timeout.strip_prefix("TIMEOUT_TYPE_") {
        Some(loud) => known.to_uppercase() == loud.replace('_', ""),
        None => *known == timeout,
    });
    (!is_known).then(|| {
        let known = TIMEOUTS.map(|known| format!("`{known}`")).join(", ");
        format!(
            "`non_retryable_error_types`: `{error_type}` is no timeout; after `{TIMEOUT_TYPE}` stands one of {known}"
        )
    })
}

impl RetryPolicy {
    /// Why the server does not take it.
    pub(crate) fn refusal(&self) -> Option<String> {
        if let Some(refusal) = self.non_retryable_error_types.iter().find_map(|one| type_refusal(one)) {
            return Some(refusal);
        }
        let named = |wait: Option<Duration>| wait.filter(|wait| !wait.is_zero());
        let first = named(self.initial_interval).unwrap_or(FIRST_WAIT);
        if self.maximum_attempts != 1 && named(self.maximum_interval).is_none() && first > LONGEST_FIRST_WAIT {
            return Some(format!(
                "`initial_interval` is {}, and without `maximum_interval` the longest wait is a hundred times that, \
                 which is more than a duration can be; give a `maximum_interval`",
                format_duration(first)
            ));
        }
        let longest = named(self.maximum_interval).filter(|longest| *longest < first && self.maximum_attempts != 1)?;
        let usual = if named(self.initial_interval).is_none() { ", as nothing else is said" } else { "" };
        Some(format!(
            "`maximum_interval` is {}, and the first wait, `initial_interval`, {}{usual}: no wait can be longer than the \
             longest",
            format_duration(longest),
            format_duration(first),
        ))
    }
}

impl ActivityTimeouts {
    /// To Temporal, no time at all is as if nothing was said.
    pub(crate) fn without_zeros(self) -> Self {
        let said = |limit: Option<Duration>| limit.filter(|limit| !limit.is_zero());
        Self {
            schedule_to_close: said(self.schedule_to_close),
            schedule_to_start: said(self.schedule_to_start),
            start_to_close: said(self.start_to_close),
            heartbeat: said(self.heartbeat),
        }
    }
}

/// What a cancelled activity's caller waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cancellation {
    /// Ask, and go on at once.
    #[default]
    TryCancel,
    /// Ask, and wait for how it ended.
    WaitCompleted,
    /// Do not even ask.
    Abandon,
}

/// Said of two options that contradict each other.
pub(crate) const SAYS_TWO: &str =
    "`cancellation_type` and `wait_for_cancellation` say different things; give one of them";

impl Cancellation {
    /// Wippy's word: whether the end is waited for.
    pub(crate) fn waiting(waits: bool) -> Self {
        if waits { Self::WaitCompleted } else { Self::TryCancel }
    }
}

/// Temporal takes no longer id, type or queue, in bytes.
pub(crate) const LONGEST_NAME: usize = 1000;

/// Temporal takes no longer fairness key, in bytes.
const LONGEST_FAIRNESS_KEY: usize = 64;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Priority {
    pub(crate) key: u32,
    pub(crate) fairness_key: String,
    pub(crate) fairness_weight: f32,
}

impl Priority {
    /// Why the server does not take a fairness key.
    pub(crate) fn key_refusal(key: &str) -> Option<String> {
        let bytes = key.len();
        (bytes > LONGEST_FAIRNESS_KEY).then(|| format!("has {bytes} bytes; Temporal takes {LONGEST_FAIRNESS_KEY}"))
    }

    /// Why the server does not take a fairness weight.
    pub(crate) fn weight_refusal(weight: f64) -> Option<String> {
        // What is no number is no weight either.
        (weight.is_nan() || weight < 0.0).then(|| "cannot be negative".to_owned())
    }
}
