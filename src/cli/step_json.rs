//! A step as JSON: `event`, `time`, `step` and what belongs to it.

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::{
    temporal::{RunEnd, Step, What},
    value::{Failure, Value, format_time},
};

/// One step. Without `payloads`, what the run was given and gave is left out.
pub(super) fn step(step: &Step, payloads: bool) -> JsonMap<String, Json> {
    let mut shown = JsonMap::new();
    shown.insert("event".to_owned(), json!(step.event));
    shown.insert("time".to_owned(), json!(format_time(step.time)));
    let (name, fields) = what(&step.what);
    shown.insert("step".to_owned(), json!(name));
    shown.extend(object(fields));
    if let Some(by) = &step.by {
        shown.insert("by".to_owned(), json!(by));
    }
    if !payloads {
        for name in ["arguments", "result", "changed"] {
            shown.remove(name);
        }
        if let Some(failure) = shown.get_mut("failure") {
            leave_details_out(failure);
        }
    }
    shown
}

fn leave_details_out(failure: &mut Json) {
    if let Json::Object(fields) = failure {
        fields.remove("details");
        if let Some(cause) = fields.get_mut("cause") {
            leave_details_out(cause);
        }
    }
}

fn what(what: &What) -> (&'static str, Json) {
    match what {
        What::Started { workflow_type, arguments, parent } => {
            let mut fields = json!({ "workflowType": workflow_type, "arguments": list(arguments) });
            if let Some(parent) = parent {
                fields["parent"] = json!(parent);
            }
            ("started", fields)
        }
        What::Activity { activity_type, arguments, took, attempt, outcome } => (
            "activity",
            with(
                json!({
                    "activityType": activity_type, "arguments": list(arguments), "attempt": attempt,
                    "seconds": took.as_secs_f64(),
                }),
                outcome,
            ),
        ),
        What::LocalActivity { activity_type, attempt, outcome } => {
            ("localActivity", with(json!({ "activityType": activity_type, "attempt": attempt }), outcome))
        }
        What::SideEffect { outcome } => ("sideEffect", with(json!({}), outcome)),
        What::ChildStarted { workflow_type, workflow_id, arguments } => (
            "childStarted",
            json!({ "workflowType": workflow_type, "workflowId": workflow_id, "arguments": list(arguments) }),
        ),
        What::Child { workflow_type, workflow_id, took, outcome } => (
            "child",
            with(
                json!({
                    "workflowType": workflow_type, "workflowId": workflow_id, "seconds": took.as_secs_f64(),
                }),
                outcome,
            ),
        ),
        What::Timer { after } => ("timer", json!({ "seconds": after.as_secs_f64() })),
        What::Signal { name, arguments } => ("signal", json!({ "name": name, "arguments": list(arguments) })),
        What::SignalSent { name, workflow_id, refused } => {
            ("signalSent", json!({ "name": name, "workflowId": workflow_id, "refused": refused }))
        }
        What::CancelSent { workflow_id, refused } => {
            ("cancelSent", json!({ "workflowId": workflow_id, "refused": refused }))
        }
        What::UpdateAccepted { name, id, arguments } => {
            ("updateAccepted", json!({ "name": name, "updateId": id, "arguments": list(arguments) }))
        }
        What::Update { name, id, took, outcome } => {
            ("update", with(json!({ "name": name, "updateId": id, "seconds": took.as_secs_f64() }), outcome))
        }
        What::Attributes(changed) => ("attributes", json!({ "changed": changed })),
        What::Memo(changed) => ("memo", json!({ "changed": changed })),
        What::Patch { id, deprecated } => ("patch", json!({ "patch": id, "deprecated": deprecated })),
        What::CancelRequested { reason } => ("cancelRequested", json!({ "reason": reason })),
        What::Paused { reason } => ("paused", json!({ "reason": reason })),
        What::Unpaused { reason } => ("unpaused", json!({ "reason": reason })),
        What::TaskFailed { message } => ("taskFailed", json!({ "message": message })),
        What::TaskTimedOut => ("taskTimedOut", json!({})),
        What::Ended(end) => ("ended", Json::Object(ending(end))),
    }
}

/// `status`, in the words of the server, and what belongs to it.
pub(super) fn ending(end: &RunEnd) -> JsonMap<String, Json> {
    object(match end {
        RunEnd::Completed(value) => json!({ "status": "COMPLETED", "result": value }),
        RunEnd::Failed(failed) => json!({ "status": "FAILED", "failure": failure(failed) }),
        RunEnd::Canceled => json!({ "status": "CANCELED" }),
        RunEnd::Terminated(reason) => json!({ "status": "TERMINATED", "reason": reason }),
        RunEnd::TimedOut => json!({ "status": "TIMED_OUT" }),
        RunEnd::ContinuedAsNew { run_id, arguments } => {
            json!({ "status": "CONTINUED_AS_NEW", "newRunId": run_id, "arguments": list(arguments) })
        }
    })
}

fn with(mut fields: Json, outcome: &Result<Value, Box<Failure>>) -> Json {
    match outcome {
        Ok(value) => fields["result"] = json!(value),
        Err(failed) => fields["failure"] = failure(failed),
    }
    fields
}

/// A failure, with what caused it.
pub(super) fn failure(failure: &Failure) -> Json {
    let mut shown = json!({ "message": failure.message, "type": failure.type_name() });
    if let Some(details) = &failure.details {
        shown["details"] = json!(details);
    }
    if let Some(cause) = &failure.cause {
        shown["cause"] = self::failure(cause);
    }
    shown
}

fn list(values: &[Value]) -> Json {
    json!(values)
}

fn object(json: Json) -> JsonMap<String, Json> {
    match json {
        Json::Object(object) => object,
        _ => JsonMap::new(),
    }
}
