//! Changes as JSON objects, one a line: `change` says what it is.

use serde_json::{Value as Json, json};

use crate::{
    cli::step_json,
    ops::Change,
    temporal::{ActivityState, Description, PendingActivity},
};

pub(super) fn heading(now: &Description, namespace: &str) -> Json {
    let row = &now.row;
    json!({
        "change": "run",
        "workflowId": row.run.workflow_id,
        "runId": row.run.run_id,
        "type": row.workflow_type,
        "namespace": namespace,
        "taskQueue": row.task_queue,
    })
}

/// Nothing for what a step tells as well.
pub(super) fn change(change: &Change) -> Option<Json> {
    Some(match change {
        Change::Step(step) => {
            let mut shown = json!({ "change": "step" });
            if let Json::Object(shown) = &mut shown {
                shown.extend(step_json::step(step, true));
            }
            shown
        }
        Change::Status(status) => json!({ "change": "status", "status": status }),
        Change::Details(details) => json!({ "change": "details", "details": details }),
        Change::Progress(progress) => json!({ "change": "progress", "progress": progress }),
        Change::Activity(activity) => {
            let mut shown = self::activity(activity);
            shown["change"] = json!("activity");
            shown
        }
        Change::ActivityGone(_) => return None,
    })
}

/// An activity that is under way.
pub(in crate::cli::workflow) fn activity(activity: &PendingActivity) -> Json {
    let state = match activity.state {
        ActivityState::Scheduled => "SCHEDULED",
        ActivityState::Running => "STARTED",
        ActivityState::CancelRequested => "CANCEL_REQUESTED",
        ActivityState::Paused => "PAUSED",
    };
    json!({
        "activityId": activity.id,
        "activityType": activity.activity_type,
        "state": state,
        "attempt": activity.attempt,
        "heartbeatDetails": activity.heartbeat,
        "lastFailure": activity.last_failure.as_deref().map(step_json::failure),
    })
}
