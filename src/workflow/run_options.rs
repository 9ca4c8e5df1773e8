//! How another run is started: what a caller or an entry's `meta.options` says about it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::{
    value::Map,
    workflow::{
        ChildCancellation, IdConflictPolicy, IdReusePolicy, ParentClosePolicy, Priority, RetryPolicy, RunTimeouts,
        SearchAttributes, VersioningIntent, VersioningOverride,
    },
};

/// Options of a run that is to be started; what is not set is somebody else's to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunOptions {
    pub(crate) workflow_id: Option<String>,
    /// Of a run that takes this one's place: another type than its own.
    pub(crate) workflow_type: Option<String>,
    /// As an author names it: the client's prefix is put before it.
    pub(crate) task_queue: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) timeouts: RunTimeouts,
    pub(crate) parent_close: Option<ParentClosePolicy>,
    pub(crate) id_reuse: Option<IdReusePolicy>,
    /// Of a start from outside; a child whose id is in use is always an error.
    pub(crate) id_conflict: Option<IdConflictPolicy>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) cron: Option<String>,
    pub(crate) memo: Option<Map>,
    pub(crate) search_attributes: Option<SearchAttributes>,
    pub(crate) cancellation: Option<ChildCancellation>,
    pub(crate) priority: Option<Priority>,
    pub(crate) versioning: Option<VersioningOverride>,
    pub(crate) intent: Option<VersioningIntent>,
    pub(crate) summary: Option<String>,
    pub(crate) details: Option<String>,
    /// Of a start from outside, and of a run that takes this one's place: how long it waits before it
    /// begins.
    pub(crate) delay: Option<Duration>,
    /// Of a run that takes this one's place: it may begin on the newest version of its worker.
    pub(crate) upgrades: bool,
}

impl RunOptions {
    /// These, and where they say nothing, the others. What becomes of a run that has the id is said by one
    /// of them alone: a word of these puts the word of the others aside that would contradict it.
    pub(crate) fn over(self, others: &Self) -> Self {
        let terminates = |reuse: &IdReusePolicy| *reuse == IdReusePolicy::TerminateIfRunning;
        let (has_conflict, has_terminate) =
            (self.id_conflict.is_some(), self.id_reuse.as_ref().is_some_and(terminates));
        let other_reuse = others.id_reuse.filter(|reuse| !(has_conflict && terminates(reuse)));
        let other_conflict = others.id_conflict.filter(|_| !has_terminate);
        let timeouts = RunTimeouts {
            execution: self.timeouts.execution.or(others.timeouts.execution),
            run: self.timeouts.run.or(others.timeouts.run),
            task: self.timeouts.task.or(others.timeouts.task),
        };
        Self {
            workflow_id: self.workflow_id.or_else(|| others.workflow_id.clone()),
            workflow_type: self.workflow_type.or_else(|| others.workflow_type.clone()),
            task_queue: self.task_queue.or_else(|| others.task_queue.clone()),
            namespace: self.namespace.or_else(|| others.namespace.clone()),
            timeouts,
            parent_close: self.parent_close.or(others.parent_close),
            id_reuse: self.id_reuse.or(other_reuse),
            id_conflict: self.id_conflict.or(other_conflict),
            retry: self.retry.or_else(|| others.retry.clone()),
            cron: self.cron.or_else(|| others.cron.clone()),
            memo: self.memo.or_else(|| others.memo.clone()),
            search_attributes: self.search_attributes.or_else(|| others.search_attributes.clone()),
            cancellation: self.cancellation.or(others.cancellation),
            priority: self.priority.or_else(|| others.priority.clone()),
            versioning: self.versioning.or_else(|| others.versioning.clone()),
            intent: self.intent.or(others.intent),
            summary: self.summary.or_else(|| others.summary.clone()),
            details: self.details.or_else(|| others.details.clone()),
            delay: self.delay.or(others.delay),
            upgrades: self.upgrades || others.upgrades,
        }
    }

    /// Two words for what becomes of a run that has the id, and which of them is the server's to obey
    /// it does not say.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        let both = self.id_reuse == Some(IdReusePolicy::TerminateIfRunning) && self.id_conflict.is_some();
        both.then_some(
            "the id reuse policy `terminate_if_running` and an id conflict policy both say what becomes of a run that \
             goes on; give one of them",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_run_that_goes_on_puts_the_other_word_aside() {
        let conflict = RunOptions { id_conflict: Some(IdConflictPolicy::UseExisting), ..RunOptions::default() };
        let reuse = RunOptions { id_reuse: Some(IdReusePolicy::TerminateIfRunning), ..RunOptions::default() };
        assert_eq!(conflict.clone().over(&reuse), conflict);
        assert_eq!(reuse.clone().over(&conflict), reuse);
    }

    #[test]
    fn words_that_do_not_contradict_each_other_are_both_kept() {
        let conflict = RunOptions { id_conflict: Some(IdConflictPolicy::Fail), ..RunOptions::default() };
        let reuse = RunOptions { id_reuse: Some(IdReusePolicy::RejectDuplicate), ..RunOptions::default() };
        let both = RunOptions { id_reuse: reuse.id_reuse, ..conflict.clone() };
        assert_eq!(conflict.over(&reuse), both);
    }
}
