//! The engine, with workflows in Lua and functions that are closures. The runtime's clock is paused,
//! so what takes real time takes none.

mod activities;
mod children;
mod ends;
mod local;
mod messages;
mod tasks;
mod time;
mod workers;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use tokio::task::yield_now;

use super::*;
use crate::{
    diag::Diagnostic,
    function::{CancelReason, FunctionContext, FunctionOutcome, FunctionTask, Functions},
    lua::Lanes,
    value::{Failure, Value},
    workflow::{
        Catalog, Headers, Host, LaneRuns, RetryPolicy, Signal, Update,
        script::{TYPE, World as Script},
    },
};

type Function = dyn Fn(FunctionTask, FunctionContext) -> BoxFuture<'static, FunctionOutcome> + Send + Sync;

struct Fake(Box<Function>);

impl Functions for Fake {
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        (self.0)(task, context)
    }
}

/// An engine with one worker, whose workflow is `app:main`.
struct Bench {
    engine: Engine,
    worker: Worker,
    lanes: Arc<Lanes<LaneRuns>>,
    catalog: Arc<ArcSwap<Catalog>>,
    attached: Option<Attached>,
    /// The headlines of the problems that were shown.
    shown: Arc<Mutex<Vec<String>>>,
}

impl Bench {
    fn new(main: &str) -> Self {
        Self::on(Clock::Skipping, main)
    }

    fn on(clock: Clock, main: &str) -> Self {
        let script = Script::new(main, &[]);
        let lanes = Arc::new(Lanes::start("test", 1, LaneRuns::default).unwrap());
        let catalog = Arc::new(ArcSwap::new(Arc::clone(&script.catalog)));
        let host = Host::new(Arc::clone(&lanes), Arc::clone(&catalog), script.options);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let to = Arc::clone(&shown);
        let worker = Worker {
            identity: "tester".to_owned(),
            namespace: "default".to_owned(),
            task_queue: "queue".to_owned(),
            queue_prefix: String::new(),
            workflows: Some(Arc::new(host)),
            functions: Arc::new(Fake(Box::new(|task, _| Box::pin(async move { echo(task) })))),
            activities: true,
            max_workflow_tasks: 10,
            max_activities: 10,
            max_local_activities: 10,
            max_cached_workflows: 10,
            evicts_after_each_task: false,
            failed_by_non_determinism: Vec::new(),
            stop_timeout: Duration::from_secs(1),
            show: Some(Arc::new(move |diagnostic: &Diagnostic| to.lock().unwrap().push(diagnostic.headline.clone()))),
        };
        Self { engine: Engine::new(clock, |_| {}), worker, lanes, catalog, attached: None, shown }
    }

    /// What its functions do.
    fn doing<O: Future<Output = FunctionOutcome> + Send + 'static>(
        mut self,
        function: impl Fn(FunctionTask, FunctionContext) -> O + Send + Sync + 'static,
    ) -> Self {
        let function: Box<Function> = Box::new(move |task, context| Box::pin(function(task, context)));
        self.worker.functions = Arc::new(Fake(function));
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Worker)) -> Self {
        change(&mut self.worker);
        self
    }

    fn attach(mut self) -> Self {
        self.attached = Some(self.engine.attach(self.worker.clone()));
        self
    }

    /// Other code for runs that begin, or are made anew.
    fn reload(&self, main: &str) {
        self.catalog.store(Arc::clone(&Script::new(main, &[]).catalog));
    }

    /// Other code for a run that is not in memory, as for a process that never had it there.
    async fn restart(&self, run: &Run, main: &str) {
        self.reload(main);
        let workflows = self.worker.workflows.as_ref().unwrap();
        // An answer is heard before the run has left its lane.
        while workflows.name_of(&run.run_id).await.is_some() {
            yield_now().await;
        }
        self.lanes.submit(0, |_| ()).await.unwrap();
        workflows.failed_after_all(&run.run_id);
    }

    fn begin(&self, arguments: Vec<Value>) -> Run {
        self.begin_with(|start| start.arguments = arguments)
    }

    fn begin_with(&self, change: impl FnOnce(&mut Start)) -> Run {
        self.engine.start(started(change)).unwrap()
    }

    /// The end of a run of these arguments.
    async fn end(&self, arguments: Vec<Value>) -> End {
        self.engine.result(&self.begin(arguments)).await.unwrap()
    }

    /// What such a run returns, as JSON.
    async fn value(&self, arguments: Vec<Value>) -> String {
        match self.end(arguments).await {
            End::Completed(value) => value.to_json(),
            other => panic!("{other:?}"),
        }
    }

    async fn result(&self, run: &Run) -> String {
        match self.engine.result(run).await.unwrap() {
            End::Completed(value) => value.to_json(),
            other => panic!("{other:?}"),
        }
    }
}

fn started(change: impl FnOnce(&mut Start)) -> Start {
    let mut start = Start {
        namespace: "default".to_owned(),
        workflow_id: "order-1".to_owned(),
        workflow_type: TYPE.to_owned(),
        task_queue: "queue".to_owned(),
        ..Start::default()
    };
    change(&mut start);
    start
}

fn echo(task: FunctionTask) -> FunctionOutcome {
    FunctionOutcome::Completed(task.arguments.into_iter().next().unwrap_or_default())
}

fn done(text: &str) -> FunctionOutcome {
    FunctionOutcome::Completed(text.into())
}

fn failed(kind: &str) -> FunctionOutcome {
    FunctionOutcome::Failed(Failure::new(kind, format!("no {kind}")))
}

/// A workflow that calls `app:f` with these options, takes that back after 10 s, and gives the kind of
/// the error.
fn called_off(options: &str) -> String {
    format!(
        "local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
        return function()
            local calls = funcs.new():with_options({{ {options} }})
            local call = workflow.scope(function() return calls:call('app:f') end)
            time.sleep('10s')
            call:cancel('enough')
            local _, err = call:result()
            return err:kind()
        end"
    )
}

fn signal(name: &str, argument: &str) -> Signal {
    Signal { name: name.to_owned(), arguments: vec![argument.into()], headers: Headers::default() }
}

fn update(name: &str, id: &str, argument: i64) -> Update {
    Update {
        id: id.to_owned(),
        protocol_id: String::new(),
        name: name.to_owned(),
        arguments: vec![Value::Int(argument)],
        headers: Headers::default(),
        validate: true,
        bytes: 0,
    }
}

fn three_times() -> RetryPolicy {
    RetryPolicy {
        initial_interval: None,
        backoff_coefficient: 2.0,
        maximum_interval: None,
        maximum_attempts: 3,
        non_retryable_error_types: Vec::new(),
    }
}

/// How long the engine's time has gone on since it began.
fn passed(engine: &Engine) -> Duration {
    engine.now().duration_since(Engine::new(Clock::Skipping, |_| {}).now()).unwrap()
}
