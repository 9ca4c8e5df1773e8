//! In which order things are told and done.

use crate::workflow::{Job, Priority};

/// What has no priority of its own has the server's middle one.
const MIDDLE: u32 = 3;

/// Lower goes first.
pub(super) fn priority_of(priority: Option<&Priority>) -> u32 {
    match priority.map(|priority| priority.key) {
        None | Some(0) => MIDDLE,
        Some(key) => key,
    }
}

/// The jobs of one step in the core's order: the start, messages, the rest; each as they came.
pub(super) fn in_order(mut jobs: Vec<Job>) -> Vec<Job> {
    jobs.sort_by_key(|job| match job {
        Job::Start(_) => 0,
        Job::Patch(_) => 1,
        Job::Reseed(_) => 2,
        Job::Signal(_) | Job::Update(_) | Job::Unreadable { .. } => 3,
        Job::Cancel { .. } | Job::Resolve { .. } => 4,
        Job::Query(_) => 5,
    });
    jobs
}
