//! What belongs to the process and is lent to every service.

use std::{io, sync::Arc, thread::available_parallelism};

use tokio::runtime::Handle;

use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity},
    function::{Databases, HttpClient, start_lanes},
    lua::Lanes,
    service::Exports,
    telemetry::Metrics,
    temporal::Core,
    workflow::LaneRuns,
};

/// Makes what belongs to the process. Needs a running tokio runtime.
pub(super) fn exports(metrics: Metrics) -> Result<Exports, Diagnostics> {
    let core = Core::new(&metrics).map_err(|error| {
        broken(Code::InternalError, Blame::Runtime, format!("the Temporal core does not start: {error}"))
    })?;
    let lanes = available_parallelism().map_or(1, usize::from);
    let workflows = Lanes::start("workflow", lanes, LaneRuns::default).map_err(|error| no_threads(&error))?;
    let functions = start_lanes(lanes).map_err(|error| no_threads(&error))?;
    let http = HttpClient::new(Handle::current());
    let exports = Exports::default().with_root(Arc::new(core)).with_root(Arc::new(workflows));
    let databases = Databases::new(Handle::current());
    let exports = exports.with_root(functions).with_root(http).with_root(databases);
    Ok(exports.with_root(Arc::new(metrics)))
}

fn no_threads(error: &io::Error) -> Diagnostics {
    broken(Code::InternalError, Blame::Environment, format!("the operating system gives no threads: {error}"))
}

fn broken(code: Code, blame: Blame, headline: String) -> Diagnostics {
    Diagnostic::without_place(code, Severity::Error, blame, headline).into()
}
