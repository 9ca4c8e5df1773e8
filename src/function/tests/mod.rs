//! Functions as a worker runs them, without a worker.

mod cancellation;
mod http_client;
mod modules;
mod outcomes;
mod problems;
mod sql;
mod sql_ids;

use std::{
    collections::BTreeMap,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{runtime::Handle, sync::watch};

use crate::{
    diag::Teller,
    entry::EntryId,
    lua::{Compiler, ModuleSource, Profile, ProgramSource, TextOrigin},
    source::{SourceMap, Span, Spanned},
    telemetry::Metrics,
    value::{Failure, Value, failure_kind},
};

use super::{lane::Vms, *};

/// Every module that the tests' functions may use.
const MODULES: [&str; 13] = [
    "activity",
    "crypto",
    "ctx",
    "env",
    "errors",
    "funcs",
    "http_client",
    "json",
    "logger",
    "metrics",
    "sql",
    "time",
    "yaml",
];

/// A function `app:NAME` of this code, which stands in `NAME.lua`.
pub(super) fn entry(name: &str, code: &str) -> Arc<FunctionEntry> {
    entry_that_may_reach(name, code, Allow::default())
}

fn entry_that_may_reach(name: &str, code: &str, allow: Allow) -> Arc<FunctionEntry> {
    entry_of(&PROFILE, name, code, allow)
}

fn entry_of(profile: &'static Profile, name: &str, code: &str, allow: Allow) -> Arc<FunctionEntry> {
    let id = EntryId::parse(name, Some("app")).unwrap();
    let mut sources = SourceMap::default();
    let source = sources.add(&format!("{name}.lua"), code);
    let nowhere = Span::new(source, 0, 0);
    let main = ModuleSource {
        id: id.clone(),
        text: code.into(),
        origin: TextOrigin::file(source),
        modules: MODULES.map(|module| Spanned::new(module.to_owned(), nowhere)).to_vec(),
        imports: [].into_iter().collect(),
    };
    let method = Spanned::new("main".to_owned(), nowhere);
    let program = Compiler::default()
        .compile(&ProgramSource { main, libraries: Vec::new(), method, profile }, &Arc::new(sources))
        .unwrap();
    Arc::new(FunctionEntry { id, program, allow })
}

/// An attempt of the activity `app:f`.
fn task(arguments: Vec<Value>) -> FunctionTask {
    FunctionTask {
        activity_type: "app:f".to_owned(),
        activity_id: "7".to_owned(),
        token: vec![1],
        arguments,
        headers: [].into_iter().collect(),
        attempt: 2,
        namespace: "default".to_owned(),
        task_queue: "queue".to_owned(),
        workflow_id: "order-1".to_owned(),
        run_id: "run-1".to_owned(),
        workflow_type: "app:order".to_owned(),
        heartbeat_details: Vec::new(),
        scheduled: None,
        started: None,
        schedule_to_close: None,
        start_to_close: None,
        heartbeat_timeout: None,
        is_local: false,
    }
}

/// Variables in memory; `LOCKED` cannot be written.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<String, String>>);

impl Variables for Memory {
    fn get(&self, name: &str, _: &str) -> Result<String, Failure> {
        let found = self.0.lock().unwrap().get(name).cloned();
        found.ok_or_else(|| Failure::new(failure_kind::NOT_FOUND, format!("no variable `{name}`")))
    }

    fn set(&self, name: &str, _: &str, value: &str) -> Result<(), Failure> {
        if name == "LOCKED" {
            return Err(Failure::new(failure_kind::PERMISSION_DENIED, "read-only"));
        }
        self.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn all(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().clone()
    }
}

/// A project without databases.
fn no_databases() -> ProjectDatabases {
    ProjectDatabases { databases: Databases::new(Handle::current()), known: Vec::new() }
}

/// What runs the tests' functions: one lane's states, on the test's own thread.
struct Bench {
    vms: Rc<Vms>,
    world: Arc<World>,
    functions: Vec<Arc<FunctionEntry>>,
    teller: Option<Arc<Teller>>,
}

impl Bench {
    fn new() -> Self {
        let world = World {
            http: HttpClient::new(Handle::current()),
            variables: Arc::new(Memory::default()),
            metrics: Metrics::default(),
            databases: no_databases(),
            grace: Duration::from_secs(10),
        };
        Self { vms: Rc::default(), world: Arc::new(world), functions: Vec::new(), teller: None }
    }

    async fn run_with(
        &self,
        entry: &Arc<FunctionEntry>,
        task: FunctionTask,
        context: FunctionContext,
    ) -> FunctionOutcome {
        let catalog = Catalog::new([("app:f".to_owned(), Arc::clone(entry))], self.functions.iter().cloned());
        let (entry, world) = (Arc::clone(entry), Arc::clone(&self.world));
        Rc::clone(&self.vms).run(task, entry, context, Arc::new(catalog), world, self.teller.clone()).await
    }
}

/// Runs a function once.
async fn run(code: &str, arguments: Vec<Value>) -> FunctionOutcome {
    Bench::new().run_with(&entry("f", code), task(arguments), alone()).await
}

/// What a function that begins with `body` gives; it must succeed.
async fn value(body: &str) -> Value {
    match run(&format!("return function(...) {body}\nend"), Vec::new()).await {
        FunctionOutcome::Completed(value) => value,
        other => panic!("{body}: {other:?}"),
    }
}

/// How a function that begins with `body` fails.
async fn failure(body: &str) -> Failure {
    match run(&format!("return function(...) {body}\nend"), Vec::new()).await {
        FunctionOutcome::Failed(failure) => failure,
        other => panic!("{body}: {other:?}"),
    }
}

/// A context that nobody watches and nobody cancels.
fn alone() -> FunctionContext {
    FunctionContext { cancel: watch::channel(None).1, heartbeat: Arc::new(|_| {}) }
}

/// A context that is cancelled from outside.
fn cancellable() -> (watch::Sender<Option<CancelReason>>, FunctionContext) {
    let (tx, rx) = watch::channel(None);
    (tx, FunctionContext { cancel: rx, ..alone() })
}
