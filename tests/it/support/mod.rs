//! What the integration tests share.

mod command;
mod project;
pub(crate) mod repository;

pub(crate) use command::{Output, metonic};
pub(crate) use project::Project;
