//! The answer to an activation.

use std::{ops::Deref, sync::Arc};

use crate::{
    diag::{Diagnostic, Diagnostics, Look, render_all},
    source::SourceMap,
    value::Failure,
    workflow::command::Emitted,
};

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

/// A diagnostic with the texts that its places are in: a run may be on code that the project has
/// no more.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) diagnostic: Diagnostic,
    pub(crate) sources: Arc<SourceMap>,
}

impl Report {
    /// As a log shows it.
    pub(crate) fn render(&self) -> String {
        render_all(&Diagnostics::from(self.diagnostic.clone()), &self.sources, Look::ASCII).trim_end().to_owned()
    }
}

impl Deref for Report {
    type Target = Diagnostic;

    fn deref(&self) -> &Diagnostic {
        &self.diagnostic
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.diagnostic == other.diagnostic
    }
}
