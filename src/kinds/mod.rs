//! One file per kind of entry, and the table of all.

mod activity_options;
mod address;
mod client_auth;
mod client_config;
mod client_pem;
mod client_tls;
mod code;
mod cron;
mod db_sqlite;
mod env;
mod function_lua;
mod library_lua;
mod lua_fields;
mod lua_lint;
mod module_names;
mod names;
mod option_keys;
mod policy;
mod program;
mod registry_entry;
mod replayer;
mod start_fields;
mod temporal_client;
mod temporal_worker;
mod unused_environment;
mod worker_functions;
mod worker_options;
mod worker_rules;
mod worker_workflows;
mod workflow_lua;
mod workflow_options;

use crate::registry::KindDef;

pub(crate) use db_sqlite::{DbSqlite, config as pool_config};
pub(crate) use function_lua::FunctionLua;
pub(crate) use lua_fields::LuaPlace;
pub(crate) use replayer::{NoReplayer, replayer};
pub(crate) use temporal_client::{ClientFields, TemporalClient};
pub(crate) use temporal_worker::{TemporalWorker, WorkerFields};
pub(crate) use worker_functions::caller;
pub(crate) use workflow_lua::WorkflowLua;

/// Every kind of entry.
pub(crate) const ALL: &[KindDef] = &[
    KindDef::of::<temporal_client::TemporalClient>(),
    KindDef::of::<temporal_worker::TemporalWorker>(),
    KindDef::of::<workflow_lua::WorkflowLua>(),
    KindDef::of::<function_lua::FunctionLua>(),
    KindDef::of::<library_lua::LibraryLua>(),
    KindDef::of::<registry_entry::RegistryEntry>(),
    KindDef::of::<db_sqlite::DbSqlite>(),
    KindDef::of::<env::EnvStorageOs>(),
    KindDef::of::<env::EnvStorageFile>(),
    KindDef::of::<env::EnvStorageMemory>(),
    KindDef::of::<env::EnvStorageStatic>(),
    KindDef::of::<env::EnvStorageRouter>(),
    KindDef::of::<env::EnvVariable>(),
];

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod at_start;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod tests;
