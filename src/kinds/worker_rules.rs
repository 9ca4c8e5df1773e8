//! What must hold between several of the `worker_options`.
//!
//! A field whose value is not known, because it is wrong or only a start can read it, breaks no rule.

use std::time::Duration;

use super::worker_options::{DEADLOCK, LONGEST_THROTTLE, Pollers, USUAL_THROTTLE, WorkerOptions};
use crate::{
    diag::{Code, Diagnostic},
    temporal::Poller,
    yaml::{DecodeCx, Node},
};

/// Reports every rule that the options break.
pub(super) fn consistent(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let good = [
        does_something(options, node, cx),
        takes_effect(options, node, cx),
        polls_both_queues(options, node, cx),
        has_version(options, node, cx),
    ];
    good.iter().all(|good| *good).then_some(())
}

fn does_something(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> bool {
    if cx.is_unread(&["disable_workflow_worker", "local_activity_worker_only"])
        || !(options.disable_workflow_worker && options.local_activity_worker_only)
    {
        return true;
    }
    let place = node.pair("local_activity_worker_only").map_or(cx.anchor, |pair| pair.key.span);
    let mut diagnostic = Diagnostic::error(
        Code::BadValue,
        place,
        "`disable_workflow_worker` and `local_activity_worker_only` leave nothing for the worker to do",
    );
    if let Some(other) = node.pair("disable_workflow_worker") {
        diagnostic = diagnostic.also(other.key.span, "no workflows, and so no local activities");
    }
    cx.report(diagnostic.help("remove one of the two"));
    false
}

const SLOTS: &str = "max_concurrent_workflow_task_execution_size";
const NOTHING_KEPT: &str = "max_cached_workflows: 0` and `max_concurrent_workflow_task_execution_size: 1";

/// Reports what another option leaves without effect. What says the default, or 0, asks for nothing: a page that
/// shows every option works.
fn takes_effect(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> bool {
    const STICKY: &str = "sticky_schedule_to_start_timeout";
    const EAGER: &str = "max_concurrent_eager_activity_execution_size";
    let usual = WorkerOptions::default();
    let size = |is: usize, usual: usize| is != 0 && is != usual;
    let polls = |is: &Pollers, usual: &Pollers| is != usual && *is != Pollers(Poller::Fixed(0));
    let sticky = options.sticky_schedule_to_start_timeout;
    let sticky = !sticky.is_zero() && sticky != usual.sticky_schedule_to_start_timeout;
    let lasts = |is: Duration, usual: u64| !is.is_zero() && is != Duration::from_secs(usual);
    let state = WorkerOptions::state(options.max_workflow_state_bytes);
    let eager = options.max_concurrent_eager_activity_execution_size;
    let of_workflows = [
        ("max_cached_workflows", size(options.max_cached_workflows, usual.max_cached_workflows)),
        (STICKY, sticky),
        (
            "max_concurrent_workflow_task_execution_size",
            size(
                options.max_concurrent_workflow_task_execution_size,
                usual.max_concurrent_workflow_task_execution_size,
            ),
        ),
        (
            "max_concurrent_local_activity_execution_size",
            size(
                options.max_concurrent_local_activity_execution_size,
                usual.max_concurrent_local_activity_execution_size,
            ),
        ),
        (
            "max_concurrent_workflow_task_pollers",
            polls(&options.max_concurrent_workflow_task_pollers, &usual.max_concurrent_workflow_task_pollers),
        ),
        ("deadlock_detection_timeout", lasts(options.deadlock_detection_timeout, DEADLOCK)),
        ("max_workflow_state_bytes", state != WorkerOptions::state(0)),
        ("evict_after_each_task", options.evict_after_each_task),
    ];
    let of_activities = [
        (
            "max_concurrent_activity_execution_size",
            size(options.max_concurrent_activity_execution_size, usual.max_concurrent_activity_execution_size),
        ),
        (
            "max_concurrent_activity_task_pollers",
            polls(&options.max_concurrent_activity_task_pollers, &usual.max_concurrent_activity_task_pollers),
        ),
        (EAGER, size(eager, usual.max_concurrent_eager_activity_execution_size)),
        ("worker_activities_per_second", options.worker_activities_per_second > 0.0),
        ("task_queue_activities_per_second", options.task_queue_activities_per_second > 0.0),
        ("max_heartbeat_throttle_interval", lasts(options.max_heartbeat_throttle_interval, LONGEST_THROTTLE)),
        ("default_heartbeat_throttle_interval", lasts(options.default_heartbeat_throttle_interval, USUAL_THROTTLE)),
    ];
    let has_one_slot = !cx.is_unread(&[SLOTS]) && options.max_concurrent_workflow_task_execution_size == 1;
    let keeps_nothing = options.max_cached_workflows == 0 && has_one_slot;
    let of_the_cache = [(STICKY, sticky && !options.disable_workflow_worker)];
    let of_eager = [(EAGER, eager != 0 && !options.local_activity_worker_only)];
    let mut good = true;
    for (key, is_on, what, left) in [
        ("disable_workflow_worker", options.disable_workflow_worker, "disable_workflow_worker", &of_workflows[..]),
        (
            "local_activity_worker_only",
            options.local_activity_worker_only,
            "local_activity_worker_only",
            &of_activities,
        ),
        // With more slots the core has room for the runs that have a task.
        ("max_cached_workflows", keeps_nothing, NOTHING_KEPT, &of_the_cache),
        ("disable_eager_activities", options.disable_eager_activities, "disable_eager_activities", &of_eager),
    ] {
        if !is_on || cx.is_unread(&[key]) {
            continue;
        }
        for (option, is_set) in left {
            let Some(pair) = node.pair(option).filter(|_| *is_set && !cx.is_unread(&[*option])) else { continue };
            let headline = format!("`{option}` has no effect with `{what}`");
            let mut diagnostic = Diagnostic::error(Code::BadValue, pair.key.span, headline);
            if let Some(other) = node.pair(key) {
                diagnostic = diagnostic.also(other.key.span, "set here");
            }
            cx.report(diagnostic.help("remove one of the two lines"));
            good = false;
        }
    }
    good
}

/// A worker that keeps runs in memory polls its own queue beside the one for all.
fn polls_both_queues(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> bool {
    const SLOTS: &str = "max_concurrent_workflow_task_execution_size";
    const POLLERS: &str = "max_concurrent_workflow_task_pollers";
    if cx.is_unread(&["max_cached_workflows"]) || options.max_cached_workflows == 0 {
        return true;
    }
    let mut good = true;
    for (key, is_one, why) in [
        (SLOTS, options.max_concurrent_workflow_task_execution_size == 1, " and needs a slot for each"),
        (POLLERS, options.max_concurrent_workflow_task_pollers == Pollers(Poller::Fixed(1)), ""),
    ] {
        if !is_one || cx.is_unread(&[key]) {
            continue;
        }
        let place = node.get(key).map_or(cx.anchor, |value| value.span);
        let headline = format!("`{key}` cannot be 1: a worker with a cache polls two queues{why}");
        cx.report(
            Diagnostic::error(Code::BadValue, place, headline).help("write 2 or more, or `max_cached_workflows: 0`"),
        );
        good = false;
    }
    good
}

/// A worker has a whole version or none, and says what is only about versions if it uses them.
fn has_version(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> bool {
    const NAME: &str = "deployment_name";
    const BUILD: &str = "build_id";
    const BEHAVIOR: &str = "default_versioning_behavior";
    if cx.is_unread(&["use_versioning"]) {
        return true;
    }
    // What a variable gives may be empty now and not at a start, which looks again.
    let is_empty = |key: &str| node.get(key).is_none_or(Node::is_empty_text) && !cx.is_unread(&[key]);
    let no_name = is_empty(NAME);
    let no_build = is_empty(BUILD) && is_empty("build_id_env");
    let no_behavior = options.default_versioning_behavior.0.is_none() && !cx.is_unread(&[BEHAVIOR]);
    if options.use_versioning {
        let good = [(NAME, no_name), (BUILD, no_build), (BEHAVIOR, no_behavior)]
            .map(|(key, is_missing)| !is_missing || need(node, cx, "use_versioning", key));
        return good.iter().all(|good| *good);
    }
    let good = options.deployment_name.is_empty() || !no_build || need(node, cx, NAME, BUILD);
    let Some(behavior) = node.pair(BEHAVIOR).filter(|_| options.default_versioning_behavior.0.is_some()) else {
        return good;
    };
    let headline = format!("`{BEHAVIOR}` has no effect without `use_versioning`");
    let diagnostic = Diagnostic::error(Code::BadValue, behavior.key.span, headline);
    cx.report(diagnostic.help("add `use_versioning: true`, or remove the line"));
    false
}

/// Reports that a field is missing or empty, which `needed_by` needs.
fn need(node: &Node, cx: &mut DecodeCx<'_>, needed_by: &str, key: &str) -> bool {
    let place = node.pair(needed_by).map_or(cx.anchor, |pair| pair.key.span);
    cx.report(match node.get(key) {
        None => Diagnostic::error(Code::MissingField, place, format!("`{needed_by}` needs `{key}`"))
            .help(format!("add `{key}`, or remove `{needed_by}`")),
        Some(empty) => {
            let headline = format!("`{key}` is empty, and `{needed_by}` needs it");
            let shown = if empty.span.start == empty.span.end { place } else { empty.span };
            Diagnostic::error(Code::BadValue, shown, headline)
                .help(format!("write what `{key}` is, or remove `{needed_by}`"))
        }
    });
    false
}
