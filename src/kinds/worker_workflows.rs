//! The workflows that a worker runs: their programs, and how they call functions.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;

use super::{
    function_lua::{FunctionLua, FunctionSpec},
    program::compile,
    temporal_worker::TemporalWorker,
    worker_functions::missing,
    workflow_lua::{FailureWord, WorkflowLua},
};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    lua::{Lanes, Limits},
    registry::{BuildCx, Entry},
    temporal::Workflows,
    workflow::{
        self, Activation, CalledFunction, Catalog, Completion, FailurePolicy, Host, HostOptions, LaneRuns,
        WorkflowEntry,
    },
};

/// What runs the workflows of `worker`, which polls through `client`. A workflow task may compute for
/// `deadlock_timeout`.
pub(super) fn workflows(
    worker: &EntryId,
    client: &EntryId,
    deadlock_timeout: Duration,
    cx: &BuildCx,
) -> Result<Arc<dyn Workflows>, Diagnostics> {
    let lanes = cx.process.root::<Lanes<LaneRuns>>().ok_or_else(|| missing("lanes for workflows"))?;
    let limits = Limits { wall: deadlock_timeout, ..workflow::PROFILE.limits.clone() };
    let options = HostOptions { limits: Some(limits), ..HostOptions::new(client.to_string(), worker.to_string()) };
    let catalog = Arc::new(ArcSwap::from_pointee(catalog(worker, cx)?));
    Ok(Arc::new(Running(Host::new(lanes, catalog, options))))
}

/// The worker's workflows, and how every function of the project is called.
fn catalog(worker: &EntryId, cx: &BuildCx) -> Result<Catalog, Diagnostics> {
    let mut catalog = Catalog::default();
    for (entry, _) in cx.registry.parts_of(worker) {
        let Some(spec) = entry.spec::<WorkflowLua>() else { continue };
        let workflow = WorkflowEntry {
            id: entry.id.clone(),
            program: compile(entry, &cx.registry, &workflow::PROFILE)?,
            failure_policy: match spec.failure_policy() {
                FailureWord::Task => FailurePolicy::Task,
                FailureWord::Workflow => FailurePolicy::Workflow,
            },
        };
        catalog.workflows.insert(spec.type_name(&entry.id), Arc::new(workflow));
    }
    for (entry, spec) in cx.registry.of_kind::<FunctionLua>() {
        catalog.functions.insert(entry.id.to_string(), called(worker, entry, spec, cx)?);
    }
    Ok(catalog)
}

/// How workflows of `worker` call a function: in the queue of the function's own worker, if that is
/// another.
fn called(worker: &EntryId, entry: &Entry, spec: &FunctionSpec, cx: &BuildCx) -> Result<CalledFunction, Diagnostics> {
    let other = spec.activity.as_ref().map(|activity| &activity.worker.id).filter(|id| *id != worker);
    let mut options = spec.options.for_calls();
    if let Some(other) = other.and_then(|id| cx.registry.get(id))
        && options.task_queue.is_none()
    {
        options.task_queue = Some(cx.spec::<TemporalWorker>(other)?.task_queue.text);
    }
    Ok(CalledFunction { activity_type: spec.type_name(&entry.id), options })
}

/// Runs as the worker hands them over.
struct Running(Host);

impl Workflows for Running {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        self.0.activate(activation)
    }

    fn evict(&self, run_id: &str) -> BoxFuture<'static, ()> {
        self.0.evict(run_id)
    }
}
