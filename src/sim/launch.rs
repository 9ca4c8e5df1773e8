//! What is done outside the engine's lock: running code, and forgetting runs.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use tokio::sync::watch;

use crate::{
    function::{CancelReason, FunctionContext, FunctionOutcome, FunctionTask, Functions},
    sim::{
        engine::Shared,
        told::{Differs, Told},
        world::No,
    },
    source::SourceMap,
    value::{Failure, failure_kind},
    workflow::{Activation, Completion, Leaving, TaskFailure, TaskFailureCause, Workflows},
};

/// Something to be done.
pub(super) enum Launch {
    Task(Box<TaskLaunch>),
    /// The run leaves memory.
    Evict {
        run: No,
        run_id: String,
        workflows: Arc<dyn Workflows>,
    },
    Attempt(Box<AttemptLaunch>),
}

/// A workflow task.
pub(super) struct TaskLaunch {
    pub(super) run: No,
    pub(super) workflows: Arc<dyn Workflows>,
    /// What is told again first, if the run is not in memory.
    pub(super) told: Vec<Arc<Told>>,
    pub(super) activation: Activation,
}

/// An attempt of an activity.
pub(super) struct AttemptLaunch {
    pub(super) token: u64,
    pub(super) functions: Arc<dyn Functions>,
    pub(super) task: FunctionTask,
    pub(super) cancel: watch::Receiver<Option<CancelReason>>,
}

/// How a workflow task ended.
pub(super) enum TaskEnd {
    Answered(Completion),
    /// The code asks for something else than it did.
    Differs {
        differs: Differs,
        sources: Option<Arc<SourceMap>>,
    },
}

impl Launch {
    pub(super) async fn run(self, shared: Arc<Shared>) {
        match self {
            Self::Task(task) => {
                let (run, run_id) = (task.run, task.activation.run_id.clone());
                let workflows = Arc::clone(&task.workflows);
                let end = task.drive().await;
                // One that has grown large asks for it itself.
                let leaves = workflows.wants_to_leave(&run_id);
                if let Some(leaving) = shared.with(|world| world.task_done(run, end, leaves)) {
                    workflows.evict(&run_id, leaving).await;
                    shared.with(|world| world.left(run));
                }
            }
            Self::Evict { run, run_id, workflows } => {
                workflows.evict(&run_id, Leaving::Settled).await;
                shared.with(|world| world.left(run));
            }
            Self::Attempt(attempt) => {
                let token = attempt.token;
                let outcome = attempt.drive(&shared).await;
                shared.with(|world| world.attempt_done(token, outcome));
            }
        }
    }
}

impl TaskLaunch {
    /// Makes the run again if need be, and tells it what is new.
    async fn drive(self) -> TaskEnd {
        let run_id = self.activation.run_id.clone();
        for told in &self.told {
            let completion = activate(&*self.workflows, told.again(&run_id)).await;
            if matches!(completion, Completion::TaskFailed(_)) {
                return TaskEnd::Answered(completion);
            }
            if let Some(differs) = told.differs(&completion) {
                let sources = self.workflows.evict(&run_id, Leaving::TaskFailed).await;
                return TaskEnd::Differs { differs, sources };
            }
        }
        TaskEnd::Answered(activate(&*self.workflows, self.activation).await)
    }
}

async fn activate(workflows: &dyn Workflows, activation: Activation) -> Completion {
    AssertUnwindSafe(async { workflows.activate(activation).await }).catch_unwind().await.unwrap_or_else(|_| {
        let message = "metonic panicked while it ran the workflow; the log has the place";
        Completion::TaskFailed(Box::new(TaskFailure {
            failure: Failure::new(failure_kind::INTERNAL, message),
            cause: TaskFailureCause::WorkflowWorkerUnhandledFailure,
            diagnostic: None,
        }))
    })
}

impl AttemptLaunch {
    async fn drive(self, shared: &Arc<Shared>) -> FunctionOutcome {
        let (weak, token) = (Arc::downgrade(shared), self.token);
        let heartbeat = Arc::new(move |details| {
            if let Some(shared) = weak.upgrade() {
                shared.with(|world| world.heartbeat(token, details));
            }
        });
        let context = FunctionContext { cancel: self.cancel, heartbeat };
        let run = AssertUnwindSafe(async { self.functions.run(self.task, context).await }).catch_unwind();
        run.await.unwrap_or_else(|_| {
            let message = "metonic panicked while it ran the function; the log has the place";
            FunctionOutcome::Failed(Failure::new(failure_kind::INTERNAL, message))
        })
    }
}
