//! Lua modules as functions see them. Each finds the call it works for through
//! [`Call::current`](crate::function::call::Call::current).

mod activity;
mod ctx;
mod env;
mod funcs;
mod http_client;
mod logger;
mod metrics;
mod sql;
mod time;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::lua::{Channel, Coroutine, Limits, ModuleDef, PURE, PURE_GLOBALS, Profile};

/// The modules that only functions have, or have in a form of their own.
const OWN: [ModuleDef; 9] = [
    ModuleDef::of::<activity::Activity>(),
    ModuleDef::of::<ctx::Ctx>(),
    ModuleDef::of::<env::Env>(),
    ModuleDef::of::<funcs::Funcs>(),
    ModuleDef::of::<http_client::HttpClientModule>(),
    ModuleDef::of::<logger::Logger>(),
    ModuleDef::of::<metrics::Metrics>(),
    ModuleDef::of::<sql::Sql>(),
    ModuleDef::of::<time::Time>(),
];

/// What is there without being asked for.
const GLOBALS: [ModuleDef; 2 + PURE_GLOBALS.len()] = {
    let mut all = [ModuleDef::of::<Channel>(); 2 + PURE_GLOBALS.len()];
    all[1] = ModuleDef::of::<Coroutine>();
    let mut at = 0;
    while at < PURE_GLOBALS.len() {
        all[2 + at] = PURE_GLOBALS[at];
        at += 1;
    }
    all
};

const MODULES: [ModuleDef; OWN.len() + PURE.len()] = {
    let mut all = [OWN[0]; OWN.len() + PURE.len()];
    let mut at = 1;
    while at < all.len() {
        all[at] = if at < OWN.len() { OWN[at] } else { PURE[at - OWN.len()] };
        at += 1;
    }
    all
};

const NOT_YET: &str = "metonic does not have it yet";

/// What the code of functions may do.
pub(crate) static PROFILE: Profile = Profile {
    name: "function",
    modules: &MODULES,
    globals: &GLOBALS,
    refused: &[
        ("events", NOT_YET, "give the caller what happened, which can signal others"),
        ("exec", NOT_YET, "call a service with `http_client`"),
        ("fs", NOT_YET, "call a service with `http_client`"),
        ("http", "there are no requests to answer", "`http_client` makes requests"),
        ("process", "functions have no mailbox", "call other functions with `funcs`"),
        ("registry", NOT_YET, "pass what the function needs as an argument"),
        ("security", NOT_YET, "pass who asks as an argument, or in the context of `ctx`"),
        ("store", NOT_YET, "keep it in a database with `sql`"),
        ("system", NOT_YET, "pass what the function needs as an argument"),
        ("workflow", "it is about the run of a workflow", "`activity.info()` names the workflow that called"),
    ],
    deterministic: false,
    limits: Limits { instructions: 2_000_000_000, wall: Duration::from_secs(10), memory: 64 * 1024 * 1024 },
};
