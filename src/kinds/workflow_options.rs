//! `meta.options` of a workflow: how it is started unless who starts it says otherwise.
//!
//! A key may be written with `workflow.` or `temporal.workflow.` before it, as in Lua, or without.

use super::{
    activity_options::{IntentWord, PriorityFields, Retry, Wait, read_options, with_prefixes},
    names::TemporalName,
    start_fields::{Attributes, IdConflictWord, Versioning},
};
use indexmap::IndexMap;

use crate::{
    value::Value,
    workflow::{ChildCancellation, IdReusePolicy, ParentClosePolicy, RunOptions, RunTimeouts},
    yaml::{DecodeCx, Field as _, Node, Schema, choices, record},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.workflow.", "workflow."];

choices! {
    /// What becomes of a child when its parent ends.
    pub(crate) enum ParentCloseWord {
        /// It is terminated.
        Terminate = "terminate",
        /// It goes on.
        Abandon = "abandon",
        /// It is asked to end.
        RequestCancel = "request_cancel",
    }
}

choices! {
    /// Whether a workflow id may be used again after its run ended.
    pub(crate) enum IdReuseWord {
        /// It may.
        AllowDuplicate = "allow_duplicate",
        /// It may if that run did not complete.
        AllowDuplicateFailedOnly = "allow_duplicate_failed_only",
        /// It may not.
        RejectDuplicate = "reject_duplicate",
        /// It may, and a run that goes on is terminated.
        TerminateIfRunning = "terminate_if_running",
    }
}

choices! {
    /// What a cancelled child's caller waits for.
    pub(crate) enum ChildCancellationWord {
        /// Nothing, and the child is not told.
        Abandon = "abandon",
        /// Nothing: the child is asked to end.
        TryCancel = "try_cancel",
        /// Until it is known that the child was asked to end.
        WaitRequested = "wait_requested",
        /// The end of the child, which is asked to end.
        WaitCompleted = "wait_completed",
    }
}

record! {
    /// How a workflow is started, as a child or by a command, unless who starts it says otherwise.
    pub(crate) struct WorkflowOptions checked by consistent {
        /// Another queue than its worker's.
        task_queue: Option<TemporalName>;
        /// All runs of it together.
        execution_timeout: Option<Wait>;
        /// One run.
        run_timeout: Option<Wait>;
        /// One workflow task.
        task_timeout: Option<Wait>;
        /// Whether its workflow id may be used again.
        id_reuse_policy: Option<IdReuseWord>;
        /// What becomes of a start from outside if a run with its workflow id goes on; a child is not started then.
        id_conflict_policy: Option<IdConflictWord>;
        /// What becomes of it when its parent ends.
        parent_close_policy: Option<ParentCloseWord>;
        /// What its caller waits for when it is cancelled.
        cancellation_type: Option<ChildCancellationWord>;
        /// What follows a run that failed.
        retry_policy: Option<Retry>;
        /// When it runs again and again.
        cron_schedule: Option<String>;
        /// How long it waits before it begins, when it is started from outside.
        start_delay: Option<Wait>;
        /// What is kept beside it, for whoever lists it.
        memo: Option<IndexMap<String, Value>>;
        /// What it is found by. A plain value, or a map with `type` and `value`.
        search_attributes: Option<Attributes>;
        /// The version of its worker that it runs on, whatever the worker says.
        versioning_override: Option<Versioning>;
        /// A few words for the Web UI.
        summary: Option<String>;
        /// More words for the Web UI.
        details: Option<String>;
        /// Which of several waiting workflows comes first.
        priority: Option<PriorityFields>;
        /// Of Wippy's.
        wait_for_cancellation: Option<bool> = None, only "the words for it are in `cancellation_type`";
        /// Of Wippy's.
        execution_error_when_already_started: Option<bool> = None, only "`id_conflict_policy: fail` is an error, the others are none";
        /// Of Wippy's.
        enable_eager_start: Option<bool> = None, only "who starts it runs no worker, so the first task goes through the queue";
        /// Of a child.
        namespace: Option<String> = None, only "its worker's client has one; a workflow that calls it may name another";
        /// Of a child.
        versioning_intent: Option<IntentWord> = None, only "the workflow that calls it says whether it stays on its version";
    }
}

fn consistent(options: &WorkflowOptions, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let Some(contradiction) = options.for_calls().contradiction() else { return Some(()) };
    cx.bad_value(node.span, contradiction);
    None
}

impl WorkflowOptions {
    /// Reads `meta.options`; without it, nothing is set.
    pub(super) fn read(meta: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        read_options(meta, PREFIXES, cx)
    }

    /// The same, with every key as it may be written.
    pub(super) fn meta_schema() -> Schema {
        with_prefixes(Self::schema(), PREFIXES)
    }

    /// As a workflow's calls take them.
    pub(crate) fn for_calls(&self) -> RunOptions {
        RunOptions {
            task_queue: self.task_queue.as_ref().map(|queue| queue.text.clone()),
            timeouts: RunTimeouts {
                execution: self.execution_timeout.map(|wait| wait.0),
                run: self.run_timeout.map(|wait| wait.0),
                task: self.task_timeout.map(|wait| wait.0),
            }
            .without_zeros(),
            id_reuse: self.id_reuse_policy.map(|word| match word {
                IdReuseWord::AllowDuplicate => IdReusePolicy::AllowDuplicate,
                IdReuseWord::AllowDuplicateFailedOnly => IdReusePolicy::AllowDuplicateFailedOnly,
                IdReuseWord::RejectDuplicate => IdReusePolicy::RejectDuplicate,
                IdReuseWord::TerminateIfRunning => IdReusePolicy::TerminateIfRunning,
            }),
            id_conflict: self.id_conflict_policy.map(IdConflictWord::policy),
            parent_close: self.parent_close_policy.map(|word| match word {
                ParentCloseWord::Terminate => ParentClosePolicy::Terminate,
                ParentCloseWord::Abandon => ParentClosePolicy::Abandon,
                ParentCloseWord::RequestCancel => ParentClosePolicy::RequestCancel,
            }),
            cancellation: self.cancellation_type.map(|word| match word {
                ChildCancellationWord::Abandon => ChildCancellation::Abandon,
                ChildCancellationWord::TryCancel => ChildCancellation::TryCancel,
                ChildCancellationWord::WaitRequested => ChildCancellation::WaitRequested,
                ChildCancellationWord::WaitCompleted => ChildCancellation::WaitCompleted,
            }),
            retry: self.retry_policy.as_ref().map(Retry::policy),
            cron: self.cron_schedule.clone(),
            delay: self.start_delay.map(|wait| wait.0),
            memo: self.memo.clone(),
            search_attributes: self.search_attributes.as_ref().map(|attributes| attributes.0.clone()),
            versioning: self.versioning_override.as_ref().map(Versioning::over),
            summary: self.summary.clone(),
            details: self.details.clone(),
            priority: self.priority.as_ref().map(PriorityFields::priority),
            ..RunOptions::default()
        }
    }
}
