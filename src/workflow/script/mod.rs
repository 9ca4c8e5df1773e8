//! For tests: activations written as text, runs that play them, and their commands as text.
//!
//! What an activation may say is told in [`read`], what a completion looks like in [`show`].

mod read;
mod show;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use indexmap::IndexMap;

use crate::{
    entry::EntryId,
    lua::{Compiler, Limits, ModuleSource, Program, ProgramSource, TextOrigin},
    source::{SourceMap, Span, Spanned},
    telemetry::Metrics,
    value::Value,
    workflow::{
        Activation, ActivityOptions, CalledFunction, CalledWorkflow, Catalog, Command, Completion, EVERY_TYPE, Emitted,
        FailurePolicy, HostOptions, Job, LaneRuns, Leaving, PROFILE, Queue, SIDE_EFFECT, UpdateAnswer, WorkerAddress,
        WorkflowEntry, lane::HostId, log::LogSink,
    },
};

pub(crate) use read::Reader;
pub(crate) use show::show;

/// The type of the workflow that scripts are about.
pub(crate) const TYPE: &str = "app:main";

/// A workflow, and what it is run with.
pub(crate) struct World {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) options: HostOptions,
    said: Arc<Mutex<Vec<String>>>,
    measured: Mutex<String>,
}

impl World {
    /// `main`, and libraries by the names that every text calls them.
    pub(crate) fn new(main: &str, libraries: &[(&str, &str)]) -> Self {
        let said = Arc::new(Mutex::new(Vec::new()));
        let of_sink = Arc::clone(&said);
        let mut options = HostOptions::new("app:temporal", "app:worker");
        options.log = LogSink::new(move |said| {
            let fields = Value::Map(said.line.fields.clone()).to_json();
            let name = said.line.name.map(|name| format!("{name}: ")).unwrap_or_default();
            let text = format!("{:?} {name}{} {fields} {}", said.line.level, said.line.message, said.place);
            of_sink.lock().unwrap().push(text);
        });
        options.metrics = Metrics::kept();
        // What comes of a text must not depend on how busy the machine is.
        options.limits = Some(Limits { wall: Duration::from_mins(1), ..PROFILE.limits });
        let entry =
            WorkflowEntry { id: id(TYPE), program: program(main, libraries), failure_policy: FailurePolicy::default() };
        let catalog = Catalog {
            workflows: IndexMap::from_iter([(TYPE.to_owned(), Arc::new(entry))]),
            functions: IndexMap::new(),
            callable: IndexMap::from_iter([(TYPE.to_owned(), of_worker(TYPE, "app:worker"))]),
            workers: IndexMap::new(),
            unreadable: BTreeMap::new(),
        };
        Self { catalog: Arc::new(catalog), options, said, measured: Mutex::default() }
    }

    pub(crate) fn policy(mut self, policy: FailurePolicy) -> Self {
        let catalog = Arc::make_mut(&mut self.catalog);
        let entry = Arc::make_mut(&mut catalog.workflows[TYPE]);
        entry.failure_policy = policy;
        self
    }

    /// The workflow is registered for every type that no other one has.
    pub(crate) fn every_type(mut self) -> Self {
        let catalog = Arc::make_mut(&mut self.catalog);
        let entry = catalog.workflows.shift_remove(TYPE).expect("it is registered once");
        catalog.workflows.insert(EVERY_TYPE.to_owned(), entry);
        self
    }

    /// A function that has a name of its own at the server, options, and perhaps a queue.
    pub(crate) fn function(
        mut self,
        id: &str,
        activity_type: &str,
        options: ActivityOptions,
        queue: Option<&str>,
    ) -> Self {
        let queue = queue.map_or(Queue::Own, |queue| Queue::Named(queue.to_owned()));
        let activity_type = activity_type.to_owned();
        let called = CalledFunction { activity_type, options, queue, ..CalledFunction::default() };
        Arc::make_mut(&mut self.catalog).functions.insert(id.to_owned(), called);
        self
    }

    /// No worker of the project runs a function.
    pub(crate) fn function_unbound(mut self, id: &str) -> Self {
        Arc::make_mut(&mut self.catalog).functions[id].unbound = true;
        self
    }

    /// A function runs on a worker of a client that is connected to another server.
    pub(crate) fn function_elsewhere(mut self, id: &str, client: &str) -> Self {
        Arc::make_mut(&mut self.catalog).functions[id].elsewhere = Some(client.to_owned());
        self
    }

    /// An entry cannot be called as it is.
    pub(crate) fn unreadable(mut self, id: &str, why: &str) -> Self {
        Arc::make_mut(&mut self.catalog).unreadable.insert(id.to_owned(), why.to_owned());
        self
    }

    /// A workflow that can be a child, and the worker that runs it; nothing: no worker does.
    pub(crate) fn workflow(mut self, id: &str, workflow_type: &str, worker: Option<&str>) -> Self {
        let worker = worker.map(str::to_owned);
        let called = CalledWorkflow { workflow_type: workflow_type.to_owned(), worker, ..CalledWorkflow::default() };
        Arc::make_mut(&mut self.catalog).callable.insert(id.to_owned(), called);
        self
    }

    /// Another worker of the project, its queue as the server knows it, its namespace, if it has another one,
    /// and its client, if that is connected to another server.
    pub(crate) fn worker(mut self, id: &str, queue: &str, namespace: Option<&str>, elsewhere: Option<&str>) -> Self {
        let namespace = namespace.map(str::to_owned);
        let client = elsewhere.unwrap_or(&self.options.client).to_owned();
        let address = WorkerAddress { client, queue: queue.to_owned(), namespace, elsewhere: elsewhere.is_some() };
        Arc::make_mut(&mut self.catalog).workers.insert(id.to_owned(), address);
        self
    }

    /// What was said since it was asked for last.
    pub(crate) fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().unwrap())
    }

    /// What the workflow had counted and measured when it was played first, as Prometheus reads it.
    pub(crate) fn measured(&self) -> String {
        let own = |line: &&str| !line.starts_with('#') && !line.starts_with("metonic_");
        self.measured.lock().unwrap().lines().filter(own).collect::<Vec<_>>().join("\n")
    }

    /// Lanes that know nothing yet.
    pub(crate) fn player(&self) -> Player<'_> {
        Player { world: self, lane: LaneRuns::default(), options: Arc::new(self.options.clone()) }
    }
}

/// One lane that plays activations.
pub(crate) struct Player<'a> {
    world: &'a World,
    pub(crate) lane: LaneRuns,
    options: Arc<HostOptions>,
}

impl Player<'_> {
    pub(crate) fn play(&mut self, activation: Activation) -> Completion {
        let key = (HostId(0), Arc::from(activation.run_id.as_str()));
        self.lane.activate(&key, activation, &self.world.catalog, &self.options)
    }

    pub(crate) fn evict(&mut self, run_id: &str) {
        self.lane.evict(HostId(0), run_id, Leaving::Settled, &self.world.catalog);
    }
}

/// What each activation led to. The same has to come of it when the run is rebuilt from its history
/// before each of them, and when another run goes on beside it in the same VM. A history knows nothing of
/// queries and of updates that were rejected.
pub(crate) fn play(world: &World, activations: &[Activation]) -> Vec<Completion> {
    let mut player = world.player();
    let completions: Vec<_> = activations.iter().map(|activation| player.play(activation.clone())).collect();
    let said = world.said();
    *world.measured.lock().unwrap() = world.options.metrics.text();
    for upto in 0..activations.len() {
        let mut player = world.player();
        for (at, activation) in activations[..=upto].iter().enumerate() {
            if at < upto && leaves_no_trace(activation, &completions[at]) {
                continue;
            }
            let replaying = activation.replaying || at < upto;
            let mut jobs = activation.jobs.clone();
            if at < upto {
                announce_patches(&mut jobs, &completions[at]);
            }
            let completion = player.play(Activation { replaying, jobs, ..activation.clone() });
            assert_eq!(matched(completion), matched(completions[at].clone()), "activation {at}, rebuilt before {upto}");
        }
        player.evict(&activations[0].run_id);
    }
    let mut player = world.player();
    for (activation, completion) in activations.iter().zip(&completions) {
        let other = Activation { run_id: "another".to_owned(), ..activation.clone() };
        player.play(other);
        let beside = player.play(activation.clone());
        if !matches!(completion, Completion::TaskFailed(_)) {
            assert_eq!(beside, *completion, "beside another run");
        }
    }
    world.said();
    *world.said.lock().unwrap() = said;
    completions
}

fn leaves_no_trace(activation: &Activation, completion: &Completion) -> bool {
    let Completion::Commands(commands) = completion else { return false };
    let asks = |job: &Job| matches!(job, Job::Query(_) | Job::Update(_));
    let says_no = |emitted: &Emitted| match &emitted.command {
        Command::AnswerUpdate { answer, .. } => matches!(answer, UpdateAnswer::Reject(_)),
        command => matches!(command, Command::AnswerQuery { .. }),
    };
    activation.jobs.iter().all(asks) && commands.iter().all(says_no)
}

/// On a replay the core tells of the patches that a step is about to set.
fn announce_patches(jobs: &mut Vec<Job>, completion: &Completion) {
    let Completion::Commands(commands) = completion else { return };
    let set = commands.iter().filter_map(|emitted| match &emitted.command {
        Command::SetPatch { id, .. } => Some(Job::Patch(id.clone())),
        _ => None,
    });
    let new: Vec<Job> = set.filter(|patch| !jobs.contains(patch)).collect();
    jobs.extend(new);
}

fn of_worker(workflow_type: &str, worker: &str) -> CalledWorkflow {
    CalledWorkflow {
        workflow_type: workflow_type.to_owned(),
        worker: Some(worker.to_owned()),
        ..CalledWorkflow::default()
    }
}

/// What the core compares with a history: a side effect is not run again to be compared.
pub(crate) fn matched(mut completion: Completion) -> Completion {
    if let Completion::Commands(commands) = &mut completion {
        for emitted in commands {
            if let Command::ScheduleActivity(activity) = &mut emitted.command
                && activity.activity_type == SIDE_EFFECT
            {
                activity.arguments.clear();
            }
        }
    }
    completion
}

fn id(text: &str) -> EntryId {
    EntryId::parse(text, None).unwrap()
}

/// `main` may name every module and import every library; so may the libraries.
pub(crate) fn program(main: &str, libraries: &[(&str, &str)]) -> Arc<Program> {
    let mut sources = SourceMap::default();
    let imports: IndexMap<_, _> =
        libraries.iter().map(|(name, _)| ((*name).to_owned(), id(&format!("app:{name}")))).collect();
    let mut module = |name: &str, text: &str| {
        let source = sources.add(&format!("{name}.lua"), text);
        let span = Span::new(source, 0, 0);
        ModuleSource {
            id: id(&format!("app:{name}")),
            text: text.into(),
            origin: TextOrigin::file(source),
            modules: PROFILE.modules.iter().map(|module| Spanned::new(module.name.to_owned(), span)).collect(),
            imports: imports.clone(),
        }
    };
    let main = module("main", main);
    let libraries = libraries.iter().map(|(name, text)| module(name, text)).collect();
    let method = Spanned::new("main".to_owned(), Span::new(main.origin.source, 0, 0));
    let source = ProgramSource { main, libraries, method, profile: &PROFILE };
    Compiler::default().compile(&source, &Arc::new(sources)).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}
