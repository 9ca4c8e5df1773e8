//! Where values are kept.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;

use super::{EnvError, dotenv};
use crate::{
    entry::EntryId,
    source::{FileError, Files, Modes},
};

/// How many routers may stand one behind the other.
pub(super) const MAX_ROUTERS: usize = 16;

/// Held while a file is read and replaced. There is one for all files: two entries, or two loads of the
/// project, may mean the same one.
static WRITING: Mutex<()> = Mutex::new(());

/// One `env.storage.*`.
pub(crate) enum Storage {
    /// The environment of the process.
    Os,
    File(FileStorage),
    /// Swapped for what an older load held.
    Memory(ArcSwap<Mutex<BTreeMap<String, String>>>),
    Static(BTreeMap<String, String>),
    /// Others, asked in this order; the first is written to.
    Router(Vec<EntryId>),
}

/// A `.env` file: read at every question, so that an edit counts at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileStorage {
    pub(crate) path: String,
    /// Make the file when it is first written; without it, a missing file is an error. A router
    /// passes over a missing file.
    pub(crate) auto_create: bool,
    pub(crate) modes: Modes,
}

impl Storage {
    pub(crate) fn memory() -> Self {
        Self::Memory(ArcSwap::default())
    }
}

impl FileStorage {
    pub(super) fn read(&self, files: &Files, key: &str) -> Result<Option<String>, EnvError> {
        let found = dotenv::read(&self.text(files)?).remove(key).transpose();
        found.map_err(|wrong| EnvError::Line { path: self.path.clone(), line: wrong.line, reason: wrong.reason })
    }

    pub(super) fn write(&self, files: &Files, key: &str, value: &str) -> Result<(), EnvError> {
        if value.contains(['\n', '\r']) {
            return Err(EnvError::LineBreak(key.to_owned()));
        }
        let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let text = dotenv::replace(&self.text(files)?, key, value);
        files.write_named(&self.path, &text, self.modes).map_err(|error| self.error(&error))
    }

    fn text(&self, files: &Files) -> Result<String, EnvError> {
        match files.read_named(&self.path) {
            Err(FileError::Missing) if self.auto_create => Ok(String::new()),
            other => other.map_err(|error| self.error(&error)),
        }
    }

    fn error(&self, error: &FileError) -> EnvError {
        match error {
            FileError::Missing => EnvError::FileMissing(self.path.clone()),
            other => EnvError::File { path: self.path.clone(), reason: other.to_string() },
        }
    }
}

pub(super) fn lock(held: &Mutex<BTreeMap<String, String>>) -> MutexGuard<'_, BTreeMap<String, String>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}
