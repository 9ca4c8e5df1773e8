//! Polls for activity tasks: one poll at a time, many attempts at once.
//!
//! The same poll brings requests to end an attempt; they go to the attempt with their reason.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::FutureExt as _;
use metonic_bridge::{
    PollError, Worker,
    protos::{
        coresdk::{
            ActivityHeartbeat, ActivityTaskCompletion, activity_result::ActivityExecutionResult,
            activity_task::ActivityTask,
        },
        temporal::api::common::v1::Payloads,
    },
};
use tokio::{sync::watch, time::Instant};
use tokio_util::task::TaskTracker;

use crate::{
    function::{CancelReason, FunctionContext, FunctionOutcome, FunctionTask, Functions, Heartbeat},
    temporal::{
        all_attempts::AllAttempts,
        connect::Client,
        delivery::{Delivery, deliver},
        local_ends::LocalEnds,
        wire::{PolledActivity, from_activity_task, to_activity_result, to_payloads},
    },
    value::{Failure, failure_kind},
    workflow::{SIDE_EFFECT, recorded, retry::out_of_time},
};

/// What attempts need.
pub(super) struct FunctionCx {
    pub(super) worker: Worker,
    pub(super) client: Arc<Client>,
    /// The worker's name, as the server shows it.
    pub(super) identity: String,
    pub(super) functions: Arc<dyn Functions>,
    pub(super) task_queue: String,
    pub(super) running: Running,
    pub(super) ends: LocalEnds,
}

/// The attempts that run, by token: how each is asked to end.
#[derive(Default)]
pub(super) struct Running(Mutex<HashMap<Vec<u8>, watch::Sender<Option<CancelReason>>>>);

impl Running {
    fn begin(&self, token: &[u8]) -> watch::Receiver<Option<CancelReason>> {
        let (tx, rx) = watch::channel(None);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_vec(), tx);
        rx
    }

    fn cancel(&self, token: &[u8], reason: CancelReason) {
        if let Some(tx) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token) {
            tx.send_replace(Some(reason));
        }
    }

    fn end(&self, token: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(token);
    }
}

/// Polls until the core says that there is no more.
pub(super) async fn poll_functions(cx: Arc<FunctionCx>) -> Result<(), PollError> {
    let attempts = TaskTracker::new();
    let polled = loop {
        match cx.worker.poll_activity().await {
            Ok(task) => take(&cx, task, &attempts),
            Err(PollError::ShutDown) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    attempts.close();
    attempts.wait().await;
    polled
}

fn take(cx: &Arc<FunctionCx>, task: ActivityTask, attempts: &TaskTracker) {
    match from_activity_task(task, &cx.task_queue) {
        Some(PolledActivity::Start { task, .. }) if task.is_local && task.activity_type == SIDE_EFFECT => {
            let outcome = recorded(&task.arguments).map_or_else(FunctionOutcome::Failed, FunctionOutcome::Completed);
            attempts.spawn(complete_local(Arc::clone(cx), task.run_id, task.token, to_activity_result(&outcome)));
        }
        Some(PolledActivity::Start { task, retry }) => {
            // Known before the next poll, which may bring the request to end it.
            let cancelled = cx.running.begin(&task.token);
            let limit = AllAttempts::of(&task, retry);
            attempts.spawn(attempt(Arc::clone(cx), *task, limit, cancelled));
        }
        Some(PolledActivity::Cancel { token, reason }) => cx.running.cancel(&token, reason),
        Some(PolledActivity::Undecodable { token, failure }) => {
            let result = to_activity_result(&FunctionOutcome::Failed(*failure));
            attempts.spawn(complete(Arc::clone(cx), token, result));
        }
        None => tracing::error!("The core gave an activity task of an unknown kind."),
    }
}

async fn attempt(
    cx: Arc<FunctionCx>,
    task: FunctionTask,
    limit: Option<AllAttempts>,
    cancelled: watch::Receiver<Option<CancelReason>>,
) {
    let token = task.token.clone();
    let local = task.is_local.then(|| task.run_id.clone());
    let deadline = deadline(&task);
    let progress = Arc::new(Mutex::new(None));
    let context =
        FunctionContext { cancel: cancelled.clone(), heartbeat: heartbeat(&cx, &task, Arc::clone(&progress)) };
    let run = AssertUnwindSafe(async { run(&cx, task, context, limit).await }).catch_unwind();
    let outcome = run.await.unwrap_or_else(|_| {
        let message = "metonic panicked while it ran the function; the log has the place";
        FunctionOutcome::Failed(Failure::new(failure_kind::INTERNAL, message))
    });
    let reason = *cancelled.borrow();
    if let Some(run_id) = local {
        complete_local(Arc::clone(&cx), run_id, token.clone(), to_activity_result(&outcome)).await;
    // The server does not want to hear of an attempt that it has given up; the core knows that.
    } else if reason != Some(CancelReason::Gone) && !matches!(outcome, FunctionOutcome::Cancelled(_)) {
        let last_heartbeat = progress.lock().unwrap_or_else(PoisonError::into_inner).take();
        let delivery = Delivery { token: token.clone(), deadline, last_heartbeat };
        // A failure after the attempt's time is the server's to tell: as a timeout of its kind.
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if !(is_late && matches!(outcome, FunctionOutcome::Failed(_))) {
            deliver(&cx.client, &cx.identity, delivery, &outcome).await;
        }
        complete(Arc::clone(&cx), token.clone(), ActivityExecutionResult::will_complete_async()).await;
    } else {
        complete(Arc::clone(&cx), token.clone(), to_activity_result(&outcome)).await;
    }
    cx.running.end(&token);
}

async fn run(
    cx: &FunctionCx,
    task: FunctionTask,
    context: FunctionContext,
    limit: Option<AllAttempts>,
) -> FunctionOutcome {
    match limit {
        None => cx.functions.run(task, context).await,
        Some(limit) if limit.is_over() => FunctionOutcome::Failed(out_of_time(None)),
        Some(limit) => limit.judged(cx.functions.run(task, context).await),
    }
}

async fn complete_local(cx: Arc<FunctionCx>, run_id: String, task_token: Vec<u8>, result: ActivityExecutionResult) {
    let completion = ActivityTaskCompletion { task_token, result: Some(result) };
    if let Err(error) = cx.ends.give(&cx.worker, run_id, completion).await {
        tracing::error!(%error, "The core refused the end of a local activity.");
    }
}

async fn complete(cx: Arc<FunctionCx>, task_token: Vec<u8>, result: ActivityExecutionResult) {
    let completion = ActivityTaskCompletion { task_token, result: Some(result) };
    if let Err(error) = cx.worker.complete_activity(completion).await {
        tracing::error!(%error, "The core refused the end of an activity.");
    }
}

/// After this the server has given the attempt up by itself.
fn deadline(task: &FunctionTask) -> Option<Instant> {
    let limit = task.start_to_close.into_iter().chain(task.schedule_to_close).min()?;
    Instant::now().checked_add(limit)
}

fn heartbeat(cx: &Arc<FunctionCx>, task: &FunctionTask, progress: Arc<Mutex<Option<Payloads>>>) -> Heartbeat {
    let (cx, task_token, is_local) = (Arc::downgrade(cx), task.token.clone(), task.is_local);
    Arc::new(move |details| match (to_payloads(&details), cx.upgrade()) {
        (Ok(payloads), Some(cx)) if !is_local => {
            *progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(payloads.clone());
            let details = payloads.payloads;
            cx.worker.record_heartbeat(ActivityHeartbeat { task_token: task_token.clone(), details });
        }
        (Err(error), _) => tracing::warn!(%error, "A heartbeat's details cannot be sent."),
        _ => {}
    })
}
