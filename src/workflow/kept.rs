//! Which code the runs go on with that are not in memory.
//!
//! A run stays on the code it began with as long as the process lives, wherever it is: when it leaves
//! memory, and when its worker is started anew because the files have changed. Only a run whose task
//! failed takes the code that is there, so that a mended file heals it: whether the code failed or the
//! server refused what it asked for.

use std::sync::{Arc, Mutex, PoisonError};

use indexmap::IndexMap;

use crate::lua::Program;

/// Why a run leaves memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// Everything it asked for was taken: one that has ended is over.
    Settled,
    /// What it asked for last may not have been taken, and be it its end.
    Unsettled,
    /// Its task failed: it comes back on the code that is there then.
    TaskFailed,
}

/// So many runs are remembered; those that left memory first are forgotten first.
const MOST: usize = 100_000;

/// By run id, oldest first. One for all workers of a process.
#[derive(Debug, Default)]
pub(crate) struct KeptCode(Mutex<IndexMap<Arc<str>, Arc<Program>>>);

impl KeptCode {
    /// A run has left memory and may come back.
    pub(super) fn keep(&self, run_id: &Arc<str>, program: &Arc<Program>) {
        self.with(|runs| {
            runs.insert(Arc::clone(run_id), Arc::clone(program));
            if runs.len() > MOST {
                runs.shift_remove_index(0);
            }
        });
    }

    /// A run comes back: the code that it began with, if it was here before.
    pub(super) fn take(&self, run_id: &str) -> Option<Arc<Program>> {
        self.with(|runs| runs.shift_remove(run_id))
    }

    fn with<T>(&self, see: impl FnOnce(&mut IndexMap<Arc<str>, Arc<Program>>) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
