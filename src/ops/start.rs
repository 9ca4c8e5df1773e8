//! `metonic start`: begins a workflow of the project. The entry knows its type, queue and server.

use super::{
    AskError, Follow, Runs,
    reach::{ReachError, runs_of},
};
use crate::{
    diag::closest,
    entry::{EntryId, IdError},
    kinds::{FunctionLua, TemporalClient, TemporalWorker, WorkerFields, WorkflowLua},
    registry::{BuildCx, Entry, Kind},
    temporal::{Polled, RunKey, StartRequest},
    value::Value,
    workflow::RunOptions,
};

/// What to start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StartInput {
    /// `namespace:name`.
    pub(crate) entry: String,
    pub(crate) arguments: Vec<Value>,
    /// Nothing: one is made from the entry's name.
    pub(crate) id: Option<String>,
    /// An id that runs already is taken as it is.
    pub(crate) attach: bool,
    /// What is said of this start; the rest is the entry's to say.
    pub(crate) options: RunOptions,
}

/// A run that was started.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) entry: EntryId,
    pub(crate) workflow_type: String,
    /// As the server knows it.
    pub(crate) task_queue: String,
    /// The worker that looks for work there, where it is known.
    pub(crate) worker: Option<EntryId>,
    pub(crate) run: RunKey,
    pub(crate) runs: Runs,
}

/// Why a workflow was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("no entry is called `{id}`{}", hint(.similar.as_deref()))]
    Unknown { id: EntryId, similar: Option<String> },
    #[error("`{id}` is a `{kind}`, not a workflow{}", instead(.kind))]
    NotAWorkflow { id: EntryId, kind: &'static str },
    #[error("no worker runs `{0}`: name one in its `meta.temporal.workflow.worker`")]
    NoWorker(EntryId),
    #[error("{0}")]
    Options(String),
    #[error(transparent)]
    Reach(#[from] ReachError),
    #[error("`{id}` was not started: {error}")]
    Refused { id: String, error: AskError },
}

pub(super) fn hint(similar: Option<&str>) -> String {
    similar.map(|similar| format!("; did you mean `{similar}`?")).unwrap_or_default()
}

/// What does something with an entry of a kind that is not started.
fn instead(kind: &str) -> &'static str {
    if kind == FunctionLua::NAME { "; `metonic call` runs a function" } else { "" }
}

/// Where and as what a workflow entry runs.
#[derive(Debug)]
struct Target {
    workflow_type: String,
    task_queue: String,
    worker: Option<EntryId>,
    options: RunOptions,
    client: std::sync::Arc<Entry>,
}

/// Starts a workflow, where the worker that its entry names looks for work.
pub(crate) async fn start(cx: &BuildCx, input: StartInput) -> Result<Started, StartError> {
    let Prepared { entry, worker, runs, request } = prepare_start(cx, input).await?;
    let (workflow_type, task_queue) = (request.workflow_type.clone(), runs.queue(&request.task_queue));
    let id = request.workflow_id.clone();
    let run = runs.start(request).await.map_err(|error| StartError::Refused { id, error })?;
    Ok(Started { entry, workflow_type, task_queue, worker, run, runs })
}

/// Where a workflow is to run, and the request that starts it there.
pub(crate) struct Prepared {
    entry: EntryId,
    worker: Option<EntryId>,
    pub(crate) runs: Runs,
    pub(crate) request: StartRequest,
}

/// Finds where the worker that a workflow's entry names looks for work, and starts nothing yet.
pub(crate) async fn prepare_start(cx: &BuildCx, input: StartInput) -> Result<Prepared, StartError> {
    let entry = find(cx, &input.entry)?;
    let target = target(cx, &entry)?;
    let options = input.options.over(&target.options);
    let unset = options.search_attributes.iter().flatten().find(|(_, attribute)| attribute.value == Value::Null);
    if let Some((name, _)) = unset {
        return Err(StartError::Options(format!("search attribute `{name}`: a run that begins has nothing to unset")));
    }
    if let Some(contradiction) = options.contradiction() {
        return Err(StartError::Options(contradiction.to_owned()));
    }
    let runs = runs_of(cx, &target.client, "metonic-start").await?;
    let request = StartRequest {
        workflow_id: input.id.unwrap_or_else(|| some_id(&entry)),
        workflow_type: target.workflow_type,
        task_queue: target.task_queue,
        arguments: input.arguments,
        options,
        attach: input.attach,
        ..StartRequest::default()
    };
    Ok(Prepared { entry, worker: target.worker, runs, request })
}

impl Started {
    /// The run's steps, from its beginning.
    pub(crate) fn follow(&self) -> Follow {
        self.runs.follow(self.run.clone())
    }

    /// Who looks for work in the run's queue.
    pub(crate) async fn polled(&self) -> Result<Polled, AskError> {
        self.runs.polled(&self.task_queue).await
    }

    /// Whether the run waits for a worker.
    pub(crate) async fn has_untaken_task(&self) -> Result<bool, AskError> {
        self.runs.has_untaken_task(&self.run).await
    }
}

fn find(cx: &BuildCx, text: &str) -> Result<EntryId, StartError> {
    let id = EntryId::parse(text, None)?;
    if cx.registry.get(&id).is_some() {
        return Ok(id);
    }
    // What cannot be started cannot be meant.
    let startable = cx.registry.iter().filter(|entry| entry.kind.runs || entry.spec::<WorkflowLua>().is_some());
    let known: Vec<String> = startable.map(|entry| entry.id.to_string()).collect();
    let similar = closest(text, known.iter().map(String::as_str)).map(str::to_owned);
    Err(StartError::Unknown { id, similar })
}

fn target(cx: &BuildCx, id: &EntryId) -> Result<Target, StartError> {
    let unknown = || StartError::Unknown { id: id.clone(), similar: None };
    let entry = cx.registry.get(id).ok_or_else(unknown)?;
    if entry.spec::<WorkflowLua>().is_none() {
        return Err(StartError::NotAWorkflow { id: id.clone(), kind: entry.kind.name });
    }
    let spec = cx.spec::<WorkflowLua>(entry).map_err(ReachError::Settings)?;
    let no_worker = || StartError::NoWorker(id.clone());
    let binding = spec.binding.as_ref().ok_or_else(no_worker)?;
    let worker = cx.registry.get(&binding.worker.id).ok_or_else(no_worker)?;
    let WorkerFields { client, task_queue, .. } = cx.spec::<TemporalWorker>(worker).map_err(ReachError::Settings)?;
    let client = cx.registry.get(&client.id).filter(|entry| entry.spec::<TemporalClient>().is_some());
    let options = spec.options.for_calls();
    Ok(Target {
        workflow_type: spec.type_name(id),
        worker: options.task_queue.is_none().then(|| worker.id.clone()),
        task_queue: options.task_queue.clone().unwrap_or(task_queue.text),
        options,
        client: client.cloned().ok_or_else(no_worker)?,
    })
}

/// `order-7f3a09`: short enough to type, and not in use.
fn some_id(entry: &EntryId) -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{}-{}", entry.name(), &random[..6])
}
