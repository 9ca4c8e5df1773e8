//! The answer to an activation.

use crate::{diag::Report, value::Failure, workflow::command::Emitted};

/// What one activation led to. Every activation gets exactly one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Completion {
    /// The run came to rest; these are its requests, in order.
    Commands(Vec<Emitted>),
    /// The workflow *task* failed: the history is unharmed, and the server tries again.
    TaskFailed(Box<TaskFailure>),
}

/// Why a workflow task failed, for the server and for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskFailure {
    pub(crate) failure: Failure,
    pub(crate) cause: TaskFailureCause,
    /// What people are shown, once per distinct error and run.
    pub(crate) diagnostic: Option<Report>,
}

/// As Temporal names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskFailureCause {
    /// A bug in workflow code, a limit, an unknown type.
    WorkflowWorkerUnhandledFailure,
    NonDeterminism,
    PayloadsTooLarge,
    GrpcMessageTooLarge,
}
