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
    lua::{Lanes, Limits},
    registry::{BuildCx, Entry},
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
    let catalog = Arc::new(ArcSwap::from_pointee(workflows_of(worker, cx)?));
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

/// The workflows of a worker, compiled, and the functions they may call.
pub(super) fn workflows_of(worker: &EntryId, cx: &BuildCx) -> Result<Catalog, Diagnostics> {
    let registry = &cx.registry;
    let mut workflows = IndexMap::new();
    let mut broken = Diagnostics::default();
    for (entry, spec) in registry.of_kind::<WorkflowLua>() {
        if spec.binding.as_ref().is_none_or(|binding| binding.worker.id != *worker) {
            continue;
        }
        let failure_policy = spec.failure_policy();
        match compile(entry, registry, &workflow::PROFILE) {
            Ok(program) => {
                let known = WorkflowEntry { id: entry.id.clone(), program, failure_policy };
                workflows.insert(spec.type_name(&entry.id), Arc::new(known));
            }
            Err(diagnostics) => broken.extend(diagnostics),
        }
    }
    if broken.has_errors() {
        return Err(broken);
    }
    let workers = workers(worker, cx);
    let functions = registry.of_kind::<FunctionLua>();
    let functions =
        functions.map(|(entry, spec)| Ok((entry.id.to_string(), called(worker, entry, spec, &workers, cx)?)));
    Ok(Catalog {
        workflows,
        functions: functions.collect::<Result<_, Diagnostics>>()?,
        callable: registry.of_kind::<WorkflowLua>().map(callable).collect(),
        workers,
    })
}

/// How any workflow starts this one.
fn callable((entry, spec): (&Arc<Entry>, &WorkflowSpec)) -> (String, CalledWorkflow) {
    let worker = spec.binding.as_ref().map(|binding| binding.worker.id.to_string());
    let called = CalledWorkflow { workflow_type: spec.type_name(&entry.id), worker, options: spec.options.for_calls() };
    (entry.id.to_string(), called)
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
    let own = cx.registry.get(worker).and_then(|entry| client_of(entry)).map(|(_, client)| client.namespace);
    let addresses = others.filter_map(|(entry, _)| {
        let (fields, client) = client_of(entry)?;
        let address = WorkerAddress {
            client: fields.client.id.to_string(),
            queue: format!("{}{}", client.tq_prefix, fields.task_queue.text),
            namespace: Some(client.namespace).filter(|namespace| Some(namespace) != own.as_ref()),
        };
        Some((entry.id.to_string(), address))
    });
    addresses.collect()
}

/// How a workflow of `worker` calls a function: on its own queue if it runs it, else on that of the
/// first worker that does, one of its own namespace before others.
fn called(
    worker: &EntryId,
    entry: &Entry,
    spec: &FunctionSpec,
    workers: &IndexMap<String, WorkerAddress>,
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
    let near = addresses.iter().find(|address| address.namespace.is_none()).or(addresses.first());
    match near {
        Some(address) => {
            let queue = Queue::Full(address.queue.clone());
            Ok(CalledFunction { queue, namespace: address.namespace.clone(), ..called })
        }
        None => {
            // What is wrong with the address of its worker is wrong here, too.
            if let Some(other) = bound().find_map(|id| cx.registry.get(id)) {
                let client = cx.spec::<TemporalWorker>(other)?.client.id;
                cx.registry.get(&client).map(|client| cx.spec::<TemporalClient>(client)).transpose()?;
            }
            Ok(called)
        }
    }
}
