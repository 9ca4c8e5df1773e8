//! A function: run as an activity, as a local activity or by hand.
//!
//! A [`Runner`] runs the attempts of one worker on the function lanes of the process. Each attempt
//! gets a realm of its own in the Lua state that its lane keeps for its program, so nothing of one
//! attempt is left for the next.

mod api;
mod call;
mod catalog;
mod context;
mod drive;
mod held;
mod http;
mod lane;
mod outcome;
mod problems;
mod runner;
mod sql;
mod task;
mod wait;
mod world;

#[cfg(test)]
mod tests;

pub(crate) use api::PROFILE;
pub(crate) use catalog::{Catalog, FunctionEntry};
pub(crate) use context::{FunctionContext, Heartbeat};
pub(crate) use http::{Allow, HttpClient, Rule, RuleError};
pub(crate) use runner::{FunctionLanes, Functions, Runner, start_lanes};
pub(crate) use sql::{Databases, PoolConfig, ProjectDatabases, SqliteService};
pub(crate) use task::{CancelReason, FunctionOutcome, FunctionTask};
pub(crate) use world::{Variables, World};
