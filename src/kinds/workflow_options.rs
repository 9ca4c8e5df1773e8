//! `meta.options` of a workflow: how it is started unless who starts it says otherwise.
//!
//! A key may be written with `workflow.` or `temporal.workflow.` before it, as in Lua, or without.

use indexmap::IndexMap;

use super::{
    activity_options::{PriorityFields, Retry, Wait},
    cron::Cron,
    names::TemporalName,
    option_keys::{read_options, with_spellings},
    policy::Policy,
    start_fields::{Attributes, Versioning},
};
use crate::{
    value::Value,
    workflow::{
        ChildCancellation, IdConflictPolicy, IdReusePolicy, ParentClosePolicy, RUN_OPTION_ALIASES, RunOptions,
        RunTimeouts, SAYS_TWO, VersioningIntent,
    },
    yaml::{DecodeCx, Field as _, Node, Pair, Schema, record},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.workflow.", "workflow."];

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
        id_reuse_policy: Option<Policy<IdReusePolicy>>;
        /// What becomes of a start from outside if a run with its workflow id goes on; a child is not started then.
        id_conflict_policy: Option<Policy<IdConflictPolicy>>;
        /// What becomes of it when its parent ends.
        parent_close_policy: Option<Policy<ParentClosePolicy>>;
        /// What its caller waits for when it is cancelled.
        cancellation_type: Option<Policy<ChildCancellation>>;
        /// Wippy's word for it: `true` is `wait_completed`, `false` is `try_cancel`.
        wait_for_cancellation: Option<bool>;
        /// What follows a run that failed.
        retry_policy: Option<Retry>;
        /// When it runs again and again.
        cron_schedule: Option<Cron>;
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
        execution_error_when_already_started: bool = false, only "`id_conflict_policy: fail` is an error, the others are none";
        /// Of Wippy's.
        enable_eager_start: bool = false, only "who starts it runs no worker, so the first task goes through the queue";
        /// Of a child.
        namespace: Option<String> = None, only "its worker's client has one; a workflow that calls it may name another";
        /// Of a child.
        versioning_intent: Option<Policy<VersioningIntent>> = None, only "the workflow that calls it says whether it stays on its version";
    }
}

/// Reports options that contradict each other, and those with which nothing can be started.
fn consistent(options: &WorkflowOptions, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let given = options.for_calls();
    let mut problems = Vec::new();
    let mut report = |unread: bool, place: Option<&Pair>, headline: Option<String>| {
        problems.extend(
            headline.filter(|_| !unread).map(|headline| (place.map_or(node.span, |pair| pair.key.span), headline)),
        );
    };
    report(
        cx.is_unread(&["id_reuse_policy", "id_conflict_policy"]),
        node.pair("id_conflict_policy"),
        given.contradiction().map(str::to_owned),
    );
    let says_two = matches!((options.cancellation_type, options.wait_for_cancellation),
        (Some(Policy(chosen)), Some(waits)) if chosen != cancelled(waits));
    report(
        cx.is_unread(&["cancellation_type", "wait_for_cancellation"]),
        node.pair("wait_for_cancellation"),
        says_two.then(|| SAYS_TWO.to_owned()),
    );
    report(
        cx.is_unread(&["cron_schedule", "start_delay"]),
        node.pair("start_delay"),
        (given.cron.is_some() && given.delay.is_some_and(|delay| !delay.is_zero())).then(|| {
            "`start_delay` and `cron_schedule` cannot be together: the schedule says when it begins".to_owned()
        }),
    );
    let is_good = problems.is_empty();
    for (place, headline) in problems {
        cx.bad_value(place, headline);
    }
    is_good.then_some(())
}

fn cancelled(waits: bool) -> ChildCancellation {
    if waits { ChildCancellation::WaitCompleted } else { ChildCancellation::TryCancel }
}

impl WorkflowOptions {
    /// Reads `meta.options`; without it, nothing is set.
    pub(super) fn read(meta: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        read_options(meta, PREFIXES, &RUN_OPTION_ALIASES, cx)
    }

    /// The same, with every key as it may be written.
    pub(super) fn meta_schema() -> Schema {
        with_spellings(Self::schema(), PREFIXES, &RUN_OPTION_ALIASES)
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
            id_reuse: self.id_reuse_policy.map(|word| word.0),
            id_conflict: self.id_conflict_policy.map(|word| word.0),
            parent_close: self.parent_close_policy.map(|word| word.0),
            cancellation: self.cancellation_type.map(|word| word.0).or(self.wait_for_cancellation.map(cancelled)),
            retry: self.retry_policy.as_ref().map(Retry::policy),
            cron: self.cron_schedule.as_ref().and_then(|cron| cron.0.clone()),
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
