//! The answer to an activation.

use crate::{
    diag::Report,
    value::Failure,
    workflow::command::{Command, Emitted},
};

/// What one activation led to. Every activation gets exactly one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Completion {
    /// The run came to rest; these are its requests, in order.
    Commands(Vec<Emitted>),
    /// The workflow *task* failed: the history is unharmed, and the server tries again.
    TaskFailed(Box<TaskFailure>),
}

impl Completion {
    /// Whether the core may say what comes of it within the same task, without a word of the server's. Who
    /// throws the run out meanwhile takes its task away: the next step may begin a local activity.
    pub(crate) fn may_be_answered_at_once(&self) -> bool {
        let Self::Commands(emitted) = self else { return false };
        emitted.iter().any(|emitted| match &emitted.command {
            Command::CancelActivity { .. } | Command::CancelChild { .. } | Command::CancelSignal(_) => true,
            Command::ScheduleActivity(_)
            | Command::StartTimer { .. }
            | Command::CancelTimer(_)
            | Command::StartChild(_)
            | Command::SignalWorkflow(_)
            | Command::CancelWorkflow { .. }
            | Command::SetPatch { .. }
            | Command::UpsertSearchAttributes(_)
            | Command::UpsertMemo(_)
            | Command::AnswerQuery { .. }
            | Command::AnswerUpdate { .. }
            | Command::Complete(_)
            | Command::Fail(_)
            | Command::Cancelled
            | Command::ContinueAsNew(_) => false,
        })
    }
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
