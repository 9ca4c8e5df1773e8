//! Somebody outside decides: approval, updates.

use serde_json::json;

use super::Example;
use crate::support::server;

#[test]
fn a_document_is_approved() {
    Example::in_every_way("approval", "approved", |example, queue, story| {
        let input = json!({"title": "Plan", "approver": "ada", "superior": "grace"});
        let id = example.begin("approval:request", queue, story, &[input]);
        server().wait_for(&id, "EVENT_TYPE_TIMER_STARTED");
        assert_eq!(server().query(&id, "status", &[]), Ok(json!("asked")));
        server().signal(&id, "approve", &[json!("ada")]);
        assert_eq!(example.end(&id), Ok(json!({"status": "published", "by": "ada"})));
        assert_eq!(Example::activities(&id), ["approval:ask", "approval:publish"]);
        // Who is asked is told where the decision is to go.
        let asked = server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED").remove(0);
        let run_id = server().describe(&id)["workflowExecutionInfo"]["execution"]["runId"].take();
        let here = json!({"workflow_id": id, "run_id": run_id});
        assert_eq!(asked["activityTaskScheduledEventAttributes"]["input"][2], here);
    });
}

#[test]
fn a_document_is_rejected_and_withdrawn() {
    let example = Example::start("approval");
    let input = json!({"title": "Plan", "approver": "ada", "superior": "grace"});
    let id = example.begin("approval:request", "approval", "rejected", &[input]);
    server().signal(&id, "reject", &[json!("ada"), json!("too long")]);
    assert_eq!(example.end(&id), Ok(json!({"status": "withdrawn", "by": "ada", "reason": "too long"})));
    assert_eq!(Example::activities(&id), ["approval:ask", "approval:withdraw"]);
}

#[test]
fn a_document_that_nobody_decides_on_is_escalated_and_withdrawn() {
    let example = Example::start("approval");
    let input = json!({"title": "Plan", "approver": "ada", "superior": "grace", "limit": "100ms"});
    let id = example.begin("approval:request", "approval", "forgotten", &[input]);
    let end = json!({"status": "withdrawn", "by": "nobody", "reason": "no decision in time"});
    assert_eq!(example.end(&id), Ok(end));
    assert_eq!(Example::activities(&id), ["approval:ask", "approval:escalate", "approval:withdraw"]);
}

#[test]
fn a_document_whose_request_is_cancelled_is_withdrawn() {
    let example = Example::start("approval");
    let input = json!({"title": "Plan", "approver": "ada", "superior": "grace"});
    let id = example.begin("approval:request", "approval", "cancelled", &[input]);
    server().wait_for(&id, "EVENT_TYPE_TIMER_STARTED");
    server().cancel(&id);
    assert_eq!(example.end(&id), Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED")));
    assert_eq!(Example::activities(&id), ["approval:ask", "approval:withdraw"]);
}

#[test]
fn a_cart_is_filled_by_updates_and_paid() {
    let example = Example::start("updates");
    let id = example.begin("cart:cart", "cart", "paid", &[json!("ada")]);
    assert_eq!(server().update(&id, "add", "lamps", &[json!("lamp"), json!(2)]), Ok(json!({"total": 3800})));
    assert_eq!(server().update(&id, "add", "bulb", &[json!("bulb"), json!(1)]), Ok(json!({"total": 4200})));
    assert_eq!(server().query(&id, "total", &[]), Ok(json!(4200)));
    assert_eq!(server().update(&id, "pay", "pay", &[json!("visa")]), Ok(json!("visa paid 4200")));
    assert_eq!(example.end(&id), Ok(json!({"total": 4200, "receipt": "visa paid 4200"})));
}

#[test]
fn an_update_that_is_refused_leaves_no_trace_and_one_that_fails_says_why() {
    let example = Example::start("updates");
    let id = example.begin("cart:cart", "cart", "refused", &[json!("ada")]);
    let refused = server().update(&id, "add", "many", &[json!("lamp"), json!(99)]).unwrap_err();
    assert_eq!(refused["message"], "one to ten of an item can be ordered");
    assert_eq!(refused["applicationFailureInfo"]["type"], "Invalid");
    let empty = server().update(&id, "pay", "empty", &[json!("visa")]).unwrap_err();
    assert_eq!(empty["applicationFailureInfo"]["type"], "Empty");
    assert_eq!(server().events(&id, "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED").len(), 0);
    let unknown = server().update(&id, "add", "unicorn", &[json!("unicorn"), json!(1)]).unwrap_err();
    assert_eq!(unknown["message"], "there is no unicorn");
    assert_eq!(server().update(&id, "add", "bulb", &[json!("bulb"), json!(1)]), Ok(json!({"total": 400})));
    server().update(&id, "pay", "pay", &[json!("visa")]).unwrap();
    assert_eq!(example.end(&id), Ok(json!({"total": 400, "receipt": "visa paid 400"})));
}
