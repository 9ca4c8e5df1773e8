//! What the engine answers: runs, how they stand, how they ended, and why there is no answer.

use std::time::SystemTime;

use crate::{
    value::{Failure, Map, Value},
    workflow::{HistorySize, SearchAttributes},
};

/// Names a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) namespace: String,
    pub(crate) workflow_id: String,
    /// Empty: the latest.
    pub(crate) run_id: String,
}

/// How a chain of runs ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Completed(Value),
    Failed(Box<Failure>),
    Canceled,
    /// With the reason.
    Terminated(String),
    TimedOut,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Problem {
    #[error("there is no workflow `{0}` in the local engine; it knows only what was started in this process")]
    NotFound(String),
    #[error("the workflow `{0}` has ended already")]
    Ended(String),
    #[error("a workflow with the id `{workflow_id}` runs already: run `{run_id}`")]
    AlreadyRuns { workflow_id: String, run_id: String },
    #[error("the id `{0}` was used before, and its `workflow_id_reuse_policy` does not allow to use it again")]
    IdUsed(String),
    #[error("no worker of this process takes tasks of the queue `{0}`")]
    NoWorker(String),
    /// The workflow's code refused a query.
    #[error("{}", .0.message)]
    Refused(Box<Failure>),
    /// Only where time skips: nothing but the same failing task would ever come.
    #[error("the workflow `{workflow_id}` goes on failing its task: {}", failure.message)]
    Stuck { workflow_id: String, failure: Box<Failure> },
    #[error("the local engine does not know {0}; run the project on Temporal for that")]
    Unsupported(String),
    /// What was sent cannot travel.
    #[error("{0}")]
    Invalid(String),
    #[error("the local engine was stopped")]
    Stopped,
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Completed,
    Failed,
    Canceled,
    Terminated,
    TimedOut,
    ContinuedAsNew,
}

impl Status {
    /// As the server names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Canceled => "CANCELED",
            Self::Terminated => "TERMINATED",
            Self::TimedOut => "TIMED_OUT",
            Self::ContinuedAsNew => "CONTINUED_AS_NEW",
        }
    }
}

/// A run, as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) run: Run,
    pub(crate) workflow_type: String,
    pub(crate) task_queue: String,
    pub(crate) status: Status,
    pub(crate) started: SystemTime,
    pub(crate) closed: Option<SystemTime>,
    pub(crate) history: HistorySize,
    pub(crate) parent: Option<String>,
    pub(crate) memo: Map,
    pub(crate) search_attributes: SearchAttributes,
}

/// A run, and what it waits for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Description {
    pub(crate) row: Row,
    pub(crate) activities: Vec<PendingActivity>,
    pub(crate) children: Vec<PendingChild>,
    /// Which attempt of a workflow task waits or runs.
    pub(crate) task_attempt: Option<u32>,
    /// Why the attempt before that failed.
    pub(crate) task_failure: Option<Box<Failure>>,
    pub(crate) cancel_requested: bool,
    /// The run that goes on in its place: renewed, or tried again. It may not have begun yet.
    pub(crate) next_run: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PendingActivity {
    pub(crate) id: String,
    pub(crate) activity_type: String,
    pub(crate) state: ActivityState,
    pub(crate) attempt: u32,
    /// What the attempt said last.
    pub(crate) heartbeat: Vec<Value>,
    pub(crate) last_failure: Option<Box<Failure>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActivityState {
    Scheduled,
    Running,
    CancelRequested,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PendingChild {
    pub(crate) workflow_type: String,
    pub(crate) workflow_id: String,
}
