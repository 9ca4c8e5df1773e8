//! The functions that a worker runs: their programs, and what they may touch.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;

use super::{db_sqlite::DbSqlite, function_lua::FunctionLua, program::compile, worker_workflows::Unreadable};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity, Show, Teller},
    entry::EntryId,
    env::Env,
    function::{
        self, Catalog, Databases, FunctionEntry, FunctionLanes, Functions, HttpClient, ProjectDatabases, Runner,
        Variables, World,
    },
    registry::BuildCx,
    telemetry::Metrics,
    value::Failure,
};

/// What runs the functions of `worker`. A call that was asked to end may go on for `grace`; what
/// goes wrong is shown by `show`, else logged.
pub(super) fn functions(
    worker: &EntryId,
    grace: Duration,
    show: Option<Show>,
    cx: &BuildCx,
) -> Result<Arc<dyn Functions>, Diagnostics> {
    let runner = runner(catalog(Some(worker), cx)?, grace, cx)?;
    Ok(Arc::new(runner.told_by(Teller::shown_by(show))))
}

/// What runs any function of the project by hand, under the id of its entry.
pub(crate) fn caller(cx: &BuildCx) -> Result<Arc<dyn Functions>, Diagnostics> {
    Ok(Arc::new(runner(catalog(None, cx)?, Duration::ZERO, cx)?))
}

fn runner(catalog: Catalog, grace: Duration, cx: &BuildCx) -> Result<Runner, Diagnostics> {
    let catalog = Arc::new(ArcSwap::from_pointee(catalog));
    let lanes = cx.process.root::<FunctionLanes>().ok_or_else(|| missing("lanes for functions"))?;
    let http = cx.process.root::<HttpClient>().ok_or_else(|| missing("HTTP client"))?;
    let databases = cx.process.root::<Databases>().ok_or_else(|| missing("databases"))?;
    let known = cx.registry.of_kind::<DbSqlite>().map(|(entry, _)| entry.id.clone()).collect();
    let databases = ProjectDatabases { databases, known };
    let variables = Arc::new(EnvVariables(Arc::clone(&cx.env)));
    let world = World { http, variables, databases, metrics: metrics(cx), grace };
    Ok(Runner::new(lanes, catalog, Arc::new(world)))
}

/// The worker's activities, and every function of the project, which those may call. Without a
/// worker, every function under its id.
pub(super) fn catalog(worker: Option<&EntryId>, cx: &BuildCx) -> Result<Catalog, Diagnostics> {
    let mut activities = Vec::new();
    let mut functions = Vec::new();
    let mut unreadable = BTreeMap::new();
    for (entry, _) in cx.registry.of_kind::<FunctionLua>() {
        // Without a worker one is called by hand, whatever the others lack.
        let reading = if worker.is_some() { Unreadable::IsAnError } else { Unreadable::IsReplaced };
        let is_own = worker.is_some_and(|worker| entry.is_part_of(worker));
        let spec = match reading.read::<FunctionLua>(entry, cx) {
            Ok(spec) => spec,
            Err(wrong) if is_own => return Err(wrong),
            // Whoever calls it is told; the worker has enough else to do.
            Err(wrong) => {
                unreadable.insert(entry.id.clone(), wrong.headlines());
                continue;
            }
        };
        let program = compile(entry, &cx.registry, &function::PROFILE)?;
        let function = Arc::new(FunctionEntry { id: entry.id.clone(), program, allow: spec.allow() });
        if worker.is_none() {
            activities.push((entry.id.to_string(), Arc::clone(&function)));
        } else if is_own {
            activities.push((spec.type_name(&entry.id), Arc::clone(&function)));
        }
        functions.push(function);
    }
    Ok(Catalog::new(activities, functions).without(unreadable))
}

/// What the process counts and measures: nothing, unless it says otherwise.
pub(super) fn metrics(cx: &BuildCx) -> Metrics {
    cx.process.root::<Metrics>().map(|metrics| (*metrics).clone()).unwrap_or_default()
}

/// The process lacks what it always has.
pub(super) fn missing(what: &str) -> Diagnostics {
    let headline = format!("the process has no {what}");
    Diagnostic::without_place(Code::InternalError, Severity::Error, Blame::Runtime, headline).into()
}

/// The project's variables as functions see them.
struct EnvVariables(Arc<Env>);

impl Variables for EnvVariables {
    fn get(&self, name: &str, namespace: &str) -> Result<String, Failure> {
        self.0.get_from(name, Some(namespace)).map_err(Failure::from)
    }

    fn set(&self, name: &str, namespace: &str, value: &str) -> Result<(), Failure> {
        self.0.set(name, Some(namespace), value).map_err(Failure::from)
    }

    fn all(&self) -> BTreeMap<String, String> {
        self.0.all()
    }
}
