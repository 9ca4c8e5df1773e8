//! What belongs to the process and is lent to every service.

use std::{io, sync::Arc, thread::available_parallelism};

use tokio::runtime::Handle;

use super::{Engine, LocalDoor};
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity},
    function::{Databases, HttpClient, start_lanes},
    local::LocalEngine,
    lua::Lanes,
    service::Exports,
    telemetry::Metrics,
    temporal::Core,
    workflow::{KeptCode, LaneRuns},
};

/// Makes what belongs to the process. Needs a running tokio runtime.
pub(super) fn exports(engine: Engine, metrics: Metrics) -> Result<Exports, Diagnostics> {
    let lanes = available_parallelism().map_or(1, usize::from);
    let workflows = Lanes::start("workflow", lanes, LaneRuns::default).map_err(|error| no_threads(&error))?;
    let functions = start_lanes(lanes).map_err(|error| no_threads(&error))?;
    let http = HttpClient::new(Handle::current());
    let databases = Databases::new(Handle::current());
    let exports = Exports::default().with_root(Arc::new(workflows)).with_root(functions).with_root(http);
    let exports = exports.with_root(databases).with_root(Arc::new(metrics.clone()));
    let exports = exports.with_root(Arc::new(KeptCode::default()));
    match engine {
        Engine::Temporal => Ok(exports.with_root(Arc::new(core(&metrics)?))),
        Engine::Local => {
            // Who finds the engine here takes it instead of a server.
            let engine = LocalEngine::new();
            Ok(exports.with_root(Arc::new(engine.clone())).with_root(Arc::new(LocalDoor::Here(engine))))
        }
    }
}

fn core(metrics: &Metrics) -> Result<Core, Diagnostics> {
    Core::new(metrics).map_err(|error| {
        broken(Code::InternalError, Blame::Runtime, format!("the Temporal core does not start: {error}"))
    })
}

fn no_threads(error: &io::Error) -> Diagnostics {
    broken(Code::InternalError, Blame::Environment, format!("the operating system gives no threads: {error}"))
}

fn broken(code: Code, blame: Blame, headline: String) -> Diagnostics {
    Diagnostic::without_place(code, Severity::Error, blame, headline).into()
}
