//! The functions that a worker runs: their programs, and what they may touch.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use arc_swap::ArcSwap;

use super::{db_sqlite::DbSqlite, function_lua::FunctionLua, program::compile};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity, Show, Teller},
    entry::EntryId,
    env::Env,
    function::{
        self, Catalog, Databases, FunctionEntry, FunctionLanes, Functions, HttpClient, ProjectDatabases, Runner,
        Variables, World,
    },
    lua::Compiler,
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
    let runner = runner(catalog(Own::Of(worker), cx)?, grace, cx)?;
    Ok(Arc::new(runner.told_by(Teller::shown_by(show))))
}

/// What runs one function of the project by hand, under the id of its entry, and what that calls.
pub(crate) fn caller(called: &EntryId, cx: &BuildCx) -> Result<Arc<dyn Functions>, Diagnostics> {
    Ok(Arc::new(runner(catalog(Own::Called(called), cx)?, Duration::ZERO, cx)?))
}

/// The functions that are asked for from outside: a variable that one of them lacks is an error.
#[derive(Clone, Copy)]
pub(super) enum Own<'a> {
    /// The activities of a worker.
    Of(&'a EntryId),
    /// The one that is called by hand.
    Called(&'a EntryId),
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

/// What may be asked for from outside, and every function of the project, which those may call.
pub(super) fn catalog(own: Own<'_>, cx: &BuildCx) -> Result<Catalog, Diagnostics> {
    let mut activities = Vec::new();
    let mut functions = Vec::new();
    let mut unreadable = BTreeMap::new();
    let mut compiler = Compiler::default();
    for (entry, _) in cx.registry.of_kind::<FunctionLua>() {
        let is_own = match own {
            Own::Of(worker) => entry.is_part_of(worker),
            Own::Called(id) => entry.id == *id,
        };
        let spec = match cx.spec::<FunctionLua>(entry) {
            Ok(spec) => spec,
            Err(wrong) if is_own => return Err(wrong),
            // Whoever calls it is told, whatever else goes on without it.
            Err(wrong) => {
                unreadable.insert(entry.id.clone(), wrong.headlines());
                continue;
            }
        };
        let program = compile(entry, &cx.registry, &function::PROFILE, &mut compiler)?;
        let function = Arc::new(FunctionEntry { id: entry.id.clone(), program, allow: spec.allow() });
        if is_own {
            let name = match own {
                Own::Of(_) => spec.type_name(&entry.id),
                Own::Called(id) => id.to_string(),
            };
            activities.push((name, Arc::clone(&function)));
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
