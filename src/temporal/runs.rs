//! What a worker hands its work to, as it sees them: someone who runs workflows and someone who
//! runs functions. A test puts its own in their place.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    function::{FunctionContext, FunctionOutcome, FunctionTask, Runner},
    source::SourceMap,
    workflow::{Activation, Completion, Host},
};

/// Runs workflows.
pub(crate) trait Workflows: Send + Sync + 'static {
    /// Every activation has exactly one completion. One run has one activation at a time.
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion>;

    /// Forgets a run and gives the texts of its code, if it was in memory. It may come back, from its
    /// history.
    fn evict(&self, run_id: &str) -> BoxFuture<'static, Option<Arc<SourceMap>>>;

    /// Whether a run is to leave memory after the step that it has just taken; said once.
    fn wants_to_leave(&self, _run_id: &str) -> bool {
        false
    }
}

/// Runs functions.
pub(crate) trait Functions: Send + Sync + 'static {
    /// One attempt.
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome>;
}

impl Workflows for Host {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        Host::activate(self, activation)
    }

    fn evict(&self, run_id: &str) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        Host::evict(self, run_id)
    }

    fn wants_to_leave(&self, run_id: &str) -> bool {
        Host::wants_to_leave(self, run_id)
    }
}

impl Functions for Runner {
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        Runner::run(self, task, context)
    }
}
