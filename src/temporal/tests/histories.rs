//! Every spelling of a history's JSON.

use crate::temporal::{History, read_history};

const USUAL: &str = r#"{"events": [
  {"eventId": "1", "eventTime": "2026-11-20T15:25:41.123456789Z", "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
   "workflowExecutionStartedEventAttributes": {"workflowType": {"name": "order"}, "taskQueue": {"name": "q", "kind": "TASK_QUEUE_KIND_NORMAL"},
     "workflowTaskTimeout": "10s", "attempt": 1, "originalExecutionRunId": "r", "workflowId": "w",
     "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}]}}},
  {"eventId": "2", "eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
   "workflowTaskScheduledEventAttributes": {"taskQueue": {"name": "q"}, "attempt": 1}},
  {"eventId": "3", "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
   "workflowTaskStartedEventAttributes": {"scheduledEventId": "2"}}
]}"#;

fn usual() -> History {
    read_history(USUAL).unwrap()
}

#[test]
fn a_history_is_read_and_written() {
    assert_eq!(usual().event_count(), 3);
    assert_eq!(usual().begins_as(), Some(("order".to_owned(), "q".to_owned())));
    assert_eq!(read_history(&usual().to_json().unwrap()), Ok(usual()));
}

#[test]
fn a_mark_of_the_encoding_is_passed_over() {
    assert_eq!(read_history(&format!("\u{feff}{USUAL}")), Ok(usual()));
}

#[test]
fn an_event_that_cannot_be_read_is_named() {
    let wrong = USUAL.replace(r#""eventId": "2""#, r#""eventId": "two""#);
    let problem = read_history(&wrong).unwrap_err();
    assert!(problem.starts_with("event number 2 of the list: "), "{problem}");
}

#[test]
fn enums_may_be_short_as_in_older_exports() {
    let short = USUAL
        .replace("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED", "WorkflowExecutionStarted")
        .replace("EVENT_TYPE_WORKFLOW_TASK_SCHEDULED", "WorkflowTaskScheduled")
        .replace("EVENT_TYPE_WORKFLOW_TASK_STARTED", "WorkflowTaskStarted")
        .replace("TASK_QUEUE_KIND_NORMAL", "Normal");
    assert_eq!(read_history(&short), Ok(usual()));
}

#[test]
fn integers_may_be_numbers_and_names_may_have_underscores() {
    let other = USUAL
        .replace(r#""eventId": "1""#, r#""event_id": 1"#)
        .replace("workflowExecutionStartedEventAttributes", "workflow_execution_started_event_attributes")
        .replace("workflowTaskTimeout", "workflow_task_timeout");
    assert_eq!(read_history(&other), Ok(usual()));
}

#[test]
fn payloads_may_be_values_as_the_http_interface_has_them() {
    let payloads = r#"{"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}]}"#;
    assert_eq!(read_history(&USUAL.replace(payloads, "[1]")), Ok(usual()));
}

#[test]
fn what_a_newer_server_adds_is_ignored() {
    let newer = USUAL
        .replace(r#""attempt": 1,"#, r#""attempt": 1, "shine": {"x": [1]}, "#)
        .replace(r#""kind": "TASK_QUEUE_KIND_NORMAL""#, r#""kind": "TASK_QUEUE_KIND_FUTURE""#);
    assert_eq!(read_history(&newer).unwrap().event_count(), 3);
}

#[test]
fn the_list_of_events_may_stand_alone_or_inside_a_history() {
    let list = USUAL.trim_start_matches(r#"{"events": "#).trim_end_matches('}');
    assert_eq!(read_history(list), Ok(usual()));
    assert_eq!(read_history(&format!(r#"{{"history": {USUAL}, "workflowId": "w"}}"#)), Ok(usual()));
}

#[test]
fn a_text_that_is_no_history_is_refused_with_its_reason() {
    assert!(read_history("{").unwrap_err().starts_with("not JSON"));
    assert_eq!(read_history("{}").unwrap_err(), "not a history: it has no `events`");
    assert_eq!(read_history("1").unwrap_err(), "not a history: neither an object nor a list");
    let unknown = USUAL.replace("EVENT_TYPE_WORKFLOW_TASK_STARTED", "WorkflowTaskStarred");
    assert_eq!(
        read_history(&unknown).unwrap_err(),
        r#"`events[2].eventType` is "WorkflowTaskStarred", and no event type is called that"#
    );
}
