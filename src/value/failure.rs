//! What went wrong in a workflow or function, as plain data.
//!
//! It is what a Lua error object holds and what crosses Temporal; both ways lose nothing. The
//! `kind` of an application failure is Temporal's failure *type*.

use serde::{Deserialize, Serialize};

use super::Value;

/// The names of failure kinds that metonic itself gives, as Wippy spells them.
pub(crate) mod kinds {
    pub(crate) const NOT_FOUND: &str = "NotFound";
    pub(crate) const ALREADY_EXISTS: &str = "AlreadyExists";
    pub(crate) const INVALID: &str = "Invalid";
    pub(crate) const PERMISSION_DENIED: &str = "PermissionDenied";
    pub(crate) const UNAVAILABLE: &str = "Unavailable";
    pub(crate) const INTERNAL: &str = "Internal";
    pub(crate) const CANCELED: &str = "Canceled";
    /// A workflow that was ended from outside, without a chance to say anything. Wippy calls it
    /// canceled, which nobody asked for.
    pub(crate) const TERMINATED: &str = "Terminated";
    pub(crate) const CONFLICT: &str = "Conflict";
    pub(crate) const TIMEOUT: &str = "Timeout";
    pub(crate) const RATE_LIMITED: &str = "RateLimited";
    /// A kind nobody gave.
    pub(crate) const UNKNOWN: &str = "";
    /// Lua code that broke: a bug, not a decision of its author.
    pub(crate) const LUA_ERROR: &str = "LuaError";
}

/// Something that went wrong, and what caused it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// One of [`kinds`], or any text of the author's or of a foreign worker's.
    pub(crate) kind: String,
    /// Temporal's type, where another SDK has several for one kind of ours; empty: the kind.
    pub(crate) foreign_type: String,
    pub(crate) message: String,
    /// Nothing: the author did not say.
    pub(crate) retryable: Option<bool>,
    /// What the author gave as details.
    pub(crate) details: Option<Value>,
    /// The Lua frames, one a line; only of our own code.
    pub(crate) stack: String,
    /// Which SDK made it; `metonic` for ours.
    pub(crate) source: String,
    pub(crate) info: FailureInfo,
    /// What came from Temporal, without its cause, if the fields above do not hold all of it. It is
    /// sent on unless the fields have changed since.
    pub(crate) original: Vec<u8>,
    pub(crate) cause: Option<Box<Failure>>,
}

/// What Temporal knows about a failure beyond its message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum FailureInfo {
    #[default]
    None,
    Application {
        next_retry_delay: Option<std::time::Duration>,
        /// Details exactly as they came, when they are more than one payload or not ours.
        foreign_details: Vec<Value>,
    },
    Timeout {
        kind: TimeoutKind,
        last_heartbeat: Vec<Value>,
    },
    Canceled {
        details: Vec<Value>,
    },
    Terminated,
    Server {
        non_retryable: bool,
    },
    Activity {
        activity_id: String,
        activity_type: String,
        identity: String,
        retry_state: RetryState,
        scheduled_event: i64,
        started_event: i64,
    },
    Child {
        namespace: String,
        workflow_id: String,
        run_id: String,
        workflow_type: String,
        retry_state: RetryState,
        initiated_event: i64,
        started_event: i64,
    },
    /// A kind of failure that metonic does not act on; kept as Temporal sent it.
    Other(Vec<u8>),
}

/// Which time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TimeoutKind {
    Unspecified,
    StartToClose,
    ScheduleToStart,
    ScheduleToClose,
    Heartbeat,
}

/// Why Temporal does not try again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RetryState {
    #[default]
    Unspecified,
    InProgress,
    NonRetryableFailure,
    Timeout,
    MaximumAttemptsReached,
    RetryPolicyNotSet,
    InternalServerError,
    CancelRequested,
}

impl TimeoutKind {
    /// As `details.timeout_type` spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::StartToClose => "start_to_close",
            Self::ScheduleToStart => "schedule_to_start",
            Self::ScheduleToClose => "schedule_to_close",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl RetryState {
    /// As `details._retry_state` spells it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::InProgress => "in_progress",
            Self::NonRetryableFailure => "non_retryable_failure",
            Self::Timeout => "timeout",
            Self::MaximumAttemptsReached => "maximum_attempts_reached",
            Self::RetryPolicyNotSet => "retry_policy_not_set",
            Self::InternalServerError => "internal_server_error",
            Self::CancelRequested => "cancel_requested",
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), source: "metonic".to_owned(), ..Self::default() }
    }

    /// The caller gave something that cannot work; trying again does not help.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { retryable: Some(false), ..Self::new(kinds::INVALID, message) }
    }

    pub(crate) fn canceled(message: impl Into<String>) -> Self {
        Self {
            retryable: Some(false),
            info: FailureInfo::Canceled { details: Vec::new() },
            ..Self::new(kinds::CANCELED, message)
        }
    }

    /// The type under which Temporal knows it; empty: none was given.
    pub(crate) fn type_name(&self) -> &str {
        if self.foreign_type.is_empty() { &self.kind } else { &self.foreign_type }
    }

    /// Its own stack, or that of the nearest cause that has one: what Temporal wraps around a failure
    /// was raised nowhere. Empty: there is none.
    pub(crate) fn nearest_stack(&self) -> &str {
        let chain = std::iter::successors(Some(self), |failure| failure.cause.as_deref());
        chain.map(|failure| failure.stack.as_str()).find(|stack| !stack.is_empty()).unwrap_or_default()
    }

    pub(crate) fn caused_by(mut self, cause: Failure) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Whether this is a cancellation: itself, or a call that ended so, or words put in front of one.
    pub(crate) fn is_canceled(&self) -> bool {
        let tells_of_its_cause = match self.info {
            FailureInfo::Canceled { .. } => return true,
            FailureInfo::Activity { .. } | FailureInfo::Child { .. } => true,
            FailureInfo::None => self.kind == kinds::CANCELED,
            _ => false,
        };
        tells_of_its_cause && self.cause.as_ref().is_some_and(|cause| cause.is_canceled())
    }
}
