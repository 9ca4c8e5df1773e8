//! Steps in turn, at once, and in reverse: saga, fan-out, pipeline.

use serde_json::json;

use super::Example;
use crate::support::server;

#[test]
fn a_trip_is_booked() {
    let example = Example::start("saga");
    let id = example.begin("trip:book", "trip", "booked", &[json!({"id": "42"})]);
    assert_eq!(example.end(&id), Ok(json!({"hotel": "hotel-42", "car": "car-42", "flight": "flight-42"})));
    assert_eq!(Example::activities(&id), ["trip:book_hotel", "trip:book_car", "trip:book_flight"]);
}

#[test]
fn a_trip_that_fails_at_any_step_is_undone_in_reverse() {
    let example = Example::start("saga");
    let steps = ["hotel", "car", "flight"];
    for (at, failing) in steps.into_iter().enumerate() {
        let input = json!({"id": "43", "fails_at": failing});
        let id = example.begin("trip:book", "trip", &format!("fails-at-{failing}"), &[input]);
        let failure = example.end(&id).unwrap_err();
        assert_eq!(failure["cause"]["message"], format!("no {failing} is left"));
        let booked = steps[..=at].iter().map(|step| format!("trip:book_{step}"));
        let undone = steps[..=at].iter().rev().map(|step| format!("trip:cancel_{step}"));
        assert_eq!(Example::activities(&id), booked.chain(undone).collect::<Vec<_>>());
    }
}

#[test]
fn words_are_counted_in_parts_at_the_same_time() {
    let example = Example::start("fan-out");
    let text = json!("to be\nor not\nto be");
    let id = example.begin("words:count", "words", "counted", &[text]);
    assert_eq!(example.end(&id), Ok(json!({"be": 2, "not": 1, "or": 1, "to": 2})));
    let scheduled = server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED");
    let by: Vec<_> = scheduled
        .iter()
        .map(|event| event["activityTaskScheduledEventAttributes"]["workflowTaskCompletedEventId"].clone())
        .collect();
    assert_eq!(by.len(), 4);
    assert_eq!(by[1..], [by[1].clone(), by[1].clone(), by[1].clone()], "all parts in one task");
}

#[test]
fn an_article_goes_through_four_children() {
    let example = Example::start("pipeline");
    let id = example.begin("article:make", "article", "moon", &[json!("moon")]);
    let article = json!({"topic": "moon", "text": "the lune", "place": "/articles/moon"});
    assert_eq!(example.end(&id), Ok(article));
    let started = server().events(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED");
    let types: Vec<_> = started
        .iter()
        .map(|event| event["childWorkflowExecutionStartedEventAttributes"]["workflowType"]["name"].clone())
        .collect();
    assert_eq!(types, ["article:gather", "article:clean", "article:translate", "article:publish"]);
}

#[test]
fn a_stage_that_fails_ends_the_pipeline_and_is_named() {
    let example = Example::start("pipeline");
    let id = example.begin("article:make", "article", "nothing", &[json!("nothing")]);
    let failure = example.end(&id).unwrap_err();
    let message = failure["message"].as_str().unwrap();
    assert!(message.starts_with("article:gather: "), "{failure}");
}
