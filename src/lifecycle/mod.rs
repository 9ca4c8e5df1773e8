//! Brings the running services in line with a registry.
//!
//! [`LifecycleGraph`] says who needs whom, [`Plan`] what has to stop and start, [`Supervisor`] does
//! it. Each service is one task with a function for each of its states; a task starts by itself
//! once all it needs is running, so the levels of the graph start in parallel.

mod board;
mod by_command;
mod graph;
mod plan;
#[cfg(test)]
pub(crate) mod script;
mod status;
mod supervisor;
mod task;

use by_command::ByCommand;

pub(crate) use graph::LifecycleGraph;
pub(crate) use plan::{Changes, Plan};
pub(crate) use status::{ServiceStatus, State, Status};
pub(crate) use supervisor::Supervisor;
pub(crate) use task::{Random, ServiceDef};
