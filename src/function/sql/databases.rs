//! The databases that run now, by the ids of their entries.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::runtime::Handle;

use super::{Pool, PoolConfig, failure::unavailable};
use crate::{
    diag::closest,
    entry::EntryId,
    value::{Failure, failure_kind},
};

/// The process's databases.
pub(crate) struct Databases {
    /// Where what blocks runs.
    io: Handle,
    open: Mutex<BTreeMap<EntryId, Arc<Pool>>>,
    /// Those whose entries cannot be read, and why. Only who asks for one is told.
    unreadable: Mutex<BTreeMap<EntryId, String>>,
}

/// A database that functions find; dropped, they do not any more.
pub(crate) struct Opened {
    databases: Arc<Databases>,
    pub(crate) pool: Arc<Pool>,
}

/// The databases of one project.
#[derive(Clone)]
pub(crate) struct ProjectDatabases {
    pub(crate) databases: Arc<Databases>,
    /// The entries that the project has.
    pub(crate) known: Vec<EntryId>,
}

impl Databases {
    pub(crate) fn new(io: Handle) -> Arc<Self> {
        Arc::new(Self { io, open: Mutex::default(), unreadable: Mutex::default() })
    }

    /// Makes a database findable. Nothing is opened yet.
    pub(crate) fn add(self: &Arc<Self>, config: PoolConfig) -> Opened {
        let pool = Pool::new(config, self.io.clone());
        self.open().insert(pool.id().clone(), Arc::clone(&pool));
        Opened { databases: Arc::clone(self), pool }
    }

    /// Keeps why a database is not there.
    pub(crate) fn lack(&self, id: EntryId, why: String) {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).insert(id, why);
    }

    fn absence(&self, id: &EntryId) -> String {
        match self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            Some(why) => format!("the database `{id}` cannot be opened: {why}"),
            None => format!(
                "the database `{id}` is not running; name it in `lifecycle.requires` of the worker, so that it starts first"
            ),
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<EntryId, Arc<Pool>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut open = self.databases.open();
        if open.get(self.pool.id()).is_some_and(|current| Arc::ptr_eq(current, &self.pool)) {
            open.remove(self.pool.id());
        }
    }
}

impl ProjectDatabases {
    /// The database that `text` names; `namespace` completes a bare name.
    pub(in crate::function) fn find(&self, text: &str, namespace: &str) -> Result<Arc<Pool>, Failure> {
        let id = EntryId::parse(text, Some(namespace))
            .map_err(|error| Failure::invalid(format!("the database's id: {error}")))?;
        if !self.known.contains(&id) {
            let known: Vec<String> = self.known.iter().map(ToString::to_string).collect();
            let hint = match closest(&id.to_string(), known.iter().map(String::as_str)) {
                Some(close) => format!("; did you mean `{close}`?"),
                None if known.is_empty() => "; add an entry of kind `db.sql.sqlite`".to_owned(),
                None => format!("; it has {}", known.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
            };
            let message = format!("no database of this project is called `{id}`{hint}");
            return Err(Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) });
        }
        self.databases.open().get(&id).cloned().ok_or_else(|| unavailable(self.databases.absence(&id)))
    }
}

impl std::fmt::Debug for Databases {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.open().keys()).finish()
    }
}
