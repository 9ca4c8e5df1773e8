//! For tests: activations written as text, runs that play them, and their commands as text.
//!
//! An activation is a list of jobs, one a line: `start 41 {"a":1}`, `resolve 2`, `resolve 2 "x"`,
//! `fail 2 Invalid: no`, `cancel 2`, `signal name 1`, `ask to end: reason`, `query name`. Before
//! them may stand `after 5s`, `replaying`, and for a start `context {"k":1}`.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use indexmap::IndexMap;

use crate::{
    entry::EntryId,
    lua::{ModuleSource, Program, ProgramSource, TextOrigin},
    source::{SourceMap, Span, Spanned},
    value::{Failure, FailureInfo, Map, Value, format_duration, parse_duration},
    workflow::{
        Activation, ActivityOptions, CalledFunction, Catalog, Command, Completion, Emitted, FailurePolicy, Headers,
        HistorySize, HostOptions, Job, LaneRuns, Outcome, PROFILE, Query, Seq, Signal, Start, StartInfo, Update,
        UpdateAnswer, WorkflowEntry, lane::HostId, log::LogSink,
    },
};

/// The type of the workflow that scripts are about.
pub(crate) const TYPE: &str = "app:main";
/// 2026-01-01.
const BEGUN: Duration = Duration::from_hours(490_896);

/// A workflow, and what it is run with.
pub(crate) struct World {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) options: HostOptions,
    said: Arc<Mutex<Vec<String>>>,
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
        let entry =
            WorkflowEntry { id: id(TYPE), program: program(main, libraries), failure_policy: FailurePolicy::default() };
        let catalog = Catalog {
            workflows: IndexMap::from_iter([(TYPE.to_owned(), Arc::new(entry))]),
            functions: IndexMap::new(),
        };
        Self { catalog: Arc::new(catalog), options, said }
    }

    pub(crate) fn policy(mut self, policy: FailurePolicy) -> Self {
        let catalog = Arc::make_mut(&mut self.catalog);
        let entry = Arc::make_mut(&mut catalog.workflows[TYPE]);
        entry.failure_policy = policy;
        self
    }

    /// A function that has a name of its own at the server, and options.
    pub(crate) fn function(mut self, id: &str, activity_type: &str, options: ActivityOptions) -> Self {
        let called = CalledFunction { activity_type: activity_type.to_owned(), options };
        Arc::make_mut(&mut self.catalog).functions.insert(id.to_owned(), called);
        self
    }

    /// What was said since it was asked for last.
    pub(crate) fn said(&self) -> Vec<String> {
        std::mem::take(&mut *self.said.lock().unwrap())
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
        self.lane.activate(HostId(0), activation, &self.world.catalog, &self.options)
    }

    pub(crate) fn evict(&mut self, run_id: &str) {
        self.lane.evict(HostId(0), run_id, &self.world.catalog);
    }
}

/// What each activation led to. The same has to come of it when the run is rebuilt from its history
/// before each of them, and when another run goes on beside it in the same VM.
pub(crate) fn play(world: &World, activations: &[Activation]) -> Vec<Completion> {
    let mut player = world.player();
    let completions: Vec<_> = activations.iter().map(|activation| player.play(activation.clone())).collect();
    let said = world.said();
    for upto in 0..activations.len() {
        let mut player = world.player();
        for (at, activation) in activations[..=upto].iter().enumerate() {
            let replaying = activation.replaying || at < upto;
            let completion = player.play(Activation { replaying, ..activation.clone() });
            assert_eq!(completion, completions[at], "activation {at}, rebuilt before {upto}");
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
    Program::compile(&source, &sources).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"))
}

/// Reads activations; each goes on where the one before ended.
#[derive(Default)]
pub(crate) struct Reader {
    passed: Duration,
    count: u32,
}

impl Reader {
    pub(crate) fn read(&mut self, text: &str) -> Activation {
        self.count += 1;
        let (mut jobs, mut replaying, mut context) = (Vec::new(), false, Map::new());
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "after" => self.passed += parse_duration(rest).unwrap(),
                "replaying" => replaying = true,
                "context" => context = values(rest).remove(0).as_map().unwrap().clone(),
                _ => jobs.push(self.job(word, rest, &context)),
            }
        }
        Activation {
            run_id: "run-1".to_owned(),
            time: SystemTime::UNIX_EPOCH + BEGUN + self.passed,
            replaying,
            history: HistorySize { events: self.count * 4, bytes: 100, continue_as_new_suggested: false },
            jobs,
        }
    }

    fn job(&self, word: &str, rest: &str, context: &Map) -> Job {
        let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
        let headers = if context.is_empty() {
            Headers::default()
        } else {
            Headers::from_iter([("wippy-context".to_owned(), Value::Map(context.clone()))])
        };
        match word {
            "start" => Job::Start(Box::new(Start {
                workflow_type: TYPE.to_owned(),
                arguments: values(rest),
                seed: 7,
                headers,
                info: start_info(),
            })),
            "resolve" => Job::Resolve {
                seq: seq(first),
                outcome: values(others).pop().map_or(Outcome::Fired, Outcome::Completed),
            },
            "fail" => {
                let (kind, message) = others.split_once(": ").unwrap();
                Job::Resolve { seq: seq(first), outcome: Outcome::Failed(Failure::new(kind, message)) }
            }
            "cancel" => Job::Resolve { seq: seq(first), outcome: Outcome::Failed(cancelled_activity()) },
            "signal" => Job::Signal(Signal { name: first.to_owned(), arguments: values(others), headers }),
            "update" => Job::Update(Update {
                id: "update-1".to_owned(),
                protocol_id: "protocol-1".to_owned(),
                name: first.to_owned(),
                arguments: values(others),
                headers,
                validate: true,
            }),
            "ask" => Job::Cancel { reason: rest.strip_prefix("to end").unwrap().trim_start_matches(": ").to_owned() },
            "query" => Job::Query(Query { id: "query-1".to_owned(), name: first.to_owned(), arguments: Vec::new() }),
            other => panic!("`{other}` is no job; after {} activations", self.count),
        }
    }
}

fn seq(text: &str) -> Seq {
    Seq(text.parse().unwrap())
}

/// JSON values, one after the other.
fn values(text: &str) -> Vec<Value> {
    serde_json::Deserializer::from_str(text).into_iter().map(|value| value.unwrap()).collect()
}

/// How the server tells of an activity that was cancelled.
fn cancelled_activity() -> Failure {
    let info = FailureInfo::Activity {
        activity_id: "1".to_owned(),
        activity_type: "app:work".to_owned(),
        identity: String::new(),
        retry_state: crate::value::RetryState::CancelRequested,
        scheduled_event: 5,
        started_event: 0,
    };
    Failure { info, ..Failure::new("Canceled", "activity cancelled") }.caused_by(Failure::canceled("canceled"))
}

fn start_info() -> StartInfo {
    StartInfo {
        workflow_id: "order-1".to_owned(),
        namespace: "default".to_owned(),
        task_queue: "orders".to_owned(),
        attempt: 1,
        first_run_id: "run-1".to_owned(),
        continued_run_id: None,
        cron: None,
        start_time: SystemTime::UNIX_EPOCH + BEGUN,
        execution_timeout: None,
        run_timeout: Some(Duration::from_hours(1)),
        task_timeout: Some(Duration::from_secs(10)),
        parent: None,
        root: None,
        memo: Map::from_iter([("team".to_owned(), Value::from("sales"))]),
        search_attributes: Map::new(),
        retry_policy: None,
        last_failure: None,
    }
}

/// A completion as specifications write it.
pub(crate) fn show(completion: &Completion) -> String {
    match completion {
        Completion::Commands(commands) if commands.is_empty() => "nothing\n".to_owned(),
        Completion::Commands(commands) => commands.iter().map(|emitted| show_command(emitted) + "\n").collect(),
        Completion::TaskFailed(failed) => {
            let mut lines = vec![
                format!("TaskFailed {:?}", failed.cause),
                format!("{}: {}", failed.failure.kind, failed.failure.message),
            ];
            lines.extend(failed.failure.stack.lines().map(|line| format!("  {line}")));
            lines.join("\n") + "\n"
        }
    }
}

fn show_command(emitted: &Emitted) -> String {
    let text = match &emitted.command {
        Command::StartTimer { seq, after, .. } => format!("{} StartTimer {}", seq.0, format_duration(*after)),
        Command::CancelTimer(seq) => format!("{} CancelTimer", seq.0),
        Command::ScheduleActivity(activity) => {
            let mut words = vec![format!("{} ScheduleActivity {}", activity.seq.0, activity.activity_type)];
            words.extend(activity.arguments.iter().map(Value::to_json));
            words.extend(activity.headers.iter().map(|(name, value)| format!("[{name} {}]", value.to_json())));
            words.join(" ")
        }
        Command::CancelActivity(seq) => format!("{} CancelActivity", seq.0),
        Command::SetPatch { id, .. } => format!("SetPatch {id}"),
        Command::AnswerQuery { answer: Ok(value), .. } => format!("Answer {}", shown(value)),
        Command::AnswerQuery { answer: Err(failure), .. } => format!("Answer {}", show_failure(failure)),
        Command::AnswerUpdate { answer: UpdateAnswer::Reject(failure), .. } => {
            format!("Reject {}", show_failure(failure))
        }
        Command::AnswerUpdate { answer, .. } => format!("{answer:?}"),
        Command::Complete(value) => format!("Complete {}", value.to_json()),
        Command::Fail(failure) => format!("Fail {}", show_failure(failure)),
        Command::Cancelled => "Cancelled".to_owned(),
    };
    match emitted.site.first() {
        Some(site) => format!("{text}   {}", site.place),
        None => text,
    }
}

fn shown(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_json(), |text| format!("\n{text}"))
}

fn show_failure(failure: &Failure) -> String {
    let retryable = match failure.retryable {
        Some(false) => " (not retryable)",
        _ => "",
    };
    format!("{}: {}{retryable}", failure.kind, failure.message)
}
