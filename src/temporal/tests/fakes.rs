//! A server for all tests of this process, and workers whose workflows are closures.

use std::{
    future::Future,
    path::{Path, PathBuf},
    process,
    sync::{Arc, OnceLock, mpsc},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::{sync::oneshot, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    entry::EntryId,
    function::{FunctionContext, FunctionOutcome, FunctionTask, Functions},
    service::{BoxService, Exports, Ready, Service, ServiceCx, ServiceError, StatusNote},
    source::SourceMap,
    telemetry::Metrics,
    temporal::{
        Auth, Client, ClientConfig, Core, DevServer, DevServerOptions, Poller, RunKey, StartRequest, WorkerConfig,
        WorkerService, connect,
    },
    value::{Failure, Value},
    workflow::{
        Activation, ActivityTimeouts, Cancellation, Command, Completion, Emitted, Job, Leaving, Outcome, RunOptions,
        RunTimeouts, ScheduleActivity, Workflows,
    },
};

/// The address of a dev server that lives as long as this process.
pub(super) fn server() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let (tx, rx) = mpsc::channel();
        // Its own thread, because the server needs a runtime that outlives every test.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let server = DevServer::start(&temporal_command(), &DevServerOptions::default()).await.unwrap();
                tx.send(server.address().to_owned()).unwrap();
                std::future::pending::<()>().await;
            });
        });
        rx.recv().expect("the dev server starts")
    })
}

pub(super) fn temporal_command() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/temporal-server.sh");
    let found = process::Command::new("sh").arg(script).output().unwrap();
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    PathBuf::from(String::from_utf8(found.stdout).unwrap().trim_end())
}

pub(super) fn client_config(address: &str) -> ClientConfig {
    ClientConfig {
        address: address.to_owned(),
        namespace: "default".to_owned(),
        queue_prefix: "test-".to_owned(),
        connect_timeout: Duration::from_secs(5),
        keep_alive_time: Duration::from_secs(30),
        keep_alive_timeout: Duration::from_secs(10),
        compressed: false,
        auth: Auth::None,
        tls: None,
        health_check: None,
    }
}

pub(super) fn worker_config(task_queue: &str) -> WorkerConfig {
    WorkerConfig {
        task_queue: task_queue.to_owned(),
        identity: None,
        max_activities: 100,
        max_workflow_tasks: 100,
        max_local_activities: 100,
        max_eager_activities: None,
        activity_pollers: Poller::Fixed(2),
        workflow_pollers: Poller::Fixed(2),
        worker_activities_per_second: None,
        task_queue_activities_per_second: None,
        sticky_schedule_to_start_timeout: Duration::from_mins(5),
        worker_stop_timeout: Duration::from_secs(1),
        max_heartbeat_throttle_interval: Duration::from_mins(1),
        default_heartbeat_throttle_interval: Duration::from_secs(30),
        workflows: true,
        remote_activities: true,
        versioning: None,
        max_cached_workflows: 100,
        failed_by_non_determinism: Vec::new(),
        evicts_after_each_task: false,
        deadlock_timeout: Duration::from_secs(2),
        largest_state: 64 * 1024 * 1024,
    }
}

/// Workflows as one closure.
pub(super) struct Closure<F>(pub(super) F);

impl<F: Fn(Activation) -> Completion + Send + Sync + 'static> Workflows for Closure<F> {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        let completion = (self.0)(activation);
        Box::pin(async { completion })
    }

    fn evict(&self, _run_id: &str, _leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        Box::pin(async { None })
    }
}

impl<F, O> Functions for Closure<F>
where
    F: Fn(FunctionTask, FunctionContext) -> O + Send + Sync + 'static,
    O: Future<Output = FunctionOutcome> + Send + 'static,
{
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        Box::pin((self.0)(task, context))
    }
}

/// A worker that runs while this lives.
pub(super) struct Running {
    pub(super) client: Arc<Client>,
    pub(super) task_queue: String,
    stop: CancellationToken,
    services: JoinSet<Result<(), ServiceError>>,
}

impl Running {
    pub(super) async fn start(&self, workflow_id: &str, arguments: Vec<Value>) -> RunKey {
        let start = StartRequest {
            workflow_id: workflow_id.to_owned(),
            workflow_type: "test".to_owned(),
            task_queue: self.task_queue.clone(),
            arguments,
            // A task that took too long would be tried again.
            options: RunOptions {
                timeouts: RunTimeouts { task: Some(Duration::from_mins(2)), ..RunTimeouts::default() },
                ..RunOptions::default()
            },
            ..StartRequest::default()
        };
        self.client.start(start).await.unwrap()
    }

    /// Stops, and says how the worker ended.
    pub(super) async fn stop(mut self) -> Result<(), ServiceError> {
        self.stop.cancel();
        self.services.join_next().await.unwrap().unwrap()
    }
}

pub(super) async fn worker(config: WorkerConfig, workflows: impl Workflows, functions: impl Functions) -> Running {
    worker_at(server(), config, workflows, functions).await
}

pub(super) async fn worker_at(
    address: &str,
    config: WorkerConfig,
    workflows: impl Workflows,
    functions: impl Functions,
) -> Running {
    let client = Arc::new(connect(&client_config(address), "test").await.unwrap());
    let client_id = EntryId::new("test", "client").unwrap();
    let exports = Exports::default()
        .with_root(Arc::new(Core::new(&Metrics::default()).unwrap()))
        .with(&client_id, Arc::clone(&client));
    let task_queue = config.task_queue.clone();
    let service = WorkerService::new(config, client_id, Arc::new(workflows), Arc::new(functions));
    let stop = CancellationToken::new();
    let mut services = JoinSet::new();
    let ready = spawn(service, exports, stop.clone(), &mut services);
    ready.await.expect("the worker becomes ready");
    Running { client, task_queue, stop, services }
}

/// Runs a service; the receiver gets what it lends once it is ready.
pub(super) fn spawn(
    service: impl Service,
    exports: Exports,
    stop: CancellationToken,
    services: &mut JoinSet<Result<(), ServiceError>>,
) -> oneshot::Receiver<Exports> {
    let (tx, rx) = oneshot::channel();
    let ready = Ready::new(move |exports| drop(tx.send(exports)));
    let id = EntryId::new("test", "service").unwrap();
    let cx = ServiceCx { id, stop, ready, exports, note: StatusNote::new(|_| {}) };
    let mut service = BoxService::new(service);
    services.spawn(async move { service.run(cx).await });
    rx
}

/// No functions at all.
pub(super) async fn nothing(_task: FunctionTask, _context: FunctionContext) -> FunctionOutcome {
    FunctionOutcome::Failed(Failure::invalid("no functions"))
}

pub(super) fn commands(commands: impl IntoIterator<Item = Command>) -> Completion {
    let emitted = commands.into_iter().map(|command| Emitted { command, site: Vec::new() });
    Completion::Commands(emitted.collect())
}

/// The arguments, if the run begins with this activation.
pub(super) fn started(activation: &Activation) -> Option<Vec<Value>> {
    activation.jobs.iter().find_map(|job| match job {
        Job::Start(start) => Some(start.arguments.clone()),
        _ => None,
    })
}

pub(super) fn activity(seq: u32, arguments: Vec<Value>) -> Command {
    Command::ScheduleActivity(Box::new(ScheduleActivity {
        arguments,
        headers: [("wippy-context".to_owned(), Value::from("ctx"))].into_iter().collect(),
        timeouts: ActivityTimeouts { start_to_close: Some(Duration::from_mins(10)), ..ActivityTimeouts::default() },
        cancellation: Cancellation::TryCancel,
        eager: true,
        summary: Some("echo".to_owned()),
        ..ScheduleActivity::plain(seq, "echo")
    }))
}

/// Calls `echo` with its argument and completes with what it returns.
pub(super) fn calls_echo(activation: Activation) -> Completion {
    if let Some(arguments) = started(&activation) {
        return commands([activity(1, arguments)]);
    }
    let ended = activation.jobs.into_iter().find_map(|job| match job {
        Job::Resolve { outcome: Outcome::Completed(value), .. } => Some(Command::Complete(value)),
        Job::Resolve { outcome: Outcome::Failed(failure), .. } => Some(Command::Fail(failure)),
        _ => None,
    });
    commands(ended)
}

pub(super) async fn echo(task: FunctionTask, _context: FunctionContext) -> FunctionOutcome {
    assert_eq!(task.headers.get("wippy-context"), Some(&Value::from("ctx")));
    FunctionOutcome::Completed(task.arguments.into_iter().next().unwrap_or_default())
}
