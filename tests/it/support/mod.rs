//! What the integration tests share.

mod command;
mod project;
pub(crate) mod repository;
mod running;

pub(crate) use command::{Output, command, metonic};
pub(crate) use project::Project;
pub(crate) use running::Running;
