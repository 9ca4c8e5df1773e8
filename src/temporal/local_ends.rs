//! When the core hears that a local activity has ended: while no step of its run is with us.
//!
//! The answer to a query ends the task that brought it. If the core knows by then that a local activity has
//! ended, it sends the marker with the answer, and the run hears of the end in the next task, where a replay tells
//! it in this one. So an end waits until no step of its run is being answered, and until the core has given every
//! step that it has for what it was told before: one of them may bring a query.
//!
//! One loop takes the steps and gives the ends, so that no step comes between a look and an end. A step always
//! ends, whatever becomes of its answer, and no answer waits for an end: nothing is held for ever.

use std::{collections::HashMap, future::ready};

use futures_util::future::BoxFuture;
use metonic_bridge::{
    CompletionError, PollError, Worker,
    protos::coresdk::{ActivityTaskCompletion, workflow_activation::WorkflowActivation},
};
use tokio::{
    select,
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, error::SendError, unbounded_channel},
        oneshot,
    },
    task::unconstrained,
};

/// What is asked of the core.
pub(super) trait Core: Sync {
    fn poll(&self) -> BoxFuture<'static, Result<WorkflowActivation, PollError>>;

    /// Returns when a poll has everything that follows from what the core was told before.
    fn settle(&self) -> BoxFuture<'static, ()>;

    /// Tells it at once.
    fn give(&self, end: ActivityTaskCompletion) -> BoxFuture<'static, Result<(), CompletionError>>;
}

impl Core for Worker {
    fn poll(&self) -> BoxFuture<'static, Result<WorkflowActivation, PollError>> {
        self.poll_workflow()
    }

    fn settle(&self) -> BoxFuture<'static, ()> {
        self.settle()
    }

    fn give(&self, end: ActivityTaskCompletion) -> BoxFuture<'static, Result<(), CompletionError>> {
        self.complete_activity(end)
    }
}

/// The end of one local activity of a run.
struct End {
    run_id: String,
    completion: ActivityTaskCompletion,
    given: oneshot::Sender<Result<(), CompletionError>>,
}

/// Where ends are handed in.
#[derive(Clone)]
pub(super) struct LocalEnds(UnboundedSender<End>);

impl LocalEnds {
    /// Returns when the core has it.
    pub(super) async fn give(
        &self,
        core: &impl Core,
        run_id: String,
        completion: ActivityTaskCompletion,
    ) -> Result<(), CompletionError> {
        let (given, taken) = oneshot::channel();
        match self.0.send(End { run_id, completion, given }) {
            // Who drops it drops the whole worker.
            Ok(()) => taken.await.unwrap_or(Ok(())),
            // No step comes any more.
            Err(SendError(end)) => core.give(end.completion).await,
        }
    }
}

/// A step that is with us, until this is dropped.
pub(super) struct Step {
    run_id: String,
    done: UnboundedSender<String>,
}

impl Drop for Step {
    fn drop(&mut self) {
        // Nobody asks after the last poll.
        let _ = self.done.send(std::mem::take(&mut self.run_id));
    }
}

/// The steps of a worker's runs, and the ends that wait for them.
pub(super) struct Steps {
    ends: UnboundedReceiver<End>,
    waiting: Vec<End>,
    done: (UnboundedSender<String>, UnboundedReceiver<String>),
    /// How many steps of a run are with us; the next one may come before the last is seen to be done.
    open: HashMap<String, usize>,
}

/// The two sides of a worker.
pub(super) fn local_ends() -> (LocalEnds, Steps) {
    let (tx, ends) = unbounded_channel();
    (LocalEnds(tx), Steps { ends, waiting: Vec::new(), done: unbounded_channel(), open: HashMap::new() })
}

impl Steps {
    /// Polls until the core says that there is no more.
    pub(super) async fn poll(mut self, core: &impl Core, take: impl Fn(WorkflowActivation, Step)) -> PollError {
        let mut poll = core.poll();
        let mut settled = false;
        let over = loop {
            if !settled && self.waiting.iter().any(|end| self.is_between(end)) {
                core.settle().await;
                settled = true;
            }
            // Cancel-safe: the poll goes on, and so do the channels. A poll that has nothing must have nothing,
            // and not be out of turn; only then may an end be given.
            select! {
                biased;
                polled = unconstrained(&mut poll) => match polled {
                    Ok(activation) => {
                        let step = self.begin(&activation.run_id);
                        take(activation, step);
                        poll = core.poll();
                    }
                    Err(over) => break over,
                },
                () = ready(()), if settled => {
                    self.give(core).await;
                    settled = false;
                }
                Some(run_id) = self.done.1.recv() => self.finish(&run_id),
                Some(end) = self.ends.recv() => self.waiting.push(end),
            }
        };
        // From now on they are given without us.
        self.ends.close();
        while let Some(end) = self.ends.recv().await {
            self.waiting.push(end);
        }
        self.open.clear();
        self.give(core).await;
        over
    }

    fn begin(&mut self, run_id: &str) -> Step {
        *self.open.entry(run_id.to_owned()).or_default() += 1;
        Step { run_id: run_id.to_owned(), done: self.done.0.clone() }
    }

    fn finish(&mut self, run_id: &str) {
        if let Some(count) = self.open.get_mut(run_id) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(run_id);
            }
        }
    }

    /// No step of its run is with us.
    fn is_between(&self, end: &End) -> bool {
        !self.open.contains_key(&end.run_id)
    }

    async fn give(&mut self, core: &impl Core) {
        let open = &self.open;
        let ends: Vec<_> = self.waiting.extract_if(.., |end| !open.contains_key(&end.run_id)).collect();
        for End { completion, given, .. } in ends {
            // Nobody may be there to hear of it.
            let _ = given.send(core.give(completion).await);
        }
    }
}
