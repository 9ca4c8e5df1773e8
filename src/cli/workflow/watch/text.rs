//! Changes as lines, in the columns of steps.

use crate::{
    cli::{
        steps,
        style::{doubtful, strong},
    },
    ops::Change,
    temporal::{Description, PendingActivity},
    value::Value,
};

/// `app:order  order-1  run 01a1f990  queue orders`.
pub(super) fn heading(now: &Description) -> String {
    let row = &now.row;
    let run: String = row.run.run_id.chars().take(8).collect();
    format!("{}  {}  run {run}  queue {}\n", strong(&row.workflow_type), row.run.workflow_id, row.task_queue)
}

/// One line; nothing for what a step tells as well. Only steps have a place in time: what is looked
/// up was so for a while.
pub(super) fn change(change: &Change) -> Option<String> {
    Some(match change {
        Change::Step(step) => steps::line(step),
        Change::Status(status) => steps::line_without_time("status", status),
        Change::Details(details) => steps::line_without_time("details", &one_line(details)),
        Change::Progress(progress) => steps::line_without_time("progress", &plain(progress)),
        Change::Activity(activity) => steps::line_without_time(&activity.activity_type, &under_way(activity)),
        Change::ActivityGone(_) => return None,
    })
}

/// `running  attempt 2  {"done":40}  after Unavailable: no answer`.
pub(in crate::cli::workflow) fn under_way(activity: &PendingActivity) -> String {
    let mut words = vec![doubtful(activity.state.name()).to_string()];
    if activity.attempt > 1 {
        words.push(format!("attempt {}", activity.attempt));
    }
    if !activity.heartbeat.is_empty() {
        words.push(activity.heartbeat.iter().map(plain).collect::<Vec<_>>().join(" "));
    }
    if let Some(failure) = &activity.last_failure {
        words.push(format!("after {}", steps::failure(failure)));
    }
    words.join("  ")
}

/// A text as it is, anything else as JSON.
pub(super) fn plain(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_json(), one_line)
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" · ")
}
