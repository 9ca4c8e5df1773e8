//! What runs the workflows of a worker: their programs, and how the functions they call are called.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use indexmap::IndexMap;

use super::{
    function_lua::{FunctionLua, FunctionSpec},
    program::compile,
    temporal_client::TemporalClient,
    temporal_worker::TemporalWorker,
    worker_functions::{metrics, missing},
    workflow_lua::{WorkflowLua, WorkflowSpec},
};
use crate::{
    diag::{Diagnostics, Reporter},
    entry::EntryId,
    local::LocalEngine,
    lua::{Compiler, Lanes, Limits},
    registry::{BuildCx, Entry, Kind},
    temporal::WorkerConfig,
    workflow::{
        self, CalledFunction, CalledWorkflow, Catalog, Host, HostOptions, KeptCode, LaneRuns, Queue, WorkerAddress,
        WorkflowEntry, Workflows,
    },
};

/// What runs the workflows of `worker`.
pub(super) fn workflows(
    worker: &EntryId,
    client: &EntryId,
    config: &WorkerConfig,
    cx: &BuildCx,
) -> Result<Arc<dyn Workflows>, Diagnostics> {
    let catalog = Arc::new(ArcSwap::from_pointee(workflows_of(worker, cx, Unreadable::IsAnError)?));
    let lanes = cx.process.root::<Lanes<LaneRuns>>().ok_or_else(|| missing("lanes for workflows"))?;
    let kept = cx.process.root::<KeptCode>().ok_or_else(|| missing("code of runs"))?;
    let metrics = metrics(cx);
    let options = options(worker, &client.to_string(), config.deadlock_timeout);
    // Somebody looks on who may see what passes through: the author.
    let shows_input = cx.process.root::<Reporter>().is_some();
    let options = HostOptions { metrics, kept, largest_state: config.largest_state, shows_input, ..options };
    Ok(Arc::new(Host::new(lanes, catalog, options)))
}

/// What the runs of a worker have in common.
pub(super) fn options(worker: &EntryId, client: &str, deadlock_timeout: Duration) -> HostOptions {
    HostOptions {
        limits: Some(Limits { wall: deadlock_timeout, ..workflow::PROFILE.limits }),
        ..HostOptions::new(client, worker.to_string())
    }
}

/// The client that a worker polls through; it is part of what a workflow sees.
pub(super) fn client_of(worker: &EntryId, cx: &BuildCx) -> String {
    let worker = cx.registry.get(worker).and_then(|entry| entry.spec::<TemporalWorker>());
    worker.map(|fields| fields.client.id.to_string()).unwrap_or_default()
}

/// What becomes of an entry with a variable that has no value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Its worker does not start, and whoever calls it is told: with another value, it would do something else.
    IsAnError,
    /// Another value stands for an option, which a replay compares nothing of. What Temporal knows an entry by
    /// needs its own value: a history has that.
    IsReplaced,
}

/// A kind whose entries workflows call.
pub(super) trait Called: Kind<Spec: Clone> {
    /// The same, with what Temporal knows the entry by as its variables say it now.
    fn known_now(written: Self::Spec, entry: &Entry, cx: &BuildCx) -> Result<Self::Spec, Diagnostics>;
}

impl Unreadable {
    /// An entry as it is written, with the values that its variables have now.
    pub(super) fn read<K: Called>(self, entry: &Entry, cx: &BuildCx) -> Result<K::Spec, Diagnostics> {
        cx.spec::<K>(entry).or_else(|wrong| match entry.spec::<K>() {
            Some(written) if self == Self::IsReplaced => K::known_now(written.clone(), entry, cx),
            _ => Err(wrong),
        })
    }

    /// Whether what is wrong with an entry is an error, be it the worker's own or one that it calls.
    fn is_error(self, is_own: bool) -> bool {
        // Who replays asks for a verdict: a call that cannot be made as it was would give a wrong one.
        is_own || self == Self::IsReplaced
    }
}

/// The workflows of a worker, compiled, and the functions they may call.
pub(super) fn workflows_of(worker: &EntryId, cx: &BuildCx, unreadable: Unreadable) -> Result<Catalog, Diagnostics> {
    let registry = &cx.registry;
    let mut catalog = Catalog { workers: workers(worker, cx), ..Catalog::default() };
    let (mut broken, mut compiler) = (Diagnostics::default(), Compiler::default());
    for (entry, _) in registry.of_kind::<WorkflowLua>() {
        let is_own = entry.is_part_of(worker);
        let read = unreadable.read::<WorkflowLua>(entry, cx).and_then(|spec| {
            let program = is_own.then(|| compile(entry, registry, &workflow::PROFILE, &mut compiler)).transpose()?;
            Ok((spec, program))
        });
        match read {
            Ok((spec, program)) => {
                if let Some(program) = program {
                    let failure_policy = spec.failure_policy();
                    let known = WorkflowEntry { id: entry.id.clone(), program, failure_policy };
                    catalog.workflows.insert(spec.type_name(&entry.id), Arc::new(known));
                }
                catalog.callable.insert(entry.id.to_string(), callable(entry, &spec));
            }
            Err(wrong) if unreadable.is_error(is_own) => broken.extend(wrong),
            Err(wrong) => drop(catalog.unreadable.insert(entry.id.to_string(), wrong.headlines())),
        }
    }
    for (entry, _) in registry.of_kind::<FunctionLua>() {
        let read = unreadable.read::<FunctionLua>(entry, cx);
        match read.and_then(|spec| called(worker, entry, &spec, (&catalog.workers, unreadable), cx)) {
            Ok(called) => drop(catalog.functions.insert(entry.id.to_string(), called)),
            Err(wrong) if unreadable.is_error(entry.is_part_of(worker)) => broken.extend(wrong),
            Err(wrong) => drop(catalog.unreadable.insert(entry.id.to_string(), wrong.headlines())),
        }
    }
    if broken.has_errors() { Err(broken) } else { Ok(catalog) }
}

/// How any workflow starts this one.
fn callable(entry: &Entry, spec: &WorkflowSpec) -> CalledWorkflow {
    let worker = spec.binding.as_ref().map(|binding| binding.worker.id.to_string());
    CalledWorkflow { workflow_type: spec.type_name(&entry.id), worker, options: spec.options.for_calls() }
}

/// Where the project's other workers get their tasks. One whose variables cannot be read is left out:
/// it cannot start either, and says so itself.
fn workers(worker: &EntryId, cx: &BuildCx) -> IndexMap<String, WorkerAddress> {
    let others = cx.registry.of_kind::<TemporalWorker>().filter(|(entry, _)| entry.id != *worker);
    let client_of = |entry: &Entry| {
        let fields = cx.spec::<TemporalWorker>(entry).ok()?;
        let client = cx.spec::<TemporalClient>(cx.registry.get(&fields.client.id)?).ok()?;
        Some((fields, client))
    };
    let own = cx.registry.get(worker).and_then(|entry| client_of(entry)).map(|(_, client)| client);
    let own_namespace = own.as_ref().map(|client| &client.namespace);
    // The engine of this process is one server for all clients.
    let own_server = own.as_ref().filter(|_| cx.process.root::<LocalEngine>().is_none()).map(|client| &client.address);
    let addresses = others.filter_map(|(entry, _)| {
        let (fields, client) = client_of(entry)?;
        let address = WorkerAddress {
            client: fields.client.id.to_string(),
            queue: format!("{}{}", client.tq_prefix, fields.task_queue.text),
            elsewhere: own_server.is_some_and(|server| !server.is_same(&client.address)),
            namespace: Some(client.namespace).filter(|namespace| Some(namespace) != own_namespace),
        };
        Some((entry.id.to_string(), address))
    });
    addresses.collect()
}

/// How a workflow of `worker` calls a function: on its own queue if it runs it, else on that of the
/// first worker that does: one of its own server and namespace before others, then one of its server.
fn called(
    worker: &EntryId,
    entry: &Entry,
    spec: &FunctionSpec,
    (workers, unreadable): (&IndexMap<String, WorkerAddress>, Unreadable),
    cx: &BuildCx,
) -> Result<CalledFunction, Diagnostics> {
    let mut options = spec.options.for_calls();
    options.local = spec.activity.as_ref().map(|activity| activity.local);
    let called = CalledFunction { activity_type: spec.type_name(&entry.id), options, ..CalledFunction::default() };
    let bound = || spec.activity.iter().flat_map(|activity| activity.worker.ids());
    if bound().any(|id| id == worker) {
        return Ok(called);
    }
    let addresses: Vec<&WorkerAddress> = bound().filter_map(|id| workers.get(&id.to_string())).collect();
    // The first of the nearest.
    match addresses.iter().min_by_key(|address| (address.elsewhere, address.namespace.is_some())) {
        Some(address) => {
            let queue = Queue::Full(address.queue.clone());
            let elsewhere = address.elsewhere.then(|| address.client.clone());
            Ok(CalledFunction { queue, namespace: address.namespace.clone(), elsewhere, ..called })
        }
        None => {
            let unbound = bound().next().is_none();
            // What is wrong with the address of its worker is wrong here, too.
            if unreadable == Unreadable::IsAnError
                && let Some(other) = bound().find_map(|id| cx.registry.get(id))
            {
                let client = cx.spec::<TemporalWorker>(other)?.client.id;
                cx.registry.get(&client).map(|client| cx.spec::<TemporalClient>(client)).transpose()?;
            }
            Ok(CalledFunction { unbound, ..called })
        }
    }
}
