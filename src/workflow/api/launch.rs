//! Which run is meant when workflow code starts another one: its type, its queue, its options.
//!
//! A workflow is named by the id of its entry; its type and its worker's queue follow from that. A
//! workflow of another program is named by its type, and then its queue has to be said.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use super::{attributes, names, run_options, run_options::Sort};
use crate::{
    diag::closest,
    entry::EntryId,
    lua::{Answer, arguments, failure_of, from_lua, time::option_with_texts, weight},
    value::{Failure, Map, Value},
    workflow::{
        Catalog, Queue, RunOptions, Seq, StartChild, WorkerAddress,
        children::{self, Bond, Given, Launch},
        halt::halt,
        pid::ProcessId,
        state::{Halt, RunState},
    },
};

/// What a caller said before it named a workflow.
#[derive(Clone, Debug, Default)]
pub(super) struct Setup {
    /// As they were given.
    pub(super) options: Map,
    /// On top of the run's own context.
    pub(super) context: Map,
    /// The workflow id, unless the options say one.
    pub(super) name: Option<String>,
    /// Signals that follow the start.
    pub(super) messages: Vec<(String, Vec<Value>)>,
}

impl Setup {
    /// About how many bytes it takes.
    pub(super) fn weight(&self) -> usize {
        let messages = self.messages.iter();
        let messages = messages.map(|(topic, values)| topic.len() + values.iter().map(weight::of_value).sum::<usize>());
        let name = self.name.as_ref().map_or(0, String::len);
        weight::of_map(&self.options) + weight::of_map(&self.context) + name + messages.sum::<usize>()
    }
}

/// How a child is started.
#[derive(Clone, Copy, Debug)]
pub(super) struct How<'a> {
    /// The function that was called.
    pub(super) name: &'a str,
    pub(super) setup: &'a Setup,
    /// A worker, or a queue.
    pub(super) host: Option<&'a str>,
    /// What the caller gets once the child runs; nothing: it waits for the end.
    pub(super) given: Option<Given>,
    pub(super) reported: Option<Bond>,
}

/// A workflow that can be started.
pub(super) struct Target {
    pub(super) workflow_type: String,
    pub(super) queue: Queue,
    pub(super) options: RunOptions,
    namespace: Option<String>,
    client: String,
    /// The worker, or the queue, as a process id has it.
    host: String,
}

/// Starts a child that the running coroutine waits for.
pub(super) fn start(lua: &Lua, how: How<'_>, id: &LuaValue, values: &MultiValue) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, how.name)?;
    let id = arguments::text(how.name, "id", id)?;
    check_readable(lua, &state, how.name, &id)?;
    let launch = match prepare(lua, &state, how, &id, values) {
        Ok(launch) => launch,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    match state.tasks.park() {
        Ok(ticket) => children::start(lua, &state, launch, ticket),
        Err(problem) => return Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    }
    Ok(Answer::Value(true))
}

/// An entry of the project that cannot be called, because a variable has no value, fails the task, which is tried
/// again; a failure of the call the run would go on from for ever.
pub(super) fn check_readable(lua: &Lua, state: &RunState, function: &str, id: &str) -> mlua::Result<()> {
    let Ok(entry) = EntryId::parse(id, Some(state.facts.entry.namespace())) else { return Ok(()) };
    match state.catalog.unreadable.get(&entry.to_string()) {
        Some(why) => Err(halt(lua, state, format!("{function}: `{id}` cannot be called: {why}"), Halt::Broken)),
        None => Ok(()),
    }
}

fn prepare(lua: &Lua, state: &RunState, how: How<'_>, id: &str, values: &MultiValue) -> Result<Launch, Failure> {
    let Setup { options, context, name, messages } = how.setup;
    let given = run_options::read(options, Sort::Child)
        .map_err(|problem| Failure::invalid(format!("invalid options for `{id}`: {problem}")))?;
    let target = target(state, id, how.host, given.task_queue.as_deref())?;
    let options = given.over(&target.options);
    let search_attributes = options.search_attributes.unwrap_or_default();
    if let Some((name, _)) = search_attributes.iter().find(|(_, attribute)| attribute.value == Value::Null) {
        let problem = format!("search attribute `{name}`: a run that begins has nothing to unset");
        return Err(Failure::invalid(format!("invalid options for `{id}`: {problem}")));
    }
    let arguments = arguments_of(lua, id, values)?;
    let workflow_id = options.workflow_id.or_else(|| name.clone()).unwrap_or_else(|| state.ambient.uuid());
    for (what, name) in [("the workflow id", &workflow_id), ("the workflow type", &target.workflow_type)] {
        names::fits(what, name).map_err(|problem| Failure::invalid(format!("invalid options: {problem}")))?;
    }
    names::check_queue(&target.queue)?;
    let pid = ProcessId::Workflow { client: target.client, host: target.host, workflow_id: workflow_id.clone() };
    let command = StartChild {
        seq: Seq(0),
        workflow_type: target.workflow_type,
        workflow_id,
        namespace: options.namespace.or(target.namespace),
        queue: target.queue,
        arguments,
        headers: state.headers(context),
        timeouts: options.timeouts,
        parent_close: options.parent_close.unwrap_or_default(),
        id_reuse: options.id_reuse,
        retry: options.retry,
        cron: options.cron,
        memo: options.memo.unwrap_or_default(),
        search_attributes,
        cancellation: options.cancellation.unwrap_or_default(),
        priority: options.priority,
        versioning: options.versioning,
        intent: options.intent,
        summary: options.summary,
        details: options.details,
    };
    Ok(Launch { pid: pid.to_string(), command, given: how.given, reported: how.reported, messages: messages.clone() })
}

/// What a workflow is given, as values that can leave Lua.
pub(super) fn arguments_of(lua: &Lua, id: &str, values: &MultiValue) -> Result<Vec<Value>, Failure> {
    let values = values.iter().enumerate().map(|(at, value)| {
        from_lua(lua, value).map_err(|error| Failure::invalid(format!("argument {} of {id}: {error}", at + 1)))
    });
    values.collect()
}

/// The workflow that `id` names. `host` is a worker or a queue, `queue` is a queue.
pub(super) fn target(state: &RunState, id: &str, host: Option<&str>, queue: Option<&str>) -> Result<Target, Failure> {
    if id.is_empty() {
        return Err(Failure::invalid("workflow ID required"));
    }
    let host = host.filter(|host| !host.is_empty());
    let worker = host.and_then(|host| worker_id(state, host));
    if worker.is_none()
        && let Some(host) = host
    {
        check_queue(state, host)?;
    }
    // A host that is no worker of the project is a queue.
    let queue = if worker.is_some() { None } else { host.or(queue) };
    let namespace = state.facts.entry.namespace();
    let full = EntryId::parse(id, Some(namespace)).map(|id| id.to_string()).unwrap_or_default();
    let catalog = &state.catalog;
    let (workflow_type, own_worker, options) = match catalog.callable.get(&full) {
        Some(called) => (called.workflow_type.clone(), called.worker.clone(), called.options.clone()),
        None if catalog.workflows.contains_key(id) => {
            (id.to_owned(), Some(state.options.worker.clone()), RunOptions::default())
        }
        None if queue.is_some() => (id.to_owned(), None, RunOptions::default()),
        None => return Err(unknown(id, &full, catalog)),
    };
    if let Some(queue) = queue.or(options.task_queue.as_deref().filter(|_| worker.is_none())) {
        let queue = queue.to_owned();
        let (client, host) = (state.options.client.clone(), queue.clone());
        let queue = Queue::Named(queue);
        return Ok(Target { workflow_type, queue, options, namespace: None, client, host });
    }
    let Some(worker) = worker.or(own_worker) else {
        let message = format!(
            "no worker runs `{id}`: give the entry `meta.temporal.workflow.worker`, or say which `task_queue` it is on"
        );
        return Err(Failure::invalid(message));
    };
    if worker == state.options.worker {
        let client = state.options.client.clone();
        return Ok(Target { workflow_type, queue: Queue::Own, options, namespace: None, client, host: worker });
    }
    let Some(WorkerAddress { client, queue, namespace, elsewhere }) = catalog.workers.get(&worker).cloned() else {
        return Err(Failure::invalid(format!("the queue of the worker `{worker}` is not known here")));
    };
    if elsewhere {
        return Err(Failure::invalid(format!(
            "`{id}` runs on the worker `{worker}` of the client `{client}`, which is connected to another server: bind \
             the workflow to a worker of this one, or name a queue of this server in `task_queue`"
        )));
    }
    Ok(Target { workflow_type, queue: Queue::Full(queue), options, namespace, client, host: worker })
}

/// The worker of the project that `host` names.
fn worker_id(state: &RunState, host: &str) -> Option<String> {
    let id = EntryId::parse(host, Some(state.facts.entry.namespace())).ok()?.to_string();
    (id == state.options.worker || state.catalog.workers.contains_key(&id)).then_some(id)
}

/// A host that looks like an entry of the project is meant as one, unless a worker of the project has a
/// queue of that name.
fn check_queue(state: &RunState, host: &str) -> Result<(), Failure> {
    let catalog = &state.catalog;
    let workers = || catalog.workers.keys().chain([&state.options.worker]).map(String::as_str);
    let entries = || workers().chain(catalog.callable.keys().map(String::as_str));
    let Ok(id) = EntryId::parse(host, None) else { return Ok(()) };
    let is_of_project =
        entries().any(|entry| EntryId::parse(entry, None).is_ok_and(|entry| entry.namespace() == id.namespace()));
    // A client may put something before the names of its queues.
    let mut queues = catalog.workers.values().map(|worker| &worker.queue).chain([&state.facts.names.task_queue]);
    let is_queue = queues.any(|queue| queue.ends_with(host));
    if !is_of_project || is_queue {
        return Ok(());
    }
    let hint = match closest(host, workers()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it has {}.", workers().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
    };
    Err(Failure::invalid(format!(
        "`{host}` is no worker of this project; {hint} A queue of that name is given as the option `task_queue`, with \
         an empty host"
    )))
}

fn unknown(id: &str, full: &str, catalog: &Catalog) -> Failure {
    let known = || catalog.callable.keys().map(String::as_str);
    let hint = match closest(full, known()).or_else(|| closest(id, known())) {
        Some(close) => format!("did you mean `{close}`?"),
        None if catalog.callable.is_empty() => "it has none.".to_owned(),
        None => format!("it has {}.", known().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
    };
    Failure::invalid(format!(
        "`{id}` is no workflow of this project; {hint} A workflow of another program is named by its type, and needs \
         the option `task_queue`"
    ))
}

/// The options that a table of Lua holds, before they are read.
pub(super) fn options_of(lua: &Lua, name: &str, options: &LuaValue) -> mlua::Result<Map> {
    let table = arguments::table(name, "options", options)?;
    let mut pairs: Vec<(String, LuaValue)> = Vec::new();
    table.for_each(|key: LuaValue, value: LuaValue| {
        pairs.push((arguments::text(name, "a key of `options`", &key)?, value));
        Ok(())
    })?;
    pairs.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    let plain = pairs.into_iter().map(|(key, value)| {
        let value = option_with_texts(lua, &key, &value)?;
        let plain = plain_option(lua, &key, &value).map_err(|problem| arguments::misuse(name, problem))?;
        Ok((key, plain))
    });
    plain.collect()
}

fn plain_option(lua: &Lua, key: &str, value: &LuaValue) -> Result<Value, String> {
    match value {
        LuaValue::Table(table) if key.ends_with("search_attributes") => attributes::plain(lua, key, table),
        value => from_lua(lua, value).map_err(|problem| format!("`{key}`: {problem}")),
    }
}

/// A context that a table of Lua holds.
pub(super) fn context_of(lua: &Lua, name: &str, values: &LuaValue) -> mlua::Result<Map> {
    let table: Table = arguments::table(name, "values", values)?;
    match from_lua(lua, &LuaValue::Table(table)) {
        Ok(Value::Map(map)) => Ok(map),
        Ok(Value::List(none)) if none.is_empty() => Ok(Map::new()),
        Ok(_) => Err(arguments::misuse(name, "`values` must have named keys")),
        Err(problem) => Err(arguments::misuse(name, problem)),
    }
}
