//! A worker that gets its work from recorded histories, without a server.

use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{History, history_event::Attributes},
};
use temporalio_sdk_core::{
    init_replay_worker,
    replay::{HistoryFeeder, HistoryForReplay, ReplayWorkerInput},
};

use crate::{
    BoxFuture, Worker,
    worker::{WorkerOptions, core_config},
};

/// Why a history cannot be replayed at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayError(pub String);

impl std::fmt::Display for ReplayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReplayError {}

/// Gives histories to a replay worker, one after the other. The worker ends when it is dropped.
pub struct ReplayFeeder(HistoryFeeder);

impl ReplayFeeder {
    /// Gives one history. The next may be given only after the run of this one was evicted: the
    /// core loses a history whose run it still knows.
    pub fn feed(&self, history: History, workflow_id: String) -> BoxFuture<'_, Result<(), ReplayError>> {
        Box::pin(async move {
            let history = checked(history)?;
            let fed = self.0.feed(HistoryForReplay::new(history, workflow_id)).await;
            fed.map_err(|error| ReplayError(error.to_string()))
        })
    }
}

/// Makes a replay worker. Only the namespace and queue of `options` matter.
pub fn replay_worker(options: WorkerOptions) -> Result<(Worker, ReplayFeeder), ReplayError> {
    let config = core_config(options).map_err(ReplayError)?;
    let (feeder, histories) = HistoryFeeder::new(1);
    let worker = init_replay_worker(ReplayWorkerInput::new(config, histories))
        .map_err(|error| ReplayError(error.to_string()))?;
    Ok((Worker(std::sync::Arc::new(worker)), ReplayFeeder(feeder)))
}

/// Refuses what the core would panic on, and fills in what older servers left out.
fn checked(mut history: History) -> Result<History, ReplayError> {
    let refuse = |message: &str| Err(ReplayError(message.to_owned()));
    let Some(first) = history.events.first_mut() else { return refuse("the history has no events") };
    let Some(Attributes::WorkflowExecutionStartedEventAttributes(start)) = &mut first.attributes else {
        return refuse("the first event is not `WorkflowExecutionStarted`");
    };
    if start.workflow_type.is_none() {
        return refuse("the first event names no workflow type");
    }
    start.task_queue.get_or_insert_default();
    if start.original_execution_run_id.is_empty() {
        "replayed".clone_into(&mut start.original_execution_run_id);
    }
    for (at, event) in history.events.iter().enumerate() {
        if event.event_type() == EventType::WorkflowTaskStarted
            && let Some(next) = history.events.get(at + 1)
            && !matches!(
                next.event_type(),
                EventType::WorkflowTaskCompleted
                    | EventType::WorkflowTaskFailed
                    | EventType::WorkflowTaskTimedOut
                    | EventType::WorkflowExecutionTerminated
                    | EventType::WorkflowExecutionTimedOut
            )
        {
            return Err(ReplayError(format!(
                "event {} follows a started workflow task and does not end it",
                next.event_id
            )));
        }
        if event.event_id != i64::try_from(at).unwrap_or(i64::MAX) + 1 {
            return Err(ReplayError(format!("event {} stands where event {} belongs", event.event_id, at + 1)));
        }
    }
    if !history.events.iter().any(|event| event.event_type() == EventType::WorkflowTaskStarted) {
        return refuse("the history has no workflow task: export it again once a worker has begun with the run");
    }
    Ok(history)
}
