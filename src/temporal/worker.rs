//! `temporal.worker` while it runs: one core worker, its two poll loops, and their orderly end.

use std::sync::Arc;

use metonic_bridge::{PollError, Pollers, Versioning as BridgeVersioning, Worker, WorkerOptions};

use crate::{
    diag::Show,
    entry::EntryId,
    function::Functions,
    service::{Exports, Service, ServiceCx, ServiceError},
    temporal::{
        config::{Poller, Versioning, VersioningBehavior, WorkerConfig},
        connect::{Client, identity},
        core::Core,
        eviction::Eviction,
        functions::{FunctionCx, Running, poll_functions},
        local_ends::local_ends,
        mismatch::Asked,
        wire::CommandCx,
        workflows::{WorkflowCx, poll_workflows},
    },
    workflow::{Problems, Workflows},
};

/// One worker, as a service.
pub(crate) struct WorkerService {
    config: WorkerConfig,
    client: EntryId,
    workflows: Arc<dyn Workflows>,
    functions: Arc<dyn Functions>,
    show: Option<Show>,
}

impl WorkerService {
    /// A worker on the connection that the entry `client` lends.
    pub(crate) fn new(
        config: WorkerConfig,
        client: EntryId,
        workflows: Arc<dyn Workflows>,
        functions: Arc<dyn Functions>,
    ) -> Self {
        Self { config, client, workflows, functions, show: None }
    }

    /// Problems of workflows are shown to someone, and not in the log.
    pub(crate) fn shown_by(mut self, show: Option<Show>) -> Self {
        self.show = show;
        self
    }

    async fn start(&self, id: &EntryId, exports: &Exports) -> Result<(Worker, Arc<Client>), ServiceError> {
        let client = exports.get::<Client>(&self.client);
        let client = client.ok_or_else(|| ServiceError::new(format!("`{}` is not connected", self.client)))?;
        let core = exports.root::<Core>();
        let core = core.ok_or_else(|| ServiceError::fatal("the process has no Temporal core"))?;
        let options = options(&self.config, &client.namespace, client.queue(&self.config.task_queue), id);
        let worker = Worker::new(&core.0, options, &client.connection).map_err(ServiceError::new)?;
        if let Err(error) = worker.validate().await {
            worker.finalize().await;
            let namespace = &client.namespace;
            return Err(ServiceError::new(format!("namespace `{namespace}` cannot be used: {error}")));
        }
        Ok((worker, client))
    }
}

impl Service for WorkerService {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        let ServiceCx { id, stop, ready, note, exports } = cx;
        let (worker, client) = self.start(&id, &exports).await?;
        let task_queue = client.queue(&self.config.task_queue);
        let (ends, steps) = local_ends();
        let workflow_cx = Arc::new(WorkflowCx {
            worker: worker.clone(),
            client: Arc::clone(&client),
            workflows: Arc::clone(&self.workflows),
            asked: Asked::default(),
            eviction: Eviction::new(evicts(&self.config)),
            namespace: client.namespace.clone(),
            commands: CommandCx {
                queue_prefix: client.queue_prefix.clone(),
                task_queue: task_queue.clone(),
                namespace: client.namespace.clone(),
            },
            problems: Problems::shown_by(self.show.clone()),
        });
        let function_cx = Arc::new(FunctionCx {
            worker: worker.clone(),
            client,
            identity: identity_of(&self.config, &id),
            functions: Arc::clone(&self.functions),
            task_queue: task_queue.clone(),
            running: Running::default(),
            ends,
        });
        let (workflows, activities) = (self.config.workflows, self.config.remote_activities || self.config.workflows);
        let polling = async {
            tokio::join!(async { if workflows { poll_workflows(workflow_cx, steps).await } else { Ok(()) } }, async {
                if activities { poll_functions(function_cx).await } else { Ok(()) }
            },)
        };
        tokio::pin!(polling);
        note.set(format!("polling task queue {task_queue}"));
        tracing::debug!(entry = %id, task_queue, "Polling.");
        ready.set(Exports::default());
        // Cancel-safe: `polling` is pinned and goes on after the stop.
        let polled = tokio::select! {
            polled = &mut polling => polled,
            () = stop.cancelled() => {
                note.set(format!("draining {task_queue}"));
                worker.initiate_shutdown();
                polling.await
            }
        };
        worker.finalize().await;
        // Another worker may get one of its runs as soon as this one is gone.
        self.workflows.leave().await;
        if stop.is_cancelled() { Ok(()) } else { Err(why_over(polled, &task_queue)) }
    }
}

/// Why polling ended that nobody has stopped. A refusal is never for good: a key may be renewed, a
/// namespace made; so the worker is started again, each time after a longer wait.
fn why_over((workflows, functions): (Result<(), PollError>, Result<(), PollError>), task_queue: &str) -> ServiceError {
    match (workflows, functions) {
        (Err(PollError::Refused(error)), _) | (_, Err(PollError::Refused(error))) => {
            ServiceError::new(format!("the server refuses to give work for {task_queue}: {error}"))
        }
        _ => ServiceError::ended(),
    }
}

impl std::fmt::Debug for WorkerService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WorkerService({:?})", self.config.task_queue)
    }
}

/// What the server shows as the worker's name.
fn identity_of(config: &WorkerConfig, id: &EntryId) -> String {
    config.identity.clone().unwrap_or_else(|| identity(&id.to_string()))
}

/// How many runs the core keeps. Without room for any it takes a run out while its local activities are under
/// way, as soon as another one has a task; so it gets room for all that have a task, and each is taken out when
/// its task is over. A core that keeps runs polls two queues at once and needs two slots for that; a single slot
/// needs no room, since no other run gets a task meanwhile.
fn room(config: &WorkerConfig) -> usize {
    match config.max_cached_workflows {
        0 if config.max_workflow_tasks > 1 => config.max_workflow_tasks,
        given => given,
    }
}

/// Whether each run is taken out of memory after each of its tasks.
fn evicts(config: &WorkerConfig) -> bool {
    config.evicts_after_each_task || room(config) != config.max_cached_workflows
}

/// Where the core polls two queues, each needs a poller.
fn workflow_pollers(config: &WorkerConfig) -> Poller {
    match config.workflow_pollers {
        Poller::Fixed(1) if room(config) > 0 => Poller::Fixed(2),
        given => given,
    }
}

fn options(config: &WorkerConfig, namespace: &str, task_queue: String, id: &EntryId) -> WorkerOptions {
    WorkerOptions {
        namespace: namespace.to_owned(),
        task_queue,
        identity: Some(identity_of(config, id)),
        workflows: config.workflows,
        activities: config.remote_activities,
        max_cached_workflows: room(config),
        max_workflow_tasks: config.max_workflow_tasks,
        max_activities: config.max_activities,
        max_local_activities: config.max_local_activities,
        workflow_pollers: pollers(workflow_pollers(config)),
        activity_pollers: pollers(config.activity_pollers),
        // More than there are slots cannot begin.
        max_eager_activities: config.max_eager_activities.unwrap_or(config.max_activities),
        worker_activities_per_second: config.worker_activities_per_second,
        task_queue_activities_per_second: config.task_queue_activities_per_second,
        sticky_schedule_to_start_timeout: config.sticky_schedule_to_start_timeout,
        max_heartbeat_throttle_interval: config.max_heartbeat_throttle_interval,
        default_heartbeat_throttle_interval: config.default_heartbeat_throttle_interval,
        graceful_shutdown: config.worker_stop_timeout,
        failed_by_non_determinism: config.failed_by_non_determinism.clone(),
        versioning: config.versioning.as_ref().map(versioning),
    }
}

fn pollers(poller: Poller) -> Pollers {
    match poller {
        Poller::Fixed(count) => Pollers::Fixed(count),
        Poller::Auto => Pollers::Auto,
    }
}

fn versioning(versioning: &Versioning) -> BridgeVersioning {
    BridgeVersioning {
        deployment_name: versioning.deployment_name.clone(),
        build_id: versioning.build_id.clone(),
        use_versioning: versioning.use_versioning,
        pinned: versioning.default_behavior.map(|behavior| behavior == VersioningBehavior::Pinned),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use metonic_bridge::{CallError, Code};

    use super::*;

    fn config() -> WorkerConfig {
        WorkerConfig {
            task_queue: "orders".to_owned(),
            identity: None,
            max_activities: 11,
            max_workflow_tasks: 12,
            max_local_activities: 13,
            max_eager_activities: Some(14),
            activity_pollers: Poller::Fixed(15),
            workflow_pollers: Poller::Auto,
            worker_activities_per_second: Some(16.0),
            task_queue_activities_per_second: Some(17.0),
            sticky_schedule_to_start_timeout: Duration::from_secs(18),
            worker_stop_timeout: Duration::from_secs(19),
            max_heartbeat_throttle_interval: Duration::from_secs(20),
            default_heartbeat_throttle_interval: Duration::from_secs(21),
            workflows: true,
            remote_activities: false,
            versioning: Some(Versioning {
                deployment_name: "shop".to_owned(),
                build_id: "v2".to_owned(),
                use_versioning: true,
                default_behavior: Some(VersioningBehavior::AutoUpgrade),
            }),
            max_cached_workflows: 22,
            failed_by_non_determinism: vec!["app:order".to_owned()],
            evicts_after_each_task: false,
            deadlock_timeout: Duration::from_secs(23),
            largest_state: 24,
        }
    }

    fn options_of(config: &WorkerConfig) -> WorkerOptions {
        options(config, "shop", "dev-orders".to_owned(), &EntryId::parse("app:worker", None).unwrap())
    }

    #[test]
    fn every_setting_reaches_the_worker() {
        let expected = WorkerOptions {
            namespace: "shop".to_owned(),
            task_queue: "dev-orders".to_owned(),
            identity: Some("me".to_owned()),
            workflows: true,
            activities: false,
            max_cached_workflows: 22,
            max_workflow_tasks: 12,
            max_activities: 11,
            max_local_activities: 13,
            workflow_pollers: Pollers::Auto,
            activity_pollers: Pollers::Fixed(15),
            max_eager_activities: 14,
            worker_activities_per_second: Some(16.0),
            task_queue_activities_per_second: Some(17.0),
            sticky_schedule_to_start_timeout: Duration::from_secs(18),
            max_heartbeat_throttle_interval: Duration::from_secs(20),
            default_heartbeat_throttle_interval: Duration::from_secs(21),
            graceful_shutdown: Duration::from_secs(19),
            failed_by_non_determinism: vec!["app:order".to_owned()],
            versioning: Some(BridgeVersioning {
                deployment_name: "shop".to_owned(),
                build_id: "v2".to_owned(),
                use_versioning: true,
                pinned: Some(false),
            }),
        };
        assert_eq!(options_of(&WorkerConfig { identity: Some("me".to_owned()), ..config() }), expected);
    }

    #[test]
    fn a_worker_that_keeps_nothing_has_room_for_every_run_with_a_task() {
        let of = |slots, poller| {
            let config = WorkerConfig {
                max_cached_workflows: 0,
                max_workflow_tasks: slots,
                workflow_pollers: poller,
                ..config()
            };
            let options = options_of(&config);
            (options.max_cached_workflows, options.workflow_pollers, evicts(&config))
        };
        assert_eq!(of(12, Poller::Auto), (12, Pollers::Auto, true));
        assert_eq!(of(2, Poller::Fixed(1)), (2, Pollers::Fixed(2), true));
        assert_eq!(of(1, Poller::Fixed(1)), (0, Pollers::Fixed(1), false));
        assert!(!evicts(&config()));
    }

    #[test]
    fn a_worker_without_a_name_polls_as_entry_host_and_process() {
        let polled = options_of(&config()).identity.unwrap();
        assert_eq!(polled, identity("app:worker"));
    }

    #[test]
    fn without_a_limit_as_many_activities_start_with_a_task_as_there_are_slots() {
        assert_eq!(options_of(&WorkerConfig { max_eager_activities: None, ..config() }).max_eager_activities, 11);
        assert_eq!(options_of(&WorkerConfig { max_eager_activities: Some(0), ..config() }).max_eager_activities, 0);
    }

    #[test]
    fn a_worker_whose_polls_were_refused_is_started_again() {
        let refused = CallError { code: Code::PermissionDenied, message: "the key has expired".to_owned() };
        for polled in [
            (Err(PollError::Refused(refused.clone())), Ok(())),
            (Ok(()), Err(PollError::Refused(refused.clone()))),
            (Err(PollError::ShutDown), Err(PollError::Refused(refused))),
        ] {
            let error = why_over(polled, "orders");
            assert_eq!(error.message, "the server refuses to give work for orders: the key has expired");
            assert!(!error.fatal);
        }
    }
}
