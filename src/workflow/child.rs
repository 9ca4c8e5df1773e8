//! Requests about other runs: children, signals, and the run that takes a run's place.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::{
    value::{Failure, Map, Value, failure_kind},
    workflow::{
        activation::{Headers, Relative},
        attributes::SearchAttributes,
        command::{Priority, RetryPolicy, Seq},
    },
};

/// Everything a child is started with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StartChild {
    pub(crate) seq: Seq,
    pub(crate) workflow_type: String,
    pub(crate) workflow_id: String,
    /// Nothing: the parent's own.
    pub(crate) namespace: Option<String>,
    pub(crate) queue: Queue,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    pub(crate) timeouts: RunTimeouts,
    pub(crate) parent_close: ParentClosePolicy,
    pub(crate) id_reuse: Option<IdReusePolicy>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) cron: Option<String>,
    pub(crate) memo: Map,
    pub(crate) search_attributes: SearchAttributes,
    pub(crate) cancellation: ChildCancellation,
    pub(crate) priority: Option<Priority>,
    pub(crate) versioning: Option<VersioningOverride>,
    pub(crate) intent: Option<VersioningIntent>,
    pub(crate) summary: Option<String>,
    pub(crate) details: Option<String>,
}

/// Where the tasks of a run go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Queue {
    /// Where those of the asking run go.
    #[default]
    Own,
    /// As an author names it; the client's prefix is put before it.
    Named(String),
    /// As the server knows it.
    Full(String),
}

/// How long a run may take; nothing means what the server says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunTimeouts {
    /// All runs of a chain together.
    pub(crate) execution: Option<Duration>,
    pub(crate) run: Option<Duration>,
    /// One workflow task.
    pub(crate) task: Option<Duration>,
}

impl RunTimeouts {
    /// To Temporal, no time at all is as if nothing was said.
    pub(crate) fn without_zeros(self) -> Self {
        let said = |limit: Option<Duration>| limit.filter(|limit| !limit.is_zero());
        Self { execution: said(self.execution), run: said(self.run), task: said(self.task) }
    }
}

/// What becomes of a child when its parent ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ParentClosePolicy {
    #[default]
    Terminate,
    Abandon,
    RequestCancel,
}

/// Whether a workflow id may be used again after its run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IdReusePolicy {
    AllowDuplicate,
    AllowDuplicateFailedOnly,
    RejectDuplicate,
    TerminateIfRunning,
}

/// What becomes of a start whose workflow id a run has that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IdConflictPolicy {
    Fail,
    /// That run is taken as it is.
    UseExisting,
    TerminateExisting,
}

/// Why a child was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotStarted {
    /// The server does not say.
    Unknown,
    Exists,
    NoNamespace,
    Versioning,
}

impl NotStarted {
    pub(crate) fn failure(self, workflow_id: &str) -> Failure {
        let (kind, why) = match self {
            Self::Unknown => (failure_kind::UNKNOWN, "the server does not say why"),
            Self::Exists => (failure_kind::ALREADY_EXISTS, "a workflow with this id exists"),
            Self::NoNamespace => (failure_kind::NOT_FOUND, "there is no such namespace"),
            Self::Versioning => (failure_kind::INVALID, "the `versioning_override` does not fit"),
        };
        let message = format!("the workflow `{workflow_id}` was not started: {why}");
        Failure { retryable: Some(false), ..Failure::new(kind, message) }
    }
}

/// What a cancelled child's caller waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChildCancellation {
    /// Do not even ask.
    Abandon,
    /// Ask, and go on at once.
    TryCancel,
    /// Ask, and wait for how it ended.
    #[default]
    WaitCompleted,
    /// Ask, and wait until it is known that the child was asked.
    WaitRequested,
}

/// Which worker version a run is bound to, whatever its worker says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VersioningOverride {
    AutoUpgrade,
    Pinned { deployment: String, build_id: String },
}

/// Whether what a run asks for stays with the workers that can replay it, on servers that still know
/// sets of compatible versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum VersioningIntent {
    Compatible,
    Default,
}

/// A message to another run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SignalWorkflow {
    pub(crate) seq: Seq,
    pub(crate) target: SignalTarget,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
}

/// Who is meant by a signal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SignalTarget {
    /// Any run; an empty run id means the one that runs now.
    Workflow(Relative),
    /// A child of this run, by its workflow id.
    Child(String),
}

impl SignalTarget {
    pub(crate) fn workflow_id(&self) -> &str {
        match self {
            Self::Workflow(relative) => &relative.workflow_id,
            Self::Child(workflow_id) => workflow_id,
        }
    }
}

/// What the run in this one's place is started with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ContinueAsNew {
    /// Nothing: this run's own.
    pub(crate) workflow_type: Option<String>,
    pub(crate) queue: Queue,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    /// The execution timeout is the chain's and stays.
    pub(crate) timeouts: RunTimeouts,
    /// Nothing: this run's own.
    pub(crate) memo: Option<Map>,
    /// Nothing: this run's own.
    pub(crate) search_attributes: Option<SearchAttributes>,
    /// Nothing: this run's own.
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) intent: Option<VersioningIntent>,
    /// How long the new run waits before it begins.
    pub(crate) delay: Option<Duration>,
    /// The new run may begin on the newest version of its worker although this one is pinned.
    pub(crate) upgrades: bool,
}
