use serde_json::{Value as Json, json};

use super::{RunEnd, What};
use crate::{temporal::read_history, value::Value};

/// What a history of these events, after the start, tells.
fn told(events: &[(&str, &str, Json)]) -> Vec<What> {
    let events: Vec<Json> = events
        .iter()
        .zip(1..)
        .map(|((kind, field, attributes), id)| {
            let mut event = json!({ "eventId": id, "eventTime": "2026-11-20T15:25:41Z", "eventType": kind });
            event[format!("{field}EventAttributes")] = attributes.clone();
            event
        })
        .collect();
    let history = read_history(&json!({ "events": events }).to_string()).unwrap();
    history.steps().into_iter().map(|step| step.what).collect()
}

fn object(text: &str) -> crate::value::Map {
    Value::from_json(text.as_bytes()).unwrap().as_map().unwrap().clone()
}

#[test]
fn changed_attributes_are_a_step_and_those_that_the_server_keeps_for_patches_are_none() {
    let upsert = |fields: Json| {
        let attributes = json!({ "searchAttributes": { "indexedFields": fields } });
        ("UpsertWorkflowSearchAttributes", "upsertWorkflowSearchAttributes", attributes)
    };
    let steps = told(&[
        upsert(json!({ "Stage": "paid", "Amount": 42 })),
        upsert(json!({ "TemporalChangeVersion": ["fraud-check"] })),
    ]);
    assert_eq!(steps, [What::Attributes(object(r#"{"Amount":42,"Stage":"paid"}"#))]);
}

#[test]
fn a_changed_memo_is_a_step() {
    let attributes = json!({ "upsertedMemo": { "fields": { "note": "ring twice", "old": null } } });
    let steps = told(&[("WorkflowPropertiesModified", "workflowPropertiesModified", attributes)]);
    assert_eq!(steps, [What::Memo(object(r#"{"note":"ring twice","old":null}"#))]);
}

#[test]
fn a_patch_is_a_step() {
    let details = json!({ "patch-data": [{ "id": "fraud-check", "deprecated": true }] });
    let attributes = json!({ "markerName": "core_patch", "details": details });
    let steps = told(&[("MarkerRecorded", "markerRecorded", attributes)]);
    assert_eq!(steps, [What::Patch { id: "fraud-check".to_owned(), deprecated: true }]);
}

#[test]
fn a_message_to_another_workflow_is_a_step_when_it_is_known_what_became_of_it() {
    let to = json!({ "workflowId": "order-2" });
    let signal = json!({ "workflowExecution": to, "signalName": "go" });
    let failed = json!({ "initiatedEventId": 1, "cause": "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND" });
    let cancel = json!({ "workflowExecution": to });
    let steps = told(&[
        ("SignalExternalWorkflowExecutionInitiated", "signalExternalWorkflowExecutionInitiated", signal),
        ("SignalExternalWorkflowExecutionFailed", "signalExternalWorkflowExecutionFailed", failed),
        ("RequestCancelExternalWorkflowExecutionInitiated", "requestCancelExternalWorkflowExecutionInitiated", cancel),
        (
            "ExternalWorkflowExecutionCancelRequested",
            "externalWorkflowExecutionCancelRequested",
            json!({ "initiatedEventId": 3 }),
        ),
    ]);
    let refused = Some("external workflow execution not found".to_owned());
    let workflow_id = "order-2".to_owned();
    assert_eq!(
        steps,
        [
            What::SignalSent { name: "go".to_owned(), workflow_id: workflow_id.clone(), refused },
            What::CancelSent { workflow_id, refused: None },
        ]
    );
}

#[test]
fn a_task_that_was_given_out_anew_is_nobodys_mistake() {
    let failed = |cause: &str| {
        let attributes = json!({ "cause": cause, "failure": { "message": "broken" } });
        ("WorkflowTaskFailed", "workflowTaskFailed", attributes)
    };
    let steps = told(&[failed("UNHANDLED_COMMAND"), failed("WORKFLOW_WORKER_UNHANDLED_FAILURE")]);
    assert_eq!(steps, [What::TaskFailed { message: "broken".to_owned() }]);
}

#[test]
fn a_timer_that_is_cancelled_is_no_step() {
    let steps = told(&[
        ("TimerStarted", "timerStarted", json!({ "timerId": "1", "startToFireTimeout": "90s" })),
        ("TimerCanceled", "timerCanceled", json!({ "timerId": "1", "startedEventId": 1 })),
        ("WorkflowExecutionCanceled", "workflowExecutionCanceled", json!({})),
    ]);
    assert_eq!(steps, [What::Ended(RunEnd::Canceled)]);
}
