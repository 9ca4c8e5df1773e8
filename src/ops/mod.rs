//! What one can ask of a project: one file a question, each with a typed answer.

mod check;
mod entries;
mod explain;

mod replay;
mod schema;
mod start;

pub(crate) use check::{CheckReport, check};
pub(crate) use entries::{EntryRow, entries};
pub(crate) use explain::{ExplainError, explain, topics};

pub(crate) use replay::{ReplayReport, replay};
pub(crate) use schema::schema;
pub(crate) use start::{StartError, StartInput, Started, start};
