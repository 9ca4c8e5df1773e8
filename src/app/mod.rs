//! One program, put together and taken apart: build → start → drain.
//!
//! The app owns the supervisor and what belongs to the process. It holds one generation of the
//! project at a time; a reload brings the next, whole or not at all.

mod by_command;
mod control;
mod data;
mod dev_servers;
mod engine;
mod environment;
mod local;
mod process;
mod project;
mod reload;
mod scrape;
mod signals;
mod watch;

use std::sync::Arc;

use tokio::sync::watch::Receiver;

use crate::{
    diag::{Diagnostics, Reporter},
    entry::EntryId,
    env::Env,
    kinds::{FunctionLua, LuaPlace, WorkflowLua},
    lifecycle::{LifecycleGraph, Plan, ServiceDef, State, Status, Supervisor},
    local::LocalEngine,
    registry::{BuildCx, Entry, Loaded, Registry, Startup},
    service::{Exports, ServiceError},
    telemetry::Metrics,
    value::Value,
};

pub(crate) use by_command::Handled;
pub(crate) use control::{Answer, AskProcess, Asked, Doorway, NoControl, Request, ask, is_run};
pub(crate) use dev_servers::{DevServers, Started, web_interface};
pub(crate) use engine::Engine;
pub(crate) use environment::Environment;
pub(crate) use local::{LocalDoor, LocalError, LocalFollow, LocalRuns};
pub(crate) use project::{Project, ReplaceError};
pub(crate) use reload::Reload;
pub(crate) use scrape::{Scrape, scrape_address};
pub(crate) use signals::{Signal, Signals};
pub(crate) use watch::Watch;

/// A running project.
pub(crate) struct App {
    project: Project,
    engine: Engine,
    process: Exports,
    generation: Generation,
    supervisor: Supervisor,
    /// What was wrong with the files when they were last read, if they were not taken over.
    rejected: Option<Diagnostics>,
}

/// One load of the project, and the order that follows from it.
struct Generation {
    registry: Arc<Registry>,
    env: Arc<Env>,
    graph: LifecycleGraph,
}

impl Generation {
    fn new(registry: Arc<Registry>, env: Arc<Env>) -> Result<Self, Diagnostics> {
        let cx = BuildCx { registry: Arc::clone(&registry), env: Arc::clone(&env), process: Exports::default() };
        let graph = LifecycleGraph::build(&registry, |entry| cx.starts_by_itself(entry))?;
        Ok(Self { registry, env, graph })
    }
}

impl App {
    /// Puts a program together. Nothing starts before [`App::start`].
    /// Problems of workflows go to `reporter` if there is one, else to the log.
    pub(crate) fn build(
        project: Project,
        loaded: Loaded,
        engine: Engine,
        reporter: Option<Reporter>,
        metrics: Metrics,
    ) -> Result<Self, Diagnostics> {
        let Some(registry) = loaded.registry else { return Err(loaded.diagnostics) };
        let mut process = process::exports(engine, metrics)?;
        if let Some(reporter) = reporter {
            process = process.with_root(Arc::new(reporter));
        }
        Ok(Self {
            supervisor: Supervisor::new(process.clone(), Arc::new(random)),
            generation: Generation::new(registry, loaded.env)?,
            process,
            engine,
            project,
            rejected: None,
        })
    }

    /// Starts what starts by itself, and what that needs. Does not wait for it.
    pub(crate) fn start(&mut self) {
        self.start_all(&Plan::first(&self.generation.graph));
    }

    /// What the services are doing, now and from now on.
    pub(crate) fn status(&self) -> Receiver<Status> {
        self.supervisor.status()
    }

    pub(crate) fn registry(&self) -> &Arc<Registry> {
        &self.generation.registry
    }

    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    /// Who keeps the runs.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// The engine of this process, if it keeps the runs.
    pub(crate) fn local_engine(&self) -> Option<Arc<LocalEngine>> {
        self.process.root()
    }

    /// What the services of this generation are made from.
    pub(crate) fn build_cx(&self) -> BuildCx {
        let Generation { registry, env, .. } = &self.generation;
        BuildCx { registry: Arc::clone(registry), env: Arc::clone(env), process: self.process.clone() }
    }

    /// A workflow that a worker runs, with an input to try it with: the first one that has such an input, else the
    /// first one.
    pub(crate) fn workflow_to_try(&self, status: &Status) -> Option<(&EntryId, Option<&Value>)> {
        let runs = |worker: &EntryId| status.get(worker).is_some_and(|service| service.state == State::Running);
        let workflows = self.registry().of_kind::<WorkflowLua>();
        workflows
            .filter(|(_, spec)| spec.binding.as_ref().is_some_and(|binding| runs(&binding.worker.id)))
            .min_by_key(|(_, spec)| spec.example.is_none())
            .map(|(entry, spec)| (&entry.id, spec.example.as_ref()))
    }

    /// The file of an entry's Lua code, if it is one.
    pub(crate) fn source_of(&self, entry: &Entry) -> Option<&str> {
        let lua = match (entry.spec::<WorkflowLua>(), entry.spec::<FunctionLua>()) {
            (Some(workflow), _) => &workflow.lua,
            (_, Some(function)) => &function.lua,
            _ => return None,
        };
        match lua.source.place {
            LuaPlace::File(file) => Some(&self.registry().sources.get(file).path),
            LuaPlace::Inline { .. } => None,
        }
    }

    /// Stops everything: workers stop to poll and finish what they have, then connections close.
    pub(crate) async fn drain(&mut self) {
        self.supervisor.shutdown().await;
        if let Some(engine) = self.local_engine() {
            engine.close().await;
        }
    }

    fn start_all(&mut self, plan: &Plan) {
        let services: Vec<ServiceDef> = plan.start.iter().flatten().filter_map(|id| self.service_def(id)).collect();
        self.supervisor.start(services);
    }

    fn service_def(&self, id: &EntryId) -> Option<ServiceDef> {
        let Generation { registry, graph, .. } = &self.generation;
        let entry = Arc::clone(registry.get(id)?);
        let cx = self.build_cx();
        // One that cannot be read keeps the service from being made, which says why.
        let mut lifecycle = cx.lifecycle(&entry).unwrap_or_else(|_| entry.lifecycle.clone());
        if !graph.starts_by_itself(id) {
            // Nothing that was started by command ends the process.
            lifecycle.startup = Startup::Optional;
        }
        Some(ServiceDef {
            id: id.clone(),
            kind: entry.kind.name,
            needs: graph.get(id)?.needs(),
            lifecycle,
            make: Arc::new(move || {
                let made = cx.lifecycle(&entry).and_then(|_| entry.service(&cx));
                made.map_err(|wrong| cannot_be_made(&wrong, &cx.registry))
            }),
        })
    }
}

/// A value that an entry needs is missing or wrong. It may come: a secret that is mounted later.
fn cannot_be_made(wrong: &Diagnostics, registry: &Registry) -> ServiceError {
    let say = |diagnostic: &crate::diag::Diagnostic| match &diagnostic.primary {
        Some(label) => {
            let path = &registry.sources.get(label.span.source).path;
            format!("{} ({path}:{})", diagnostic.headline, registry.sources.place(label.span).line)
        }
        None => diagnostic.headline.clone(),
    };
    ServiceError::new(wrong.iter().map(say).collect::<Vec<_>>().join("; "))
}

/// A number between 0 and 1.
fn random() -> f64 {
    let [a, b, c, d, ..] = *uuid::Uuid::new_v4().as_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}
