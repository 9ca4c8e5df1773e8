//! What one can ask of a project: one file a question, each with a typed answer.

mod ask_error;
mod call;
mod check;
mod config;
mod entries;
mod explain;
mod fix;
mod follow;
mod reach;
mod replay;
mod runs;
mod schema;
mod start;
mod watch;

pub(crate) use ask_error::AskError;
pub(crate) use call::{CallError, call};
pub(crate) use check::check;
pub(crate) use config::{EntryConfig, config};
pub(crate) use entries::{EntryRow, entries};
pub(crate) use explain::{explain, topics};
pub(crate) use fix::{Fixed, fix};
pub(crate) use follow::Follow;
pub(crate) use reach::{ReachError, reach};
pub(crate) use replay::{FetchError, replay, replay_run};
pub(crate) use runs::Runs;
pub(crate) use schema::schema;
pub(crate) use start::{Prepared, StartError, StartInput, Started, prepare_start, start};
pub(crate) use watch::{Change, Watch};
