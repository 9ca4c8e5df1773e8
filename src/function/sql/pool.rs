//! The connections of one database: lent to one at a time, kept for the next, closed when old.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    connection::Connected,
    failure::{SqlError, unavailable, words},
};
use crate::{
    entry::EntryId,
    value::{Failure, failure_kind, format_duration},
};

/// How long somebody waits for a connection that others have; in tests, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 600 } else { 5 });

/// How a database is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PoolConfig {
    pub(crate) id: EntryId,
    /// Nothing: in memory, and then there is one connection, which is never closed.
    pub(crate) file: Option<PathBuf>,
    pub(crate) max_open: u32,
    pub(crate) max_idle: u32,
    /// Nothing: a connection never becomes too old.
    pub(crate) max_lifetime: Option<Duration>,
}

/// The connections of one database.
pub(crate) struct Pool {
    config: PoolConfig,
    /// Where what blocks runs: not on the lane.
    io: Handle,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connected>>,
    is_closed: AtomicBool,
}

/// How the connections of a database are used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolStats {
    pub(crate) max_open: usize,
    pub(crate) in_use: usize,
    pub(crate) idle: usize,
}

/// A connection while somebody has it. Dropped, it goes back without what was not committed.
pub(in crate::function) struct Lease {
    pool: Arc<Pool>,
    connected: Option<Connected>,
    permit: Option<OwnedSemaphorePermit>,
}

/// Dropped, it stops a statement that still runs.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Pool {
    /// Opens nothing yet.
    pub(crate) fn new(mut config: PoolConfig, io: Handle) -> Arc<Self> {
        if config.file.is_none() {
            // Each connection would be a database of its own, gone with it.
            config = PoolConfig { max_open: 1, max_idle: 1, max_lifetime: None, ..config };
        }
        let permits = Arc::new(Semaphore::new(config.max_open as usize));
        Arc::new(Self { config, io, permits, idle: Mutex::default(), is_closed: AtomicBool::new(false) })
    }

    pub(crate) fn id(&self) -> &EntryId {
        &self.config.id
    }

    pub(crate) fn stats(&self) -> PoolStats {
        let max_open = self.config.max_open as usize;
        let in_use = max_open.saturating_sub(self.permits.available_permits());
        PoolStats { max_open, in_use, idle: self.idle().len() }
    }

    /// A connection, once one is free.
    pub(in crate::function) async fn lease(self: &Arc<Self>) -> Result<Lease, Failure> {
        let id = self.id();
        let permit = match tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await {
            Ok(Ok(permit)) if !self.is_closed.load(Ordering::Acquire) => permit,
            Ok(_) => return Err(unavailable(format!("`{id}` is stopping"))),
            Err(_) => {
                let most = self.config.max_open;
                return Err(unavailable(format!(
                    "all {most} connections of `{id}` are in use, and none came back within {}; end transactions soon, or \
                     raise `pool.max_open`",
                    format_duration(PATIENCE)
                )));
            }
        };
        let kept = self.idle().pop();
        let lease = |connected| Lease { pool: Arc::clone(self), connected: Some(connected), permit: Some(permit) };
        if let Some(connected) = kept {
            if !self.is_old(&connected) {
                return Ok(lease(connected));
            }
            self.close_one(connected);
        }
        let file = self.config.file.clone();
        let opened = self.io.spawn_blocking(move || Connected::open(file.as_deref())).await;
        match opened {
            Ok(Ok(connected)) => Ok(lease(connected)),
            Ok(Err(error)) => Err(unavailable(format!("`{id}` cannot be opened: {}", words(&error)))),
            Err(error) => Err(broken(id, &error)),
        }
    }

    /// Waits until nobody has a connection, and closes all. Nobody gets one any more.
    pub(crate) async fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        let all = self.permits.acquire_many(self.config.max_open).await;
        self.permits.close();
        drop(all);
        let idle = std::mem::take(&mut *self.idle());
        // A panic while closing leaves nothing to be done.
        let _ = self.io.spawn_blocking(move || drop(idle)).await;
    }

    fn is_old(&self, connected: &Connected) -> bool {
        self.config.max_lifetime.is_some_and(|longest| connected.opened.elapsed() >= longest)
    }

    fn give_back(&self, connected: Connected) {
        let mut idle = self.idle();
        let is_wanted = idle.len() < self.config.max_idle as usize && !self.is_old(&connected);
        if is_wanted {
            idle.push(connected);
        } else {
            drop(idle);
            self.close_one(connected);
        }
    }

    /// The last connection to a file writes what is left in its journal: that blocks.
    fn close_one(&self, connected: Connected) {
        drop(self.io.spawn_blocking(move || drop(connected)));
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connected>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Does `work` with the connection. If nobody waits for it any more, the statement is stopped and
    /// the connection goes back.
    pub(super) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Connected) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<(Self, Result<T, Failure>), Failure> {
        let Some(connected) = &self.connected else { return Err(unavailable("the connection is gone")) };
        let stop = connected.stop();
        stop.store(false, Ordering::Relaxed);
        let (pool, is_late, mut lease) = (Arc::clone(&self.pool), Arc::clone(&stop), self);
        let mut task = pool.io.spawn_blocking(move || {
            let work = |connected: &mut Connected| {
                if is_late.load(Ordering::Relaxed) { Err(SqlError::Stopped) } else { work(connected) }
            };
            let done = lease.connected.as_mut().map(work);
            (lease, done)
        });
        // Dropped before the task: afterwards somebody else may have the connection.
        let _stop = StopOnDrop(stop);
        match (&mut task).await {
            Ok((lease, Some(done))) => Ok((lease, done.map_err(|error| error.failure(pool.id())))),
            Ok((_, None)) => Err(unavailable("the connection is gone")),
            Err(error) => Err(broken(pool.id(), &error)),
        }
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.connected.as_ref().is_some_and(|connected| !connected.sqlite.is_autocommit())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(mut connected), permit) = (self.connected.take(), self.permit.take()) else { return };
        if connected.is_settled() {
            self.pool.give_back(connected);
            return;
        }
        let pool = Arc::clone(&self.pool);
        // The permit goes last: who waits for all of them waits for this.
        drop(self.pool.io.spawn_blocking(move || {
            if connected.settle().is_ok() {
                pool.give_back(connected);
            }
            drop(permit);
        }));
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pool({})", self.id())
    }
}

fn broken(id: &EntryId, error: &tokio::task::JoinError) -> Failure {
    let message = format!("metonic {} broke while it used `{id}`: {error}", env!("CARGO_PKG_VERSION"));
    Failure { retryable: Some(true), ..Failure::new(failure_kind::INTERNAL, message) }
}
