//! What must hold between several of the `worker_options`.
//!
//! A field whose value is not known, because it is wrong or only a start can read it, breaks no rule.

use super::worker_options::{Pollers, WorkerOptions};
use crate::{
    diag::{Code, Diagnostic},
    temporal::Poller,
    yaml::{DecodeCx, Node},
};

/// Reports every rule that the options break.
pub(super) fn consistent(options: &WorkerOptions, node: &Node, cx: &mut DecodeCx<'_>) -> Option<()> {
    let good =
        [does_something(options, node, cx), polls_both_queues(options, node, cx), has_version(options, node, cx)];
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
