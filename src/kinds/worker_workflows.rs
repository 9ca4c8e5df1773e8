//! The workflows that a worker runs: their programs, and how the functions they call are called.

use std::sync::Arc;

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;

use super::{
    function_lua::FunctionLua,
    program::compile,
    worker_functions::missing,
    workflow_lua::{FailureWord, WorkflowLua},
};
use crate::{
    diag::Diagnostics,
    entry::{EntryId, Relation},
    lua::{Lanes, Limits},
    registry::{BuildCx, Registry},
    temporal::{WorkerConfig, Workflows},
    workflow::{
        self, Activation, CalledFunction, Catalog, Completion, FailurePolicy, Host, HostOptions, LaneRuns,
        WorkflowEntry,
    },
};

/// What runs the workflows of `worker`, which polls through `client`.
pub(super) fn workflows(
    worker: &EntryId,
    client: &EntryId,
    config: &WorkerConfig,
    cx: &BuildCx,
) -> Result<Arc<dyn Workflows>, Diagnostics> {
    let catalog = Arc::new(ArcSwap::from_pointee(catalog(worker, &cx.registry)?));
    let lanes = cx.process.root::<Lanes<LaneRuns>>().ok_or_else(|| missing("lanes for workflows"))?;
    let limits = Limits { wall: config.deadlock_timeout, ..workflow::PROFILE.limits.clone() };
    let options = HostOptions { limits: Some(limits), ..HostOptions::new(client.to_string(), worker.to_string()) };
    Ok(Arc::new(Running(Host::new(lanes, catalog, options))))
}

/// The worker's workflows, and every function of the project: any of them can be called.
fn catalog(worker: &EntryId, registry: &Registry) -> Result<Catalog, Diagnostics> {
    let mut catalog = Catalog::default();
    for (entry, spec) in registry.of_kind::<WorkflowLua>() {
        let mut wholes = entry.references.iter().filter(|reference| reference.relation == Relation::PartOf);
        if !wholes.any(|reference| reference.target.value == *worker) {
            continue;
        }
        let program = compile(entry, registry, &workflow::PROFILE)?;
        let failure_policy = match spec.failure_policy() {
            FailureWord::Task => FailurePolicy::Task,
            FailureWord::Workflow => FailurePolicy::Workflow,
        };
        let known = WorkflowEntry { id: entry.id.clone(), program, failure_policy };
        catalog.workflows.insert(spec.type_name(&entry.id), Arc::new(known));
    }
    for (entry, spec) in registry.of_kind::<FunctionLua>() {
        let called = CalledFunction { activity_type: spec.type_name(&entry.id), options: spec.options.for_calls() };
        catalog.functions.insert(entry.id.to_string(), called);
    }
    Ok(catalog)
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
