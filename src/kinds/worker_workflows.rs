//! What runs the workflows of a worker: their programs, and how the functions they call are called.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use indexmap::IndexMap;

use super::{
    function_lua::{FunctionLua, FunctionSpec},
    program::compile,
    temporal_worker::TemporalWorker,
    worker_functions::missing,
    workflow_lua::WorkflowLua,
};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    lua::{Lanes, Limits},
    registry::{BuildCx, Entry},
    temporal::{WorkerConfig, Workflows},
    workflow::{self, CalledFunction, Catalog, Host, HostOptions, LaneRuns, WorkflowEntry},
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
    let options = options(worker, &client.to_string(), config.deadlock_timeout);
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
    let functions = registry.of_kind::<FunctionLua>();
    let functions = functions.map(|(entry, spec)| Ok((entry.id.to_string(), called(worker, entry, spec, cx)?)));
    Ok(Catalog { workflows, functions: functions.collect::<Result<_, Diagnostics>>()? })
}

/// How a workflow of `worker` calls a function: on the queue of the worker that runs it.
fn called(worker: &EntryId, entry: &Entry, spec: &FunctionSpec, cx: &BuildCx) -> Result<CalledFunction, Diagnostics> {
    let mut options = spec.options.for_calls();
    options.local = spec.activity.as_ref().map(|activity| activity.local);
    let elsewhere = spec.activity.as_ref().map(|activity| &activity.worker.id).filter(|id| *id != worker);
    if let Some(other) = elsewhere.and_then(|id| cx.registry.get(id))
        && options.task_queue.is_none()
    {
        options.task_queue = Some(cx.spec::<TemporalWorker>(other)?.task_queue.text);
    }
    Ok(CalledFunction { activity_type: spec.type_name(&entry.id), options })
}
