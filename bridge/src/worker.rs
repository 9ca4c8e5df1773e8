//! One core worker: polls, completions, shutdown.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use temporalio_common::{
    protos::coresdk::{
        ActivityHeartbeat, ActivityTaskCompletion, activity_task::ActivityTask,
        workflow_activation::WorkflowActivation, workflow_completion::WorkflowActivationCompletion,
    },
    worker::{VersioningBehavior, WorkerDeploymentOptions, WorkerDeploymentVersion, WorkerTaskTypes},
};
use temporalio_sdk_core::{
    PollError as CorePollError, PollerBehavior, Worker as CoreWorker, WorkerConfig, WorkerVersioningStrategy,
    WorkflowErrorType, init_worker,
};

use crate::{BoxFuture, CallError, Connection, Runtime};

/// Everything a worker is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkerOptions {
    pub namespace: String,
    /// As the server knows it.
    pub task_queue: String,
    pub identity: Option<String>,
    /// Whether it polls for workflow tasks, and runs local activities.
    pub workflows: bool,
    /// Whether it polls for activity tasks.
    pub activities: bool,
    /// 0: no run stays in memory between its tasks.
    pub max_cached_workflows: usize,
    pub max_workflow_tasks: usize,
    pub max_activities: usize,
    pub max_local_activities: usize,
    pub workflow_pollers: Pollers,
    pub activity_pollers: Pollers,
    /// How many activities one workflow task may start here without a poll.
    pub max_eager_activities: usize,
    pub worker_activities_per_second: Option<f64>,
    pub task_queue_activities_per_second: Option<f64>,
    pub sticky_schedule_to_start_timeout: Duration,
    pub max_heartbeat_throttle_interval: Duration,
    pub default_heartbeat_throttle_interval: Duration,
    /// After a stop has run for this long, running activities are told to end.
    pub graceful_shutdown: Duration,
    /// The workflow types that fail, and not only their tasks, when code and history differ.
    pub failed_by_non_determinism: Vec<String>,
    pub versioning: Option<Versioning>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pollers {
    Fixed(usize),
    /// The server says how many.
    Auto,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioning {
    pub deployment_name: String,
    pub build_id: String,
    pub use_versioning: bool,
    /// Pinned: true; moving to the newest version: false.
    pub pinned: Option<bool>,
}

/// Why a poll gave no task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollError {
    /// The worker is told to stop, and everything is answered.
    ShutDown,
    /// The server refuses for good; the worker is stopping.
    Refused(CallError),
}

/// The core did not take a completion: it was malformed, and the task is still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletionError(pub String);

impl fmt::Display for CompletionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CompletionError {}

/// A core worker. Clones share it.
#[derive(Clone)]
pub struct Worker(pub(crate) Arc<CoreWorker>);

impl Worker {
    /// Makes a worker; it does nothing until it is polled. Needs a running tokio runtime.
    pub fn new(runtime: &Runtime, options: WorkerOptions, connection: &Connection) -> Result<Self, String> {
        let worker = init_worker(&runtime.0, core_config(options)?, connection.0.clone());
        worker.map(|worker| Self(Arc::new(worker))).map_err(|error| error.to_string())
    }

    /// Asks the server about the namespace; to be called once, before anything else.
    pub fn validate(&self) -> BoxFuture<'static, Result<(), CallError>> {
        use temporalio_sdk_core::WorkerValidationError::NamespaceDescribeError;
        let worker = Arc::clone(&self.0);
        Box::pin(async move {
            match worker.validate().await {
                Ok(_) => Ok(()),
                Err(NamespaceDescribeError { source, .. }) => Err(source.into()),
            }
        })
    }

    /// Waits for work; to be called again as soon as it returns, and never twice at once.
    pub fn poll_workflow(&self) -> BoxFuture<'static, Result<WorkflowActivation, PollError>> {
        let worker = Arc::clone(&self.0);
        Box::pin(async move { worker.poll_workflow_activation().await.map_err(poll_error) })
    }

    /// Returns when a poll has everything that follows from what the worker was told before. The core works off
    /// what it is told in order, and this waits for its answer to a question; to be called after the first poll.
    pub fn settle(&self) -> BoxFuture<'static, ()> {
        let worker = Arc::clone(&self.0);
        Box::pin(async move {
            worker.cached_workflows().await;
        })
    }

    /// Answers an activation. May wait for the server, even for more history.
    pub fn complete_workflow(
        &self,
        completion: WorkflowActivationCompletion,
    ) -> BoxFuture<'static, Result<(), CompletionError>> {
        let worker = Arc::clone(&self.0);
        Box::pin(async move {
            let completed = worker.complete_workflow_activation(completion).await;
            completed.map_err(|error| CompletionError(error.to_string()))
        })
    }

    /// Waits for work; to be called again as soon as it returns, and never twice at once.
    pub fn poll_activity(&self) -> BoxFuture<'static, Result<ActivityTask, PollError>> {
        let worker = Arc::clone(&self.0);
        Box::pin(async move { worker.poll_activity_task().await.map_err(poll_error) })
    }

    pub fn complete_activity(
        &self,
        completion: ActivityTaskCompletion,
    ) -> BoxFuture<'static, Result<(), CompletionError>> {
        let worker = Arc::clone(&self.0);
        Box::pin(async move {
            let completed = worker.complete_activity_task(completion).await;
            completed.map_err(|error| CompletionError(error.to_string()))
        })
    }

    /// Tells the server, at most once in a while, that an activity is alive.
    pub fn record_heartbeat(&self, heartbeat: ActivityHeartbeat) {
        self.0.record_activity_heartbeat(heartbeat);
    }

    /// Takes a run out of memory.
    pub fn request_eviction(&self, run_id: &str) {
        self.0.request_workflow_eviction(run_id);
    }

    /// From now on the worker uses this connection.
    pub fn replace_connection(&self, connection: &Connection) -> Result<(), String> {
        self.0.replace_client(connection.0.clone()).map_err(|error| error.to_string())
    }

    /// Ends the polls; they give what is still open and then [`PollError::ShutDown`]. Needs a
    /// running tokio runtime.
    pub fn initiate_shutdown(&self) {
        self.0.initiate_shutdown();
    }

    /// Waits until everything is answered, and gives back what the worker held.
    pub fn finalize(self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.0.shutdown().await;
            if let Ok(worker) = Arc::try_unwrap(self.0) {
                worker.finalize_shutdown().await;
            }
        })
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({:?})", self.0.get_config().task_queue)
    }
}

fn poll_error(error: CorePollError) -> PollError {
    match error {
        CorePollError::ShutDown => PollError::ShutDown,
        CorePollError::TonicError(status) => PollError::Refused(status.into()),
    }
}

pub(crate) fn core_config(options: WorkerOptions) -> Result<WorkerConfig, String> {
    WorkerConfig::builder()
        .namespace(options.namespace)
        .task_queue(options.task_queue)
        .maybe_client_identity_override(options.identity)
        .task_types(WorkerTaskTypes {
            enable_workflows: options.workflows,
            enable_local_activities: options.workflows,
            enable_remote_activities: options.activities,
            enable_nexus: false,
        })
        .max_cached_workflows(options.max_cached_workflows)
        .max_outstanding_workflow_tasks(options.max_workflow_tasks)
        .max_outstanding_activities(options.max_activities)
        .max_outstanding_local_activities(options.max_local_activities)
        .workflow_task_poller_behavior(poller_behavior(options.workflow_pollers))
        .activity_task_poller_behavior(poller_behavior(options.activity_pollers))
        .max_eager_activity_reservations_per_workflow_task(options.max_eager_activities)
        .maybe_max_worker_activities_per_second(options.worker_activities_per_second)
        .maybe_max_task_queue_activities_per_second(options.task_queue_activities_per_second)
        .sticky_queue_schedule_to_start_timeout(options.sticky_schedule_to_start_timeout)
        .max_heartbeat_throttle_interval(options.max_heartbeat_throttle_interval)
        .default_heartbeat_throttle_interval(options.default_heartbeat_throttle_interval)
        .graceful_shutdown_period(options.graceful_shutdown)
        .workflow_types_to_failure_errors(failure_errors(options.failed_by_non_determinism))
        .versioning_strategy(versioning_strategy(options.versioning))
        .build()
}

fn failure_errors(workflow_types: Vec<String>) -> HashMap<String, HashSet<WorkflowErrorType>> {
    let errors = HashSet::from([WorkflowErrorType::Nondeterminism]);
    workflow_types.into_iter().map(|workflow_type| (workflow_type, errors.clone())).collect()
}

fn poller_behavior(pollers: Pollers) -> PollerBehavior {
    match pollers {
        Pollers::Fixed(count) => PollerBehavior::SimpleMaximum(count),
        Pollers::Auto => PollerBehavior::Autoscaling { minimum: 1, maximum: 100, initial: 5 },
    }
}

fn versioning_strategy(versioning: Option<Versioning>) -> WorkerVersioningStrategy {
    let Some(versioning) = versioning else { return WorkerVersioningStrategy::default() };
    let version = WorkerDeploymentVersion::builder()
        .deployment_name(versioning.deployment_name)
        .build_id(versioning.build_id)
        .build();
    let behavior = versioning
        .pinned
        .map(|pinned| if pinned { VersioningBehavior::Pinned } else { VersioningBehavior::AutoUpgrade });
    WorkerVersioningStrategy::WorkerDeploymentBased(
        WorkerDeploymentOptions::new(version)
            .use_worker_versioning(versioning.use_versioning)
            .maybe_default_versioning_behavior(behavior.filter(|_| versioning.use_versioning))
            .build(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> WorkerOptions {
        WorkerOptions {
            namespace: "shop".to_owned(),
            task_queue: "dev-orders".to_owned(),
            identity: Some("me".to_owned()),
            workflows: false,
            activities: true,
            max_cached_workflows: 11,
            max_workflow_tasks: 12,
            max_activities: 13,
            max_local_activities: 14,
            workflow_pollers: Pollers::Fixed(15),
            activity_pollers: Pollers::Auto,
            max_eager_activities: 16,
            worker_activities_per_second: Some(17.0),
            task_queue_activities_per_second: Some(18.0),
            sticky_schedule_to_start_timeout: Duration::from_secs(19),
            max_heartbeat_throttle_interval: Duration::from_secs(20),
            default_heartbeat_throttle_interval: Duration::from_secs(21),
            graceful_shutdown: Duration::from_secs(22),
            failed_by_non_determinism: vec!["app:order".to_owned()],
            versioning: Some(Versioning {
                deployment_name: "orders".to_owned(),
                build_id: "v2".to_owned(),
                use_versioning: true,
                pinned: Some(true),
            }),
        }
    }

    #[test]
    fn every_option_reaches_the_core() {
        let core = core_config(options()).unwrap();
        assert_eq!(core.namespace, "shop");
        assert_eq!(core.task_queue, "dev-orders");
        assert_eq!(core.client_identity_override.as_deref(), Some("me"));
        assert_eq!(core.max_cached_workflows, 11);
        assert_eq!(core.max_outstanding_workflow_tasks, Some(12));
        assert_eq!(core.max_outstanding_activities, Some(13));
        assert_eq!(core.max_outstanding_local_activities, Some(14));
        assert_eq!(core.workflow_task_poller_behavior, Some(PollerBehavior::SimpleMaximum(15)));
        let auto = PollerBehavior::Autoscaling { minimum: 1, maximum: 100, initial: 5 };
        assert_eq!(core.activity_task_poller_behavior, Some(auto));
        assert_eq!(core.max_eager_activity_reservations_per_workflow_task, 16);
        assert_eq!(core.max_worker_activities_per_second, Some(17.0));
        assert_eq!(core.max_task_queue_activities_per_second, Some(18.0));
        assert_eq!(core.sticky_queue_schedule_to_start_timeout, Duration::from_secs(19));
        assert_eq!(core.max_heartbeat_throttle_interval, Duration::from_secs(20));
        assert_eq!(core.default_heartbeat_throttle_interval, Duration::from_secs(21));
        assert_eq!(core.graceful_shutdown_period, Some(Duration::from_secs(22)));
        let errors = HashSet::from([WorkflowErrorType::Nondeterminism]);
        assert_eq!(core.workflow_types_to_failure_errors, HashMap::from([("app:order".to_owned(), errors)]));
    }

    #[test]
    fn a_worker_polls_for_what_it_is_told_to() {
        let polled = |workflows, activities| {
            let core = core_config(WorkerOptions { workflows, activities, ..options() }).unwrap();
            let types = core.task_types;
            (types.enable_workflows, types.enable_local_activities, types.enable_remote_activities, types.enable_nexus)
        };
        assert_eq!(polled(false, true), (false, false, true, false));
        assert_eq!(polled(true, false), (true, true, false, false));
    }

    #[test]
    fn a_version_reaches_the_core() {
        let strategy = |use_versioning| {
            let versioning = options().versioning.map(|version| Versioning { use_versioning, ..version });
            match core_config(WorkerOptions { versioning, ..options() }).unwrap().versioning_strategy {
                WorkerVersioningStrategy::WorkerDeploymentBased(options) => options,
                other => panic!("{other:?}"),
            }
        };
        let used = strategy(true);
        assert_eq!((used.version.deployment_name.as_str(), used.version.build_id.as_str()), ("orders", "v2"));
        assert!(used.use_worker_versioning);
        assert_eq!(used.default_versioning_behavior, Some(VersioningBehavior::Pinned));
        assert_eq!(strategy(false).default_versioning_behavior, None);
    }
}
