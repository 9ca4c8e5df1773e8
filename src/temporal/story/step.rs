//! What a step is.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::value::{Failure, Map, Value};

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The event that tells of it.
    pub(crate) event: i64,
    pub(crate) time: SystemTime,
    /// Since the run began, or the first run of those that continue each other.
    pub(crate) at: Duration,
    /// Who asked for it, or did it; nothing where the run itself did.
    pub(crate) by: Option<String>,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum What {
    Started {
        workflow_type: String,
        arguments: Vec<Value>,
        /// The id of the workflow whose child this is.
        parent: Option<String>,
    },
    /// An activity ended, after all its attempts.
    Activity {
        activity_type: String,
        arguments: Vec<Value>,
        took: Duration,
        attempt: i32,
        outcome: Result<Value, Box<Failure>>,
    },
    /// One that ran in the worker itself. Its arguments are not recorded.
    LocalActivity {
        activity_type: String,
        attempt: u32,
        outcome: Result<Value, Box<Failure>>,
    },
    SideEffect {
        outcome: Result<Value, Box<Failure>>,
    },
    ChildStarted {
        workflow_type: String,
        workflow_id: String,
        arguments: Vec<Value>,
    },
    Child {
        workflow_type: String,
        workflow_id: String,
        took: Duration,
        outcome: Result<Value, Box<Failure>>,
    },
    Timer {
        after: Duration,
    },
    Signal {
        name: String,
        arguments: Vec<Value>,
    },
    /// A signal to another workflow; why it did not arrive.
    SignalSent {
        name: String,
        workflow_id: String,
        refused: Option<String>,
    },
    /// A request to another workflow to end; why it did not arrive.
    CancelSent {
        workflow_id: String,
        refused: Option<String>,
    },
    UpdateAccepted {
        name: String,
        id: String,
        arguments: Vec<Value>,
    },
    Update {
        name: String,
        id: String,
        took: Duration,
        outcome: Result<Value, Box<Failure>>,
    },
    /// Search attributes got other values; null took one away.
    Attributes(Map),
    /// Fields of the memo got other values; null took one away.
    Memo(Map),
    /// The code's answer to whether this run has a change of the code.
    Patch {
        id: String,
        deprecated: bool,
    },
    CancelRequested {
        reason: String,
    },
    Paused {
        reason: String,
    },
    Unpaused {
        reason: String,
    },
    /// A workflow task failed: the code is broken, and the server will try again.
    TaskFailed {
        message: String,
    },
    /// Nobody answered a workflow task in time; the server tries again.
    TaskTimedOut,
    Ended(RunEnd),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum RunEnd {
    Completed(Value),
    Failed(Box<Failure>),
    Canceled,
    Terminated(String),
    TimedOut,
    ContinuedAsNew { run_id: String, arguments: Vec<Value> },
}
