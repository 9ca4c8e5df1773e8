//! What happened to the runs of the local engine, as steps: the part of a server's history that people
//! look at. It is kept as long as the engine remembers the run.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use tokio::sync::watch;

use crate::{
    local::run_story::RunStory,
    temporal::{RunEnd, Step},
    workflow::{Completion, Job},
};

/// The steps of all runs, by run id.
#[derive(Debug, Default)]
pub(super) struct Book {
    runs: Mutex<BTreeMap<String, RunStory>>,
    changed: watch::Sender<()>,
}

/// What was written of one run after a place in it.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) steps: Vec<Step>,
    /// How its code ended it, if the engine has taken that.
    pub(super) end: Option<RunEnd>,
    /// When it began.
    pub(super) begun: Option<SystemTime>,
    /// How many steps it has in all.
    pub(super) count: usize,
}

impl Book {
    /// A run is given these jobs.
    pub(super) fn begin(&self, run_id: &str, time: SystemTime, jobs: &[Job]) {
        let mut runs = self.runs();
        runs.entry(run_id.to_owned()).or_default().take(time, jobs);
        drop(runs);
        self.changed.send_replace(());
    }

    /// A run has answered to these jobs.
    pub(super) fn end(&self, run_id: &str, time: SystemTime, jobs: Vec<Job>, completion: &Completion) {
        if let Some(run) = self.runs().get_mut(run_id) {
            run.answer(time, jobs, completion);
        }
        self.changed.send_replace(());
    }

    /// The engine knows nothing of the run any more.
    pub(super) fn forget(&self, run_id: &str) {
        self.runs().remove(run_id);
    }

    /// An attempt of an activity begins.
    pub(super) fn attempt(&self, run_id: &str, activity_id: &str, attempt: u32) {
        if let Some(run) = self.runs().get_mut(run_id) {
            run.attempt(activity_id, attempt);
        }
    }

    /// The steps after the first `seen`.
    pub(super) fn read(&self, run_id: &str, seen: usize) -> Written {
        self.runs().get(run_id).map(|run| run.after(seen)).unwrap_or_default()
    }

    /// Tells of what is written from now on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, RunStory>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
