//! Who takes tasks: the workers that are attached to an engine.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::{
    diag::Show,
    function::{CancelReason, Functions},
    sim::{
        engine::Shared,
        launch::Launch,
        ready::{Line, Slot, Step},
        run::Task,
        world::{No, World},
    },
    workflow::{Problems, Workflows},
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
    shared: Arc<Shared>,
    number: u64,
    stop_timeout: Duration,
}

/// A worker, as the engine keeps it.
pub(super) struct Attachment {
    pub(super) worker: Arc<Worker>,
    pub(super) problems: Problems,
    stopping: bool,
    pub(super) tasks: usize,
    pub(super) activities: usize,
    pub(super) locals: usize,
    /// The runs that it has in memory, the one that had a task last at the end.
    pub(super) memory: VecDeque<No>,
    idle: Vec<oneshot::Sender<()>>,
}

impl Attached {
    pub(super) fn new(shared: Arc<Shared>, worker: Worker) -> Self {
        let stop_timeout = worker.stop_timeout;
        let number = shared.with(|world| world.attach(worker));
        Self { shared, number, stop_timeout }
    }

    /// Takes no more tasks, and returns when those that run have ended. Runs stay, and go on when a
    /// worker of their queue is attached.
    pub(crate) async fn detach(self) {
        let mut idle = self.shared.with(|world| world.stop_worker(self.number));
        // Cancel-safe: the receiver is only borrowed.
        tokio::select! {
            _ = &mut idle => {}
            () = tokio::time::sleep(self.stop_timeout) => {
                self.shared.with(|world| world.shut_down_attempts(self.number));
                let _ = idle.await;
            }
        }
        let attachment = self.shared.with(|world| world.workers.remove(&self.number));
        if let Some(workflows) = attachment.and_then(|attachment| attachment.worker.workflows.clone()) {
            workflows.leave().await;
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.shared.with(|world| {
            drop(world.stop_worker(self.number));
            world.shut_down_attempts(self.number);
        });
    }
}

impl World {
    fn attach(&mut self, worker: Worker) -> u64 {
        let number = self.number();
        let problems = Problems::shown_by(worker.show.clone());
        let (namespace, task_queue) = (worker.namespace.clone(), worker.task_queue.clone());
        let attachment = Attachment {
            worker: Arc::new(worker),
            problems,
            stopping: false,
            tasks: 0,
            activities: 0,
            locals: 0,
            memory: VecDeque::new(),
            idle: Vec::new(),
        };
        self.workers.insert(number, attachment);
        // New code may mend what failed.
        let held = self
            .runs
            .iter()
            .filter(|(_, run)| run.held.is_some() && run.namespace == namespace && run.task_queue == task_queue);
        for no in held.map(|(no, _)| *no).collect::<Vec<_>>() {
            if self.stuck == Some(no) {
                self.stuck = None;
            }
            self.let_go(no);
        }
        number
    }

    /// The task of a run that failed may be tried again.
    pub(super) fn let_go(&mut self, no: No) {
        if let Some(run) = self.runs.get_mut(&no) {
            run.task_failures = 0;
            if let Some(key) = run.held.take() {
                self.time.forget(key);
            }
        }
        self.poke(no);
    }

    /// The worker takes nothing more; told when what it does has ended.
    fn stop_worker(&mut self, number: u64) -> oneshot::Receiver<()> {
        let (tx, rx) = oneshot::channel();
        let Some(attachment) = self.workers.get_mut(&number) else {
            let _ = tx.send(());
            return rx;
        };
        attachment.stopping = true;
        attachment.idle.push(tx);
        for no in std::mem::take(&mut attachment.memory) {
            if let Some(run) = self.runs.get_mut(&no).filter(|run| run.memory == Some(number)) {
                run.memory = None;
            }
        }
        self.note_idle(number);
        rx
    }

    fn shut_down_attempts(&self, number: u64) {
        for attempt in self.attempts.values().filter(|attempt| attempt.worker == number) {
            attempt.ask(CancelReason::Shutdown);
        }
    }

    /// Tells those who wait for the worker's end, if nothing of it runs.
    pub(super) fn note_idle(&mut self, number: u64) {
        let Some(attachment) = self.workers.get_mut(&number) else { return };
        if attachment.stopping && attachment.tasks + attachment.activities + attachment.locals == 0 {
            for idle in std::mem::take(&mut attachment.idle) {
                let _ = idle.send(());
            }
        }
    }

    pub(super) fn is_stopping(&self, number: u64) -> bool {
        self.workers.get(&number).is_none_or(|attachment| attachment.stopping)
    }

    /// Who can take a step: the worker that has the run in memory, else the newest with a free slot.
    pub(super) fn worker_for(&self, line: &Line, step: Step) -> Option<u64> {
        let takes = |attachment: &Attachment| {
            let worker = &attachment.worker;
            let (does, busy, most) = match line.slot {
                Slot::Task => (worker.workflows.is_some(), attachment.tasks, worker.max_workflow_tasks),
                Slot::Activity => (worker.activities, attachment.activities, worker.max_activities),
                Slot::Local => (worker.workflows.is_some(), attachment.locals, worker.max_local_activities),
            };
            let is_here = worker.namespace == line.namespace && worker.task_queue == line.task_queue;
            does && is_here && !attachment.stopping && busy < most
        };
        if let Step::Task(no) = step
            && let Some(number) = self.runs.get(&no).and_then(|run| run.memory)
            && let Some(attachment) = self.workers.get(&number)
        {
            return takes(attachment).then_some(number);
        }
        self.workers.iter().rev().find(|(_, attachment)| takes(attachment)).map(|(number, _)| *number)
    }

    pub(super) fn is_polled(&self, namespace: &str, task_queue: &str) -> bool {
        self.workers.values().any(|attachment| {
            let worker = &attachment.worker;
            let is_here = worker.namespace == namespace && worker.task_queue == task_queue;
            is_here && worker.workflows.is_some() && !attachment.stopping
        })
    }

    /// Whether any worker was ever attached in this namespace, or any run started.
    pub(super) fn has_namespace(&self, namespace: &str) -> bool {
        self.workers.values().any(|attachment| attachment.worker.namespace == namespace)
            || self.runs.values().any(|run| run.namespace == namespace)
    }

    /// The worker had a task of the run, and has it in memory now; another may have to leave.
    pub(super) fn remembered(&mut self, no: No, number: u64) {
        let Some(attachment) = self.workers.get_mut(&number) else { return };
        attachment.memory.retain(|other| *other != no);
        attachment.memory.push_back(no);
        if attachment.memory.len() <= attachment.worker.max_cached_workflows {
            return;
        }
        let runs = &self.runs;
        let idle = |no: &No| runs.get(no).is_none_or(|run| matches!(run.task, Task::Idle));
        let Some(at) = attachment.memory.iter().position(idle) else { return };
        if let Some(leaving) = attachment.memory.remove(at) {
            self.leave_memory(leaving);
        }
    }

    /// The worker that has the run in memory lets it go, unless a task of the run keeps it there, which
    /// then sees to it.
    pub(super) fn leave_memory(&mut self, no: No) {
        let Some(run) = self.runs.get_mut(&no).filter(|run| matches!(run.task, Task::Idle)) else { return };
        let Some(number) = run.memory else { return };
        let Some(attachment) = self.workers.get_mut(&number) else { return };
        let Some(workflows) = attachment.worker.workflows.clone() else { return };
        run.memory = None;
        run.task = Task::Leaving(number);
        attachment.tasks += 1;
        self.tasks += 1;
        let run_id = run.run_id.clone();
        self.launch_later(Launch::Evict { run: no, run_id, workflows });
    }
}
