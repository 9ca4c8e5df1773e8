//! What a worker hands its work to, as it sees them: someone who runs workflows and someone who
//! runs functions. A test puts its own in their place.

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use crate::{
    function::{CancelReason, FunctionOutcome, FunctionTask},
    value::Value,
    workflow::{Activation, Completion},
};

/// Runs workflows.
pub(crate) trait Workflows: Send + Sync + 'static {
    /// Every activation has exactly one completion. One run has one activation at a time.
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion>;

    /// Forgets a run. It may come back, from its history.
    fn evict(&self, run_id: &str) -> BoxFuture<'static, ()>;
}

/// Runs functions.
pub(crate) trait Functions: Send + Sync + 'static {
    /// One attempt.
    fn run(&self, task: FunctionTask, control: CallControl) -> BoxFuture<'static, FunctionOutcome>;
}

/// What goes to and fro while a function runs.
#[derive(Clone)]
pub(crate) struct CallControl {
    /// Becomes the reason when the call is asked to end.
    pub(crate) cancelled: watch::Receiver<Option<CancelReason>>,
    /// Tells the server that the call is alive, and how far it is.
    pub(crate) heartbeat: std::sync::Arc<dyn Fn(Vec<Value>) + Send + Sync>,
}
