//! Recorded histories against the code of today, without a server.
//!
//! The core compares what the code asks for with what it asked for then. It tells the outcome as
//! the reason for which it takes the run out of memory.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use metonic_bridge::{
    PollError, Pollers, Worker, WorkerOptions, protos::coresdk::workflow_activation::remove_from_cache::EvictionReason,
    protos::coresdk::workflow_completion::WorkflowActivationCompletion,
    protos::temporal::api::history::v1::history_event::Attributes, replay_worker,
};
use tokio::time::{error::Elapsed, timeout};

use crate::{
    temporal::{
        first_task::{self, FirstTasks},
        story::{Step, Story},
        wire::{CommandCx, Polled, failed_completion, failed_query, from_activation, to_completion},
    },
    value::{Failure, failure_kind},
    workflow::{Completion, EmittedAt, Job, Leaving, TaskFailure, TaskFailureCause, Workflows, asked_at, without_dump},
};

/// A recorded history.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct History(metonic_bridge::protos::temporal::api::history::v1::History);

/// Reads a history as the Temporal command, the UI and the SDKs export it.
pub(crate) fn read_history(text: &str) -> Result<History, String> {
    metonic_bridge::read_history(text).map(History).map_err(|error| error.to_string())
}

impl History {
    pub(crate) fn event_count(&self) -> usize {
        self.0.events.len()
    }

    /// Workflow type and queue, from the first event.
    pub(crate) fn begins_as(&self) -> Option<(String, String)> {
        match self.0.events.first()?.attributes.as_ref()? {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                Some((started.workflow_type.clone()?.name, started.task_queue.clone().unwrap_or_default().name))
            }
            _ => None,
        }
    }

    pub(crate) fn workflow_id(&self) -> &str {
        match self.0.events.first().and_then(|event| event.attributes.as_ref()) {
            Some(Attributes::WorkflowExecutionStartedEventAttributes(started)) => &started.workflow_id,
            _ => "",
        }
    }

    /// What an event was: `ActivityTaskScheduled orders:charge`.
    pub(crate) fn describe(&self, event_id: i64) -> Option<String> {
        let event = self.0.events.iter().find(|event| event.event_id == event_id)?;
        let kind = event.event_type().as_str_name().trim_start_matches("EVENT_TYPE_");
        let kind: String = kind.split('_').map(capitalized).collect();
        let detail = match event.attributes.as_ref()? {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                scheduled.activity_type.as_ref().map(|activity| activity.name.clone())
            }
            Attributes::MarkerRecordedEventAttributes(marker) => Some(marker.marker_name.clone()),
            _ => None,
        };
        Some(detail.map_or_else(|| kind.clone(), |detail| format!("{kind} `{detail}`")))
    }
}

impl History {
    pub(super) fn of(events: metonic_bridge::protos::temporal::api::history::v1::History) -> Self {
        Self(events)
    }

    /// What happened, as the author of the workflow sees it.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut story = Story::default();
        self.0.events.iter().filter_map(|event| story.take(event)).collect()
    }

    /// As the Temporal command writes it.
    pub(crate) fn to_json(&self) -> Result<String, String> {
        metonic_bridge::write_history(&self.0).map_err(|error| error.to_string())
    }
}

fn capitalized(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    format!("{first}{}", rest.to_ascii_lowercase())
}

/// What became of a replay.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Replayed {
    /// The code does what it did then.
    Same,
    /// It does not; `message` is the core's, with its code `TMPRL1100`.
    Differs { message: String, sites: Vec<EmittedAt> },
    /// The code broke.
    TaskFailed(Box<TaskFailure>),
    /// The history is none, or the worker did not work.
    Unusable(String),
}

/// A replay that does not take its next step for so long never will. A long history has many steps.
const PATIENCE: Duration = Duration::from_mins(1);

/// A worker that takes longer to close is left behind.
const CLOSING: Duration = Duration::from_secs(2);

/// Replays one history. A worker of its own each time: the core loses histories that share one.
pub(crate) async fn replay(history: History, workflows: Arc<dyn Workflows>) -> Replayed {
    let Some((_, task_queue)) = history.begins_as() else {
        return Replayed::Unusable("the first event is not `WorkflowExecutionStarted`".to_owned());
    };
    let (worker, feeder) = match replay_worker(options()) {
        Ok(made) => made,
        Err(error) => return Replayed::Unusable(error.to_string()),
    };
    let workflow_id = history.workflow_id().to_owned();
    let first_tasks = FirstTasks::of(&history.0.events);
    if let Err(error) = feeder.feed(history.0, workflow_id).await {
        drop(feeder);
        worker.finalize().await;
        return Replayed::Unusable(error.to_string());
    }
    drop(feeder);
    let cx = ReplayCx {
        worker,
        workflows,
        first_tasks,
        commands: CommandCx { queue_prefix: String::new(), task_queue, namespace: "replay".to_owned() },
    };
    let replayed = cx.run().await.unwrap_or_else(|_: Elapsed| {
        Replayed::Unusable(format!("the replay took no further step within {} s", PATIENCE.as_secs()))
    });
    cx.worker.initiate_shutdown();
    // A core that waits for an answer that never comes is left behind.
    if timeout(CLOSING, cx.worker.finalize()).await.is_err() {
        tracing::debug!("A replay worker did not close.");
    }
    replayed
}

struct ReplayCx {
    worker: Worker,
    workflows: Arc<dyn Workflows>,
    first_tasks: FirstTasks,
    commands: CommandCx,
}

impl ReplayCx {
    async fn run(&self) -> Result<Replayed, Elapsed> {
        let mut sites = Vec::new();
        let mut failed = None;
        let mut replayed = None;
        loop {
            let activation = match timeout(PATIENCE, self.worker.poll_workflow()).await? {
                Ok(activation) => activation,
                Err(PollError::ShutDown) => {
                    let nothing = || Replayed::Unusable("the core replayed nothing".to_owned());
                    return Ok(replayed.unwrap_or_else(nothing));
                }
                Err(PollError::Refused(error)) => return Ok(Replayed::Unusable(error.to_string())),
            };
            let run_id = activation.run_id.clone();
            let completion = match from_activation(activation, "replay", &self.commands.task_queue) {
                Ok(Polled::Activation(activation)) => {
                    let queries_only = activation.jobs.iter().all(|job| matches!(job, Job::Query(_)));
                    let completion = timeout(PATIENCE, self.activate(activation)).await?;
                    if let Completion::Commands(emitted) = &completion
                        && !queries_only
                    {
                        sites = asked_at(emitted);
                    }
                    if let Completion::TaskFailed(failure) = &completion {
                        failed = Some(failure.clone());
                    }
                    self.write(&run_id, &completion, &mut failed)
                }
                Ok(Polled::Evict { run_id, reason, message }) => {
                    self.workflows.evict(&run_id, Leaving::Settled).await;
                    let outcome = outcome(reason, message, failed.take(), &sites);
                    replayed.get_or_insert(outcome);
                    WorkflowActivationCompletion::empty(run_id)
                }
                Err(undecodable) => {
                    let failure = Failure::invalid(undecodable.message);
                    if let Some(query_id) = undecodable.query_id {
                        failed_query(&run_id, &query_id, &failure)
                    } else {
                        fail(&run_id, failed.insert(Box::new(task_failure(failure))))
                    }
                }
            };
            if let Err(error) = timeout(PATIENCE, self.worker.complete_workflow(completion)).await? {
                return Ok(Replayed::Unusable(format!("the core refused a completion: {error}")));
            }
            if replayed.is_some() {
                self.worker.initiate_shutdown();
            }
        }
    }

    async fn activate(&self, activation: crate::workflow::Activation) -> Completion {
        let steps = self.first_tasks.split(activation);
        let activate = AssertUnwindSafe(first_task::take(&*self.workflows, steps));
        activate.catch_unwind().await.unwrap_or_else(|_| {
            let message = "metonic panicked while it ran the workflow; the log has the place";
            Completion::TaskFailed(Box::new(task_failure(Failure::new(failure_kind::INTERNAL, message))))
        })
    }

    fn write(
        &self,
        run_id: &str,
        completion: &Completion,
        failed: &mut Option<Box<TaskFailure>>,
    ) -> WorkflowActivationCompletion {
        to_completion(run_id, completion, &self.commands).unwrap_or_else(|error| {
            fail(run_id, failed.insert(Box::new(task_failure(Failure::invalid(error.to_string())))))
        })
    }
}

fn task_failure(failure: Failure) -> TaskFailure {
    TaskFailure { failure, cause: TaskFailureCause::WorkflowWorkerUnhandledFailure, diagnostic: None }
}

fn fail(run_id: &str, failed: &TaskFailure) -> WorkflowActivationCompletion {
    failed_completion(run_id, &failed.failure, failed.cause)
}

fn outcome(reason: EvictionReason, message: String, failed: Option<Box<TaskFailure>>, sites: &[EmittedAt]) -> Replayed {
    match (reason, failed) {
        (EvictionReason::Nondeterminism, _) => Replayed::Differs { message, sites: sites.to_vec() },
        (_, Some(failed)) => Replayed::TaskFailed(failed),
        (EvictionReason::LangRequested | EvictionReason::CacheFull | EvictionReason::WorkflowExecutionEnding, None) => {
            Replayed::Same
        }
        (_, None) => Replayed::Unusable(without_dump(&message)),
    }
}

/// Only what a replay looks at: the core sets the rest.
fn options() -> WorkerOptions {
    WorkerOptions {
        namespace: "replay".to_owned(),
        task_queue: "replay".to_owned(),
        identity: None,
        workflows: true,
        activities: false,
        max_cached_workflows: 1,
        max_workflow_tasks: 2,
        max_activities: 1,
        max_local_activities: 1,
        workflow_pollers: Pollers::Fixed(2),
        activity_pollers: Pollers::Fixed(1),
        max_eager_activities: 0,
        worker_activities_per_second: None,
        task_queue_activities_per_second: None,
        sticky_schedule_to_start_timeout: Duration::from_secs(10),
        max_heartbeat_throttle_interval: Duration::from_mins(1),
        default_heartbeat_throttle_interval: Duration::from_secs(30),
        graceful_shutdown: Duration::ZERO,
        failed_by_non_determinism: Vec::new(),
        versioning: None,
    }
}
