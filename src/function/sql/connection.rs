//! One connection, set up so that nothing that is asked of it reaches beyond its file.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rusqlite::{
    Connection, OpenFlags,
    config::DbConfig,
    hooks::{Action, AuthAction, Authorization},
    limits::Limit,
};
use tokio::time::Instant;

use super::{failure::SqlError, guard::refusal};

/// How long a statement waits for another one that writes; tests do not.
const BUSY_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 5 });
/// After so many steps of SQLite's machine somebody asks whether to go on.
const STEPS_BETWEEN_LOOKS: i32 = 1000;
/// The longest text or blob, in bytes.
const LONGEST_VALUE: i32 = 16 * 1024 * 1024;
/// The longest statement, in bytes.
const LONGEST_SQL: i32 = 1024 * 1024;

/// A connection, and what its callbacks share with whoever uses it.
pub(super) struct Connected {
    pub(super) sqlite: Connection,
    shared: Arc<Shared>,
    pub(super) opened: Instant,
    is_read_only: bool,
}

#[derive(Default)]
struct Shared {
    stop: Arc<AtomicBool>,
    /// Whether what is prepared now was written by metonic.
    own: AtomicBool,
    seen: Mutex<Seen>,
    awaited: Mutex<Option<Awaited>>,
}

/// What was seen while a statement was prepared.
#[derive(Default)]
pub(super) struct Seen {
    /// Why it was refused.
    pub(super) refusal: Option<String>,
    /// The table that it inserts rows into; triggers may insert into others.
    pub(super) inserts_into: Option<String>,
}

/// An insertion that is looked out for: of a row with this id into this table.
struct Awaited {
    table: String,
    id: i64,
    has_come: bool,
}

impl Connected {
    /// Opens a file, or a database in memory.
    pub(super) fn open(file: Option<&Path>) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let sqlite = match file {
            Some(file) => Connection::open_with_flags(file, flags)?,
            None => Connection::open_in_memory()?,
        };
        sqlite.busy_timeout(BUSY_TIMEOUT)?;
        sqlite.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;")?;
        if file.is_some() {
            // Readers and a writer do not wait for each other. It also reads the file for the first time.
            sqlite.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        }
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
            (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
            (Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL),
        ] {
            sqlite.set_limit(limit, value)?;
        }
        let mut connected = Self { sqlite, shared: Arc::default(), opened: Instant::now(), is_read_only: false };
        connected.install_callbacks()?;
        Ok(connected)
    }

    fn install_callbacks(&mut self) -> rusqlite::Result<()> {
        let stop = self.stop();
        self.sqlite.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || stop.load(Ordering::Relaxed)))?;
        let shared = Arc::clone(&self.shared);
        // SQLite calls this for each row of a table that has row ids, and for no other.
        self.sqlite.update_hook(Some(move |action: Action, _: &str, table: &str, id: i64| {
            if action == Action::SQLITE_INSERT
                && let Some(awaited) = shared.awaited().as_mut()
            {
                awaited.has_come |= awaited.id == id && awaited.table == table;
            }
        }))?;
        let shared = Arc::clone(&self.shared);
        self.sqlite.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            if shared.own.load(Ordering::Relaxed) {
                return Authorization::Allow;
            }
            let mut seen = shared.seen();
            match refusal(&context) {
                None => {
                    if context.accessor.is_none() && seen.inserts_into.is_none() {
                        seen.inserts_into = inserts_into(context.action).map(str::to_owned);
                    }
                    Authorization::Allow
                }
                refusal => {
                    seen.refusal = refusal;
                    Authorization::Deny
                }
            }
        }))
    }

    /// Set, it stops what runs now.
    pub(super) fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.shared.stop)
    }

    /// What was seen since this was last asked for.
    pub(super) fn take_seen(&self) -> Seen {
        std::mem::take(&mut *self.shared.seen())
    }

    /// Runs something, and gives the id of the last row that it has inserted into its table by itself.
    ///
    /// SQLite keeps an id until another row is inserted, whoever asks, but takes back what triggers
    /// insert. So another id than before is news, and the same one is if a row came with it.
    pub(super) fn last_inserted(
        &self,
        table: Option<String>,
        run: impl FnOnce() -> Result<(), SqlError>,
    ) -> Result<Option<i64>, SqlError> {
        let Some(table) = table else { return run().map(|()| None) };
        let (before, changes) = (self.sqlite.last_insert_rowid(), self.sqlite.total_changes());
        *self.shared.awaited() = Some(Awaited { table: table.clone(), id: before, has_come: false });
        let done = run();
        let has_come = self.shared.awaited().take().is_some_and(|awaited| awaited.has_come);
        done?;
        let after = self.sqlite.last_insert_rowid();
        let is_new = after != before || has_come;
        // Nobody tells of the rows of a virtual table; it changes them only when it inserts some.
        let is_new = is_new || (self.sqlite.total_changes() != changes && self.is_virtual(&table)?);
        Ok(is_new.then_some(after))
    }

    fn is_virtual(&self, table: &str) -> Result<bool, SqlError> {
        const ASKED: &str = "SELECT EXISTS (SELECT 1 FROM pragma_table_list WHERE name = ? AND type = 'virtual')";
        self.shared.own.store(true, Ordering::Relaxed);
        let answer = self.sqlite.query_row(ASKED, [table], |row| row.get(0));
        self.shared.own.store(false, Ordering::Relaxed);
        Ok(answer?)
    }

    /// Runs SQL that metonic has written itself.
    fn own(&mut self, sql: &str) -> Result<(), SqlError> {
        self.shared.own.store(true, Ordering::Relaxed);
        let result = self.sqlite.execute_batch(sql);
        self.shared.own.store(false, Ordering::Relaxed);
        Ok(result?)
    }

    /// Begins a transaction. One that may write takes its place in the line of writers at once: later,
    /// it could be refused in the middle.
    pub(super) fn begin(&mut self, is_read_only: bool) -> Result<(), SqlError> {
        if !is_read_only {
            return self.own("BEGIN IMMEDIATE");
        }
        self.own("PRAGMA query_only = ON; BEGIN DEFERRED")?;
        self.is_read_only = true;
        Ok(())
    }

    pub(super) fn commit(&mut self) -> Result<(), SqlError> {
        self.own("COMMIT")?;
        self.settle()
    }

    pub(super) fn savepoint(&mut self, verb: &str, name: &str) -> Result<(), SqlError> {
        self.own(&format!("{verb} \"{name}\""))
    }

    /// Whether the next one who gets the connection finds nothing of this one.
    pub(super) fn is_settled(&self) -> bool {
        self.sqlite.is_autocommit() && !self.is_read_only
    }

    /// Takes back what was not committed.
    pub(super) fn settle(&mut self) -> Result<(), SqlError> {
        self.shared.stop.store(false, Ordering::Relaxed);
        if !self.sqlite.is_autocommit() {
            self.own("ROLLBACK")?;
        }
        if self.is_read_only {
            self.own("PRAGMA query_only = OFF")?;
            self.is_read_only = false;
        }
        Ok(())
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn awaited(&self) -> MutexGuard<'_, Option<Awaited>> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The table whose rows an action inserts; the schema is none.
fn inserts_into(action: AuthAction<'_>) -> Option<&str> {
    match action {
        AuthAction::Insert { table_name } if !table_name.starts_with("sqlite_") => Some(table_name),
        _ => None,
    }
}
