//! The same example, driven by the same commands, ends the same on a server, in every way that a run
//! can be kept, and without one.

use serde_json::{Value, json};

use super::Desk;
use crate::support::{
    each_way,
    orders::{UNICORN, order},
};

/// Drives an example on the local engine and on a server, which have to tell the same, and tells it.
fn on_both(example: &str, drive: impl Fn(&Desk) -> Value + Sync) -> Value {
    let told = |desk: &Desk| {
        let mut told = drive(desk);
        without_ids(&mut told);
        told
    };
    let local = told(&Desk::example(example));
    each_way(example, |way, option| {
        assert_eq!(told(&Desk::example_on_server(example, way, option)), local);
    });
    local
}

/// Takes the ids of runs out of what failures tell: they are new each time.
fn without_ids(told: &mut Value) {
    match told {
        Value::Array(items) => items.iter_mut().for_each(without_ids),
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(name.as_str(), "_workflow_id" | "_run_id"));
            fields.values_mut().for_each(without_ids);
        }
        _ => {}
    }
}

/// Starts a workflow of an example and waits for its end.
fn run_on_both(example: &str, entry: &str, story: &str, input: &Value) -> Value {
    on_both(example, |desk| {
        let id = desk.id(&format!("{example}-{story}"));
        desk.start(entry, &id, input);
        desk.end(&id)
    })
}

fn completed(result: &Value) -> Value {
    json!({ "status": "COMPLETED", "result": result })
}

#[test]
fn an_order_is_shipped() {
    let input: Value = serde_json::from_str(&order()).unwrap();
    let end = run_on_both("orders", "orders:order", "shipped", &input);
    assert_eq!((&end["status"], &end["result"]["total"]), (&json!("COMPLETED"), &json!(4200)));
}

#[test]
fn an_order_fails_as_its_author_wrote() {
    let input: Value = serde_json::from_str(UNICORN).unwrap();
    let end = run_on_both("orders", "orders:order", "unicorn", &input);
    assert_eq!(end["status"], "FAILED");
}

#[test]
fn a_document_is_approved_by_a_signal() {
    let end = on_both("approval", |desk| {
        let id = desk.id("approved");
        desk.start("approval:request", &id, &json!({"title": "Plan", "approver": "ada", "superior": "grace"}));
        desk.done(&["signal", &id, "approve", "\"ada\"", "-o", "json"]);
        desk.end(&id)
    });
    assert_eq!(end, completed(&json!({"status": "published", "by": "ada"})));
}

#[test]
fn a_document_that_nobody_decides_on_is_withdrawn() {
    let input = json!({"title": "Plan", "approver": "ada", "superior": "grace", "limit": "100ms"});
    let end = run_on_both("approval", "approval:request", "forgotten", &input);
    assert_eq!(end, completed(&json!({"status": "withdrawn", "by": "nobody", "reason": "no decision in time"})));
}

#[test]
fn a_trip_is_booked() {
    let end = run_on_both("saga", "trip:book", "booked", &json!({"id": "42"}));
    assert_eq!(end, completed(&json!({"hotel": "hotel-42", "car": "car-42", "flight": "flight-42"})));
}

#[test]
fn a_trip_that_fails_is_undone() {
    let end = run_on_both("saga", "trip:book", "undone", &json!({"id": "43", "fails_at": "flight"}));
    assert_eq!(end["status"], "FAILED");
}

#[test]
fn words_are_counted_side_by_side() {
    let end = run_on_both("fan-out", "words:count", "counted", &json!("to be\nor not\nto be"));
    assert_eq!(end, completed(&json!({"be": 2, "not": 1, "or": 1, "to": 2})));
}

#[test]
fn an_article_goes_through_four_children() {
    let end = run_on_both("pipeline", "article:make", "moon", &json!("moon"));
    assert_eq!(end, completed(&json!({"topic": "moon", "text": "the lune", "place": "/articles/moon"})));
}

#[test]
fn a_stage_that_fails_ends_the_pipeline() {
    let end = run_on_both("pipeline", "article:make", "nothing", &json!("nothing"));
    assert_eq!(end["status"], "FAILED");
}

#[test]
fn a_cart_is_filled_by_updates_and_paid() {
    let told = on_both("updates", |desk| {
        let id = desk.id("cart");
        desk.start("cart:cart", &id, &json!("ada"));
        let lamps = desk.done(&["update", &id, "add", "\"lamp\"", "2"]);
        let refused = desk.workflow(&["update", &id, "add", "\"lamp\"", "99"]);
        let unknown = desk.workflow(&["update", &id, "add", "\"unicorn\"", "1"]);
        let total = desk.done(&["query", &id, "total"]);
        let paid = desk.done(&["update", &id, "pay", "\"visa\""]);
        let errors = [refused, unknown].map(|output| output.stderr.lines().last().unwrap_or_default().to_owned());
        json!([lamps, errors, total, paid, desk.end(&id)])
    });
    let end = completed(&json!({"total": 3800, "receipt": "visa paid 3800"}));
    let errors = ["error: Invalid: one to ten of an item can be ordered", "error: NotFound: there is no unicorn"];
    assert_eq!(told, json!([{"total": 3800}, errors, 3800, "visa paid 3800", end]));
}

#[test]
fn an_update_that_the_started_run_does_not_know_is_refused() {
    let refused = on_both("updates", |desk| {
        let id = desk.id("unknown");
        let start = ["--start", "cart:cart", "--start-input", "\"ada\""];
        let output = desk.workflow(&[&["update", &id, "unicorn"], start.as_slice()].concat());
        assert_eq!(output.code, Some(1), "{output}");
        desk.replays(&id);
        json!(output.stderr.lines().last())
    });
    assert!(refused.as_str().unwrap().contains("unicorn"), "{refused}");
}

#[test]
fn a_job_is_asked_for_until_it_is_done() {
    let end = run_on_both("polling", "jobs:follow", "done", &json!({"name": "render", "takes": 3, "every": "20ms"}));
    assert_eq!(end, completed(&json!({"id": "job-render-3", "result": "job-render-3 is done", "questions": 3})));
}

#[test]
fn a_job_that_nobody_waits_for_any_longer_is_aborted() {
    let end = on_both("polling", |desk| {
        let id = desk.id("cancelled");
        desk.start("jobs:follow", &id, &json!({"name": "render", "takes": 9}));
        desk.done(&["cancel", &id, "-o", "json"]);
        desk.end(&id)
    });
    assert_eq!(end, json!({ "status": "CANCELED" }));
}

#[test]
fn a_site_is_watched_month_after_month() {
    let input = json!({"site": "a.example", "every": "20ms", "checks_a_month": 3, "months": 3});
    let end = run_on_both("monitor", "monitor:watch", "three-months", &input);
    assert_eq!((&end["status"], &end["result"]["months"]), (&json!("COMPLETED"), &json!(3)));
}

#[test]
fn a_parcel_of_the_newest_generation_is_handed_over() {
    let end = run_on_both("versions", "parcel:send", "third", &json!({"id": "p3", "wait": "20ms"}));
    assert_eq!(end, completed(&json!({"handed": "p3 is on its way", "insurance": 3})));
}
