//! When a run may be thrown out of memory that is to be thrown out after each of its tasks.
//!
//! A task goes on while local activities run, and a run that is thrown out meanwhile would begin them
//! anew, for ever. So which of them run is noted here, for workers that are told to evict. It goes on, too,
//! while the core has something to tell at once, as that a child has ended that was not started yet. Whether
//! it has is not known here, so the run stays until the next step has ended.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use crate::workflow::{Activation, Command, Completion, Job, Seq};

/// Says after which steps of a worker's runs their tasks are over.
#[derive(Debug, Default)]
pub(super) struct Eviction {
    /// Whether runs are thrown out at all.
    after_each_task: bool,
    local: Mutex<HashMap<String, BTreeSet<Seq>>>,
}

impl Eviction {
    pub(super) fn new(after_each_task: bool) -> Self {
        Self { after_each_task, local: Mutex::default() }
    }

    /// A step begins: some local activities may have ended.
    pub(super) fn begin(&self, activation: &Activation) {
        if !self.after_each_task {
            return;
        }
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = local.get_mut(&activation.run_id) {
            for job in &activation.jobs {
                if let Job::Resolve { seq, .. } = job {
                    running.remove(seq);
                }
            }
        }
    }

    /// A step ended; whether the run is to be thrown out now. Not while it replays: the core does it
    /// when nothing is left to replay, and the run may have begun a local activity by then.
    pub(super) fn end(&self, run_id: &str, replaying: bool, completion: &Completion) -> bool {
        if !self.after_each_task {
            return false;
        }
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        let Completion::Commands(emitted) = completion else {
            local.remove(run_id);
            return true;
        };
        let begun = emitted.iter().filter_map(|emitted| match &emitted.command {
            Command::ScheduleActivity(activity) if activity.local.is_some() => Some(activity.seq),
            _ => None,
        });
        let running = local.entry(run_id.to_owned()).or_default();
        running.extend(begun);
        if !running.is_empty() {
            return false;
        }
        local.remove(run_id);
        !replaying && !completion.may_be_answered_at_once()
    }

    /// The run left memory.
    pub(super) fn forget(&self, run_id: &str) {
        if self.after_each_task {
            self.local.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id);
        }
    }
}
