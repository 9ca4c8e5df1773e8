//! What keeps a run from going on and is not in its history: what fails and is tried again.

use std::collections::BTreeSet;

use crate::temporal::Description;

/// What fails of one run, each thing told once.
#[derive(Debug, Default)]
pub(super) struct Failing {
    /// What was told of: activities by their ids, and nothing for the workflow task.
    told: BTreeSet<Option<String>>,
}

impl Failing {
    /// A line for each thing that fails and was not told of yet.
    pub(super) fn news(&mut self, now: &Description) -> Vec<String> {
        let mut news = Vec::new();
        for activity in &now.activities {
            if let Some(failure) = &activity.last_failure
                && self.told.insert(Some(activity.id.clone()))
            {
                news.push(format!("activity {} fails and is tried again: {}", activity.activity_type, failure.message));
            }
        }
        if now.task_attempt.is_some_and(|attempt| attempt > 1) && self.told.insert(None) {
            news.push("the workflow task fails and is tried again: what the worker says tells why".to_owned());
        }
        news
    }
}
