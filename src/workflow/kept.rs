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
    /// There is no room for it. Whether what it asked for last was taken the core does not tell then.
    Crowded,
    /// Its task failed: it comes back on the code that is there then.
    TaskFailed,
}

/// So many runs are remembered; those that left memory first are forgotten first.
const MOST: usize = 100_000;

/// So many are remembered beside them that have ended for all that is known here. One whose end was refused
/// comes back at once.
const MOST_ENDED: usize = 1_000;

/// One for all workers of a process.
#[derive(Debug, Default)]
pub(crate) struct KeptCode(Mutex<Runs>);

/// By run id, oldest first.
#[derive(Debug, Default)]
struct Runs {
    open: IndexMap<Arc<str>, Arc<Program>>,
    ended: IndexMap<Arc<str>, Arc<Program>>,
}

impl KeptCode {
    /// A run leaves memory, and may come back.
    pub(super) fn leaves(&self, run_id: &Arc<str>, program: &Arc<Program>, leaving: Leaving, ended: bool) {
        self.with(|runs| {
            let (runs, most) = match (leaving, ended) {
                (Leaving::TaskFailed, _) | (Leaving::Settled, true) => return,
                (Leaving::Crowded, true) => (&mut runs.ended, MOST_ENDED),
                (Leaving::Settled | Leaving::Crowded, false) | (Leaving::Unsettled, _) => (&mut runs.open, MOST),
            };
            runs.insert(Arc::clone(run_id), Arc::clone(program));
            if runs.len() > most {
                runs.shift_remove_index(0);
            }
        });
    }

    /// A run comes back: the code that it began with, if it was here before.
    pub(super) fn take(&self, run_id: &str) -> Option<Arc<Program>> {
        self.with(|Runs { open, ended }| open.shift_remove(run_id).or_else(|| ended.shift_remove(run_id)))
    }

    fn with<T>(&self, see: impl FnOnce(&mut Runs) -> T) -> T {
        see(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::script::program;

    #[test]
    fn runs_that_have_ended_crowd_out_only_each_other() {
        let (kept, program) = (KeptCode::default(), program("return function() end", &[]));
        kept.leaves(&"open".into(), &program, Leaving::Crowded, false);
        for run in 0..=MOST_ENDED {
            kept.leaves(&run.to_string().into(), &program, Leaving::Crowded, true);
        }
        let last = MOST_ENDED.to_string();
        assert_eq!(["open", "0", "1", &last].map(|run| kept.take(run).is_some()), [true, false, true, true]);
    }
}
