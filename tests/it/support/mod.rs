//! What the integration tests share.

mod command;
mod project;
pub(crate) mod repository;
mod running;
mod temporal;

pub(crate) use command::{Output, command, metonic};
pub(crate) use project::Project;
pub(crate) use running::Running;
pub(crate) use temporal::{free_port, temporal_command};
