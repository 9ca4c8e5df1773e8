//! Lua modules as workflows see them. Each finds the run it works for through
//! [`RunState::current`](super::state::RunState::current).

mod attributes;
mod ctx;
mod funcs;
mod io;
mod launch;
mod logger;
mod metrics;
mod names;
mod options;
mod policies;
mod process;
mod requests;
mod run_options;
mod saga;
mod time;
mod words;
mod workflow;

use std::time::Duration;

use mlua::Lua;

use crate::lua::{
    Channel, Coroutine, Limits, ModuleDef, PURE, PURE_GLOBALS, Profile, REFUSED_IN_WORKFLOWS, logger::LogLevel,
};

pub(crate) use attributes::read as search_attributes;
pub(crate) use policies::VersioningMode;
pub(super) use process::{CANCEL_EVENT, EXIT_EVENT, LINK_DOWN_EVENT};
pub(crate) use run_options::{ALIASES, start_options};
pub(crate) use words::{PRIORITY_ALIASES, Worded, snake};
pub(super) use workflow::ChildHandle;

use super::state::RunState;

/// The modules that only workflows have, or have in a form of their own.
const OWN: [ModuleDef; 7] = [
    ModuleDef::of::<ctx::Ctx>(),
    ModuleDef::of::<funcs::Funcs>(),
    ModuleDef::of::<logger::Logger>(),
    ModuleDef::of::<metrics::Metrics>(),
    ModuleDef::of::<saga::Saga>(),
    ModuleDef::of::<time::Time>(),
    ModuleDef::of::<workflow::WorkflowModule>(),
];

/// What is there without being asked for.
const GLOBALS: [ModuleDef; 4] = [
    ModuleDef::of::<Channel>(),
    ModuleDef::of::<Coroutine>(),
    ModuleDef::of::<io::Io>(),
    ModuleDef::of::<process::Process>(),
];

static ALL_MODULES: [ModuleDef; OWN.len() + PURE.len()] = joined(&OWN, PURE);
static ALL_GLOBALS: [ModuleDef; GLOBALS.len() + PURE_GLOBALS.len()] = joined(&GLOBALS, PURE_GLOBALS);

/// What the code of workflows may do.
pub(crate) static PROFILE: Profile = Profile {
    name: "workflow",
    modules: &ALL_MODULES,
    globals: &ALL_GLOBALS,
    refused: REFUSED_IN_WORKFLOWS,
    deterministic: true,
    // The server gives a workflow task ten seconds, queueing included.
    limits: Limits { instructions: 500_000_000, wall: Duration::from_secs(2), memory: 64 * 1024 * 1024 },
};

const fn joined<const N: usize>(first: &[ModuleDef], second: &[ModuleDef]) -> [ModuleDef; N] {
    let mut all = [first[0]; N];
    let mut at = 1;
    while at < N {
        all[at] = if at < first.len() { first[at] } else { second[at - first.len()] };
        at += 1;
    }
    all
}

/// `print` in a workflow: a line of the log, said once.
pub(super) fn print(lua: &Lua, line: &str) {
    if let Ok(state) = RunState::reading(lua, "print") {
        state.log(lua, LogLevel::Info, Some("print"), line, &<_>::default());
    }
}

#[cfg(test)]
mod tests;
