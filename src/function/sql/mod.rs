//! Databases in files of the project, for `sql`: SQLite, compiled in.
//!
//! A connection blocks and serves one at a time. A [`Pool`] lends it, and what is asked of it runs
//! on a thread for blocking work, never on a lane; whoever stops waiting stops the statement. What
//! SQL could do beyond its own file is refused when a statement is prepared.

mod connection;
mod databases;
mod failure;
mod guard;
mod pool;
mod service;
mod statement;
mod transactions;

#[cfg(test)]
pub(super) use databases::Opened;
pub(crate) use databases::{Databases, ProjectDatabases};
pub(crate) use pool::{Pool, PoolConfig};
pub(crate) use service::SqliteService;
pub(super) use statement::{Executed, Parameters, Statement};
pub(super) use transactions::{Place, Transactions};

/// The most rows that one query gives.
pub(crate) const MOST_ROWS: usize = 100_000;
/// The most bytes that its values may have together.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;
