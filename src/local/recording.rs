//! Stands between the engine and who runs workflows and functions, and writes down what passes.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    function::{FunctionContext, FunctionOutcome, FunctionTask, Functions},
    local::book::Book,
    source::SourceMap,
    workflow::{Activation, Completion, Leaving, Workflows},
};

/// Workflows whose runs are written down.
pub(super) struct RecordedWorkflows {
    pub(super) inner: Arc<dyn Workflows>,
    pub(super) book: Arc<Book>,
}

/// Functions whose attempts are counted.
pub(super) struct RecordedFunctions {
    pub(super) inner: Arc<dyn Functions>,
    pub(super) book: Arc<Book>,
}

impl Workflows for RecordedWorkflows {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        // What is replayed was written down when it happened.
        if activation.replaying {
            return self.inner.activate(activation);
        }
        let (run_id, time, jobs) = (activation.run_id.clone(), activation.time, activation.jobs.clone());
        self.book.begin(&run_id, time, &jobs);
        let (answer, book) = (self.inner.activate(activation), Arc::clone(&self.book));
        Box::pin(async move {
            let completion = answer.await;
            book.end(&run_id, time, jobs, &completion);
            completion
        })
    }

    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        self.inner.evict(run_id, leaving)
    }

    fn leave(&self) -> BoxFuture<'static, ()> {
        self.inner.leave()
    }

    fn failed_after_all(&self, run_id: &str) {
        self.inner.failed_after_all(run_id);
    }

    fn wants_to_leave(&self, run_id: &str) -> bool {
        self.inner.wants_to_leave(run_id)
    }
}

impl Functions for RecordedFunctions {
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        self.book.attempt(&task.run_id, &task.activity_id, task.attempt);
        self.inner.run(task, context)
    }
}
