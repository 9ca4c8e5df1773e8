//! `temporal.worker`: polls one task queue for the workflows and functions bound to it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    function_lua::FunctionLua,
    names::{TemporalName, queue_refusal},
    temporal_client::{ClientFields, TemporalClient},
    worker_functions::functions,
    worker_options::{Behavior, DEADLOCK, LONGEST_THROTTLE, USUAL_THROTTLE, WorkerOptions},
    worker_workflows::workflows,
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Reporter, Show},
    entry::{EntryId, Relation},
    local::{LocalEngine, LocalWorker},
    registry::{BuildCx, CheckCx, Entry, Kind, Lifecycle, Ref, Registry, Target, Unfit},
    service::BoxService,
    source::Span,
    temporal::{Versioning, VersioningBehavior, WorkerConfig, WorkerService},
    value::format_duration,
    yaml::{DecodeCx, Field as _, Node, Pair, record},
};

/// Options of a worker that are looked at beside what is wrong with others.
const DISABLED: &str = "disable_workflow_worker";
const WORKER_STOP_TIMEOUT: &str = "worker_stop_timeout";

/// What that has to fit into.
const STOP_TIMEOUT: &str = "stop_timeout";

/// How long a function that was asked to end may go on.
const GRACE: Duration = Duration::from_secs(5);

/// The kind.
pub(crate) struct TemporalWorker;

/// The client that a worker polls through.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItsClient;

impl Target for ItsClient {
    const KINDS: &'static [&'static str] = &[TemporalClient::NAME];
    const RELATION: Relation = Relation::Needs;
}

/// The worker that a workflow or function is part of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItsWorker;

impl Target for ItsWorker {
    const KINDS: &'static [&'static str] = &[TemporalWorker::NAME];
    const RELATION: Relation = Relation::PartOf;
}

record! {
    /// Polls one task queue for the workflows and functions bound to it.
    pub(crate) struct WorkerFields {
        /// The `temporal.client` to poll through; the worker starts after it.
        client: Ref<ItsClient>;
        /// The queue, without the client's prefix.
        task_queue: TemporalName;
        /// How much the worker does at once, and how it polls.
        worker_options: WorkerOptions = WorkerOptions::default();
    }
}

impl Kind for TemporalWorker {
    const NAME: &'static str = "temporal.worker";
    const MANUAL: &'static str = include_str!("../../registry/kinds/temporal.worker.md");
    const RUNS: bool = true;
    type Fields = WorkerFields;
    type Spec = WorkerFields;

    fn build(fields: Option<WorkerFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<WorkerFields> {
        fields
    }

    fn check(entry: &Entry, spec: &WorkerFields, cx: &mut CheckCx<'_>) {
        let options = &spec.worker_options;
        let disabled = options.disable_workflow_worker.then(|| option(&entry.body, DISABLED)).flatten();
        check_parts(&entry.id, disabled.map(|pair| pair.key.span), cx);
        check_queue(spec, cx);
        let place = option(&entry.body, WORKER_STOP_TIMEOUT).map_or(entry.span, |pair| pair.value.span);
        if entry.is_fixed(STOP_TIMEOUT) {
            check_stop_timeout(&entry.id, place, options.worker_stop_timeout, &entry.lifecycle, cx);
        }
    }

    fn check_unfit(entry: &Unfit, cx: &mut CheckCx<'_>) {
        if !entry.is_named {
            return;
        }
        let is_set = |pair: &&Pair| entry.read(|cx| bool::decode(&pair.value, cx)) == Some(true);
        let disabled = option(&entry.body, DISABLED).filter(is_set);
        check_parts(&entry.id, disabled.map(|pair| pair.key.span), cx);
        let Some(Pair { value, .. }) = option(&entry.body, WORKER_STOP_TIMEOUT) else { return };
        let wanted = entry.read(|cx| Duration::decode(value, cx));
        if let (Some(wanted), Some(lifecycle)) = (wanted, entry.lifecycle_with(STOP_TIMEOUT)) {
            check_stop_timeout(&entry.id, value.span, wanted, lifecycle, cx);
        }
    }

    fn service(entry: &Arc<Entry>, cx: &BuildCx) -> Result<Option<BoxService>, Diagnostics> {
        let fields = cx.spec::<Self>(entry)?;
        let client = fields.client.id.clone();
        let mut config = fields.config(entry, cx)?;
        // What is cancelled at the end has to end before the supervisor cuts the worker off.
        let (grace, longest) = stop_times(cx.lifecycle(entry)?.stop_timeout);
        config.worker_stop_timeout = config.worker_stop_timeout.min(longest);
        check_types(&entry.id, cx)?;
        let workflows = workflows(&entry.id, &client, &config, cx)?;
        let show = shown(cx);
        let functions = functions(&entry.id, grace, show.clone(), cx)?;
        if cx.process.root::<LocalEngine>().is_some() {
            return Ok(Some(BoxService::new(LocalWorker { config, client, workflows, functions, show })));
        }
        let service = WorkerService::new(config, client, workflows, functions).shown_by(show);
        Ok(Some(BoxService::new(service)))
    }
}

/// No two entries are one type of a worker, with the names that variables give now.
pub(super) fn check_types(worker: &EntryId, cx: &BuildCx) -> Result<(), Diagnostics> {
    let mut twice = Diagnostics::default();
    Parts::at_start(worker, cx).check_unique(&mut twice);
    if twice.has_errors() { Err(twice) } else { Ok(()) }
}

/// How long a cancelled function has to end, and how long functions can go on before that.
fn stop_times(stop_timeout: Duration) -> (Duration, Duration) {
    let grace = GRACE.min(stop_timeout / 2);
    (grace, stop_timeout.saturating_sub(grace))
}

/// The queue with its client's prefix is one that a server takes.
fn check_queue(spec: &WorkerFields, cx: &mut CheckCx<'_>) {
    let client = cx.registry.get(&spec.client.id).and_then(|client| client.spec::<TemporalClient>());
    let Some(ClientFields { tq_prefix, .. }) = client.filter(|client| !client.tq_prefix.is_empty()) else { return };
    if let Some(wrong) = wrong_queue(spec, tq_prefix) {
        cx.diagnostics.push(wrong);
    }
}

fn wrong_queue(spec: &WorkerFields, prefix: &str) -> Option<Diagnostic> {
    let TemporalName { text, span } = &spec.task_queue;
    let reason = queue_refusal(&format!("{prefix}{text}"))?;
    let headline = format!("`task_queue` after the `tq_prefix` of `{}` {reason}", spec.client.id);
    Some(Diagnostic::error(Code::BadValue, *span, headline).help("choose another name"))
}

/// The same, with the names that variables give now. A client that cannot be read says so itself.
fn check_queue_now(spec: &WorkerFields, cx: &BuildCx) -> Result<(), Diagnostics> {
    let client = cx.registry.get(&spec.client.id).and_then(|client| cx.spec::<TemporalClient>(client).ok());
    let prefix = client.map(|client| client.tq_prefix).filter(|prefix| !prefix.is_empty());
    prefix.and_then(|prefix| wrong_queue(spec, &prefix)).map_or(Ok(()), |wrong| Err(wrong.into()))
}

/// One of a worker's options as it was written.
fn option<'a>(body: &'a Node, key: &str) -> Option<&'a Pair> {
    body.get("worker_options")?.pair(key)
}

/// Warns of a time that is shortened at the start.
fn check_stop_timeout(id: &EntryId, place: Span, wanted: Duration, lifecycle: &Lifecycle, cx: &mut CheckCx<'_>) {
    let stop_timeout = lifecycle.stop_timeout;
    let (grace, longest) = stop_times(stop_timeout);
    if wanted <= longest {
        return;
    }
    let headline = format!(
        "`worker_stop_timeout` is shortened to {}: `lifecycle.stop_timeout` of `{id}` is {}",
        format_duration(longest),
        format_duration(stop_timeout)
    );
    cx.diagnostics.push(
        Diagnostic::warning(Code::ShortenedTimeout, place, headline)
            .label("functions are cancelled sooner")
            .help(format!("write `stop_timeout: {}` below `lifecycle`", format_duration(wanted.saturating_add(GRACE))))
            .note(format!("cancelled functions have {} of it to end", format_duration(grace))),
    );
}

/// Looks at what is bound to a worker, be it with errors or without. `disabled` is where it says that it runs
/// no workflows, if it does.
fn check_parts(id: &EntryId, disabled: Option<Span>, cx: &mut CheckCx<'_>) {
    let parts = Parts::of(id, cx);
    parts.check_unique(cx.diagnostics);
    let Some(disabled) = disabled else { return };
    for (_, place) in parts.workflows {
        cx.diagnostics.push(
            Diagnostic::error(Code::BadValue, place, format!("`{id}` runs no workflows"))
                .label("bound to it here")
                .also(disabled, "it is told to run none")
                .help("bind it to another worker"),
        );
    }
}

/// How problems of workflows and functions are shown, if someone looks on.
fn shown(cx: &BuildCx) -> Option<Show> {
    let reporter = cx.process.root::<Reporter>()?;
    let sources = Arc::clone(&cx.registry.sources);
    Some(Arc::new(move |diagnostic: &Diagnostic| reporter.show(diagnostic, &sources)))
}

/// The types that a worker serves, each with where it is bound.
struct Parts {
    workflows: Vec<(String, Span)>,
    functions: Vec<(String, Span)>,
}

impl Parts {
    /// As they are written.
    fn of(worker: &EntryId, cx: &CheckCx<'_>) -> Self {
        let workflow = |entry: &Entry| Some(entry.spec::<WorkflowLua>()?.type_name(&entry.id));
        let function = |entry: &Entry| Some(entry.spec::<FunctionLua>()?.type_name(&entry.id));
        let mut parts = Self::named(worker, cx.registry, workflow, function);
        for entry in cx.unfit {
            parts.workflows.extend(WorkflowLua::bound_unfit(entry, worker));
            parts.functions.extend(FunctionLua::bound_unfit(entry, worker));
        }
        parts.in_order()
    }

    /// With the names that variables give now. What has none is left out: it is told elsewhere.
    fn at_start(worker: &EntryId, cx: &BuildCx) -> Self {
        let workflow = |entry: &Entry| {
            entry.spec::<WorkflowLua>()?;
            Some(cx.spec::<WorkflowLua>(entry).ok()?.type_name(&entry.id))
        };
        let function = |entry: &Entry| {
            entry.spec::<FunctionLua>()?;
            Some(cx.spec::<FunctionLua>(entry).ok()?.type_name(&entry.id))
        };
        Self::named(worker, &cx.registry, workflow, function).in_order()
    }

    fn named(
        worker: &EntryId,
        registry: &Registry,
        workflow: impl Fn(&Entry) -> Option<String>,
        function: impl Fn(&Entry) -> Option<String>,
    ) -> Self {
        let mut parts = Self { workflows: Vec::new(), functions: Vec::new() };
        for (entry, reference) in registry.parts_of(worker) {
            let span = reference.target.span;
            parts.workflows.extend(workflow(entry).map(|name| (name, span)));
            parts.functions.extend(function(entry).map(|name| (name, span)));
        }
        parts
    }

    /// The first is the one that stands first, wherever the registry has it.
    fn in_order(mut self) -> Self {
        self.workflows.sort_by_key(|(_, span)| *span);
        self.functions.sort_by_key(|(_, span)| *span);
        self
    }

    /// Reports each type that two entries have.
    fn check_unique(&self, diagnostics: &mut Diagnostics) {
        for (what, types) in [("workflow", &self.workflows), ("activity", &self.functions)] {
            check_unique(what, types, diagnostics);
        }
    }
}

fn check_unique(what: &str, types: &[(String, Span)], diagnostics: &mut Diagnostics) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    // A name that only a start can read is compared with the others then.
    for (name, span) in types.iter().filter(|(name, _)| !name.is_empty()) {
        if let Some(other) = first.get(name.as_str()) {
            diagnostics.push(
                Diagnostic::error(
                    Code::DuplicateType,
                    *span,
                    format!("two entries are the {what} type `{name}` of one worker"),
                )
                .label("the second one")
                .also(*other, "the first one")
                .help("give one of the two another `name`, or another worker"),
            );
        } else {
            first.insert(name, *span);
        }
    }
}

impl WorkerFields {
    /// The settings of the worker that `entry` describes, with variables read now.
    pub(crate) fn config(self, entry: &Entry, cx: &BuildCx) -> Result<WorkerConfig, Diagnostics> {
        check_queue_now(&self, cx)?;
        let Self { task_queue, worker_options: options, .. } = self;
        let versioning = versioning(entry, &options, cx)?;
        let or = |duration: Duration, usual: u64| {
            if duration.is_zero() { Duration::from_secs(usual) } else { duration }
        };
        let limit = |number: f64| (number > 0.0).then_some(number);
        let runs = Runs::of(entry, cx)?;
        let eager = options.max_concurrent_eager_activity_execution_size;
        Ok(WorkerConfig {
            task_queue: task_queue.text,
            identity: (!options.identity.is_empty()).then_some(options.identity),
            max_activities: WorkerOptions::slots(options.max_concurrent_activity_execution_size),
            max_workflow_tasks: WorkerOptions::slots(options.max_concurrent_workflow_task_execution_size),
            max_local_activities: WorkerOptions::slots(options.max_concurrent_local_activity_execution_size),
            max_eager_activities: if options.disable_eager_activities { Some(0) } else { (eager > 0).then_some(eager) },
            activity_pollers: options.max_concurrent_activity_task_pollers.0,
            workflow_pollers: options.max_concurrent_workflow_task_pollers.0,
            worker_activities_per_second: limit(options.worker_activities_per_second),
            task_queue_activities_per_second: limit(options.task_queue_activities_per_second),
            sticky_schedule_to_start_timeout: or(options.sticky_schedule_to_start_timeout, 5),
            worker_stop_timeout: options.worker_stop_timeout,
            max_heartbeat_throttle_interval: or(options.max_heartbeat_throttle_interval, LONGEST_THROTTLE),
            default_heartbeat_throttle_interval: or(options.default_heartbeat_throttle_interval, USUAL_THROTTLE),
            workflows: runs.workflows && !options.disable_workflow_worker || options.local_activity_worker_only,
            remote_activities: runs.functions && !options.local_activity_worker_only || options.disable_workflow_worker,
            versioning,
            max_cached_workflows: options.max_cached_workflows,
            failed_by_non_determinism: runs.failed_by_non_determinism,
            evicts_after_each_task: options.evict_after_each_task,
            deadlock_timeout: or(options.deadlock_detection_timeout, DEADLOCK),
            largest_state: WorkerOptions::state(options.max_workflow_state_bytes),
        })
    }
}

/// What a worker has to run. One takes no task that it has nothing for: another worker of the queue may.
/// One to which nothing is bound takes every task, and answers that it has nothing.
struct Runs {
    workflows: bool,
    functions: bool,
    failed_by_non_determinism: Vec<String>,
}

impl Runs {
    fn of(worker: &Entry, cx: &BuildCx) -> Result<Self, Diagnostics> {
        let mut failed_by_non_determinism = Vec::new();
        let (mut workflows, mut functions) = (false, false);
        for (entry, _) in cx.registry.parts_of(&worker.id) {
            functions |= entry.spec::<FunctionLua>().is_some();
            if entry.spec::<WorkflowLua>().is_some() {
                workflows = true;
                let spec = cx.spec::<WorkflowLua>(entry)?;
                if spec.failure_policy().non_determinism {
                    failed_by_non_determinism.push(spec.type_name(&entry.id));
                }
            }
        }
        let nothing = !workflows && !functions;
        Ok(Self { workflows: workflows || nothing, functions: functions || nothing, failed_by_non_determinism })
    }
}

fn versioning(entry: &Entry, options: &WorkerOptions, cx: &BuildCx) -> Result<Option<Versioning>, Diagnostics> {
    let build_id = match &options.build_id_env.0 {
        Some(name) if options.build_id.is_empty() => {
            cx.env.get_from(&name.0, Some(entry.id.namespace())).map_err(|error| {
                let headline = format!("`build_id_env` of `{}` has no value: {error}", entry.id);
                let diagnostic = Diagnostic::error(Code::UndefinedVariable, name.0.span, headline);
                diagnostic.help("set the variable, then start again").blame(Blame::Environment)
            })?
        }
        _ => options.build_id.clone(),
    };
    // What stands in the file was looked at when it was loaded: a variable has given nothing.
    let deployment_name = ("deployment_name", &options.deployment_name);
    let build_id_from = if options.build_id_env.0.is_some() { "build_id_env" } else { "build_id" };
    for (needs_it, needed, (key, value)) in [
        (options.use_versioning, "use_versioning", deployment_name),
        (options.use_versioning, "use_versioning", (build_id_from, &build_id)),
        (!options.deployment_name.is_empty(), "deployment_name", (build_id_from, &build_id)),
    ] {
        if needs_it && value.is_empty() {
            return Err(empty_version(entry, key, needed).into());
        }
    }
    if build_id.is_empty() && options.deployment_name.is_empty() {
        return Ok(None);
    }
    Ok(Some(Versioning {
        deployment_name: options.deployment_name.clone(),
        build_id,
        use_versioning: options.use_versioning,
        default_behavior: options.default_versioning_behavior.0.map(|behavior| match behavior {
            Behavior::Pinned => VersioningBehavior::Pinned,
            Behavior::AutoUpgrade => VersioningBehavior::AutoUpgrade,
        }),
    }))
}

fn empty_version(entry: &Entry, key: &str, needed_by: &str) -> Diagnostic {
    let node = entry.body.get("worker_options").and_then(|options| options.get(key));
    let headline = format!("`{key}` of `{}` gives an empty text, and `{needed_by}` needs one that is not", entry.id);
    Diagnostic::error(Code::BadValue, node.map_or(entry.span, |node| node.span), headline)
        .help("set the variable, then start again")
        .blame(Blame::Environment)
}
