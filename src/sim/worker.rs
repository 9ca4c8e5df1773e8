//! Who takes tasks: the workers that are attached to an engine.

use std::{sync::Arc, time::Duration};

use crate::{
    function::Functions,
    sim::Engine,
    workflow::{Show, Workflows},
};

/// A worker: which tasks it takes, and who does them.
#[derive(Clone)]
pub(crate) struct Worker {
    /// As failures and descriptions name it.
    pub(crate) identity: String,
    pub(crate) namespace: String,
    /// In full: with the client's prefix.
    pub(crate) task_queue: String,
    /// Put before every queue that a workflow names.
    pub(crate) queue_prefix: String,
    /// Nothing: it takes no workflow tasks.
    pub(crate) workflows: Option<Arc<dyn Workflows>>,
    /// Runs activities and local activities.
    pub(crate) functions: Arc<dyn Functions>,
    /// Whether it takes activities of the queue; local ones it runs always.
    pub(crate) activities: bool,
    pub(crate) max_workflow_tasks: usize,
    pub(crate) max_activities: usize,
    pub(crate) max_local_activities: usize,
    /// How many runs stay in memory between their tasks; 0: none.
    pub(crate) max_cached_workflows: usize,
    /// Every run is made anew after each of its tasks.
    pub(crate) evicts_after_each_task: bool,
    /// The workflow types that fail when their code does not match what was recorded.
    pub(crate) failed_by_non_determinism: Vec<String>,
    /// How long attempts may go on after a stop before they are asked to end.
    pub(crate) stop_timeout: Duration,
    /// Nothing: problems go to the log.
    pub(crate) show: Option<Show>,
}

/// A worker that takes tasks. Dropped, it takes no more.
#[derive(Debug)]
pub(crate) struct Attached {
    engine: Engine,
    number: u64,
}

impl Attached {
    pub(super) fn new(engine: Engine, number: u64) -> Self {
        Self { engine, number }
    }

    /// Takes no more tasks, and returns when those that run have ended. Runs stay, and go on when a
    /// worker of their queue is attached.
    pub(crate) async fn detach(self) {
        self.engine.detach(self.number).await;
    }
}
