//! One call of a function, and how it ended: ours, not protobuf.

use std::time::{Duration, SystemTime};

use indexmap::IndexMap;

use crate::value::{Failure, Value};

/// One attempt of one activity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FunctionTask {
    pub(crate) activity_type: String,
    pub(crate) activity_id: String,
    /// Names the attempt to Temporal.
    pub(crate) token: Vec<u8>,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: IndexMap<String, Value>,
    pub(crate) attempt: u32,
    pub(crate) namespace: String,
    pub(crate) task_queue: String,
    pub(crate) workflow_id: String,
    pub(crate) run_id: String,
    pub(crate) workflow_type: String,
    pub(crate) heartbeat_details: Vec<Value>,
    pub(crate) scheduled: Option<SystemTime>,
    pub(crate) started: Option<SystemTime>,
    pub(crate) schedule_to_close: Option<Duration>,
    pub(crate) start_to_close: Option<Duration>,
    pub(crate) heartbeat_timeout: Option<Duration>,
    pub(crate) is_local: bool,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FunctionOutcome {
    Completed(Value),
    Failed(Failure),
    /// It ended because it was asked to.
    Cancelled(Failure),
}

/// Why a running call is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CancelReason {
    Cancel,
    Timeout,
    Shutdown,
    Paused,
    Reset,
    Gone,
}

impl CancelReason {
    /// As Lua sees it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cancel => "cancel",
            Self::Timeout => "timeout",
            Self::Shutdown => "shutdown",
            Self::Paused => "paused",
            Self::Reset => "reset",
            Self::Gone => "gone",
        }
    }
}
