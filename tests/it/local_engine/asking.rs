//! Commands about runs that reach the process with the local engine.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::Desk;
use crate::support::{ADDING, Output, SLOW, accepted_first, metonic};

/// A run of the flow with the id `w`, from 7.
fn adding() -> Desk {
    let desk = Desk::flow(ADDING);
    desk.start("t:flow", "w", &json!(7));
    desk
}

/// What a command says that waits while something else is done.
fn meanwhile(desk: &Desk, command: &[&str], something: impl FnOnce()) -> Output {
    let folder = desk.project.path();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| metonic(folder, command));
        something();
        waiting.join().unwrap()
    })
}

#[test]
fn a_start_says_whom_it_asked_and_shows_the_end() {
    let desk = Desk::flow("return { main = function(name) return \"hello \" .. name end }\n");
    let output = desk.metonic(&["start", "t:flow", "\"ada\"", "--id", "w", "--wait", "-o", "json"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(output.stderr, "asking the local engine of the process that runs this project\n");
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let told = json!([said["workflowId"], said["namespace"], said["taskQueue"], said["status"], said["result"]]);
    assert_eq!(told, json!(["w", "default", "q", "COMPLETED", "hello ada"]));
}

#[test]
fn an_id_that_runs_is_not_started_again() {
    let desk = adding();
    let output = desk.metonic(&["start", "t:flow", "1", "--id", "w"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("error: `w` was not started: a workflow with the id `w` runs already"), "{output}");
}

#[test]
fn a_query_and_a_stack_are_answered_by_the_code() {
    let desk = adding();
    assert_eq!(desk.done(&["query", "w", "sum", "2"]), json!(14));
    let output = desk.workflow(&["query", "w", "total"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.contains("known queries: ["), "{output}");
    let output = desk.workflow(&["stack", "w"]);
    assert!(output.stdout.contains("flow.lua:"), "{output}");
}

#[test]
fn an_update_with_an_id_is_handled_once() {
    let desk = adding();
    assert_eq!(desk.done(&["update", "w", "add", "3", "--update-id", "u-1"]), json!(10));
    assert_eq!(desk.done(&["update", "w", "add", "3", "--update-id", "u-1"]), json!(10));
    let output = desk.workflow(&["update", "w", "add", "\"x\""]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.ends_with("error: Invalid: not a number\n"), "{output}");
}

#[test]
fn a_message_starts_the_run_that_it_is_for() {
    let desk = Desk::flow(ADDING);
    let start = ["--start", "t:flow", "--start-input", "1"];
    assert_eq!(desk.done(&[&["update", "u", "add", "3"], start.as_slice()].concat()), json!(4));
    desk.done(&[&["signal", "s", "stop", "-o", "json"], start.as_slice()].concat());
    assert_eq!(desk.end("s"), json!({ "status": "COMPLETED", "result": 1 }));
}

#[test]
fn a_signal_ends_the_run_and_whoever_waits_for_its_result_hears_of_it() {
    let desk = adding();
    let waited = meanwhile(&desk, &["workflow", "result", "w"], || {
        desk.done(&["signal", "w", "stop", "-o", "json"]);
    });
    assert_eq!((waited.stdout.as_str(), waited.code), ("7\n", Some(0)));
    let output = desk.workflow(&["signal", "w", "stop"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.ends_with("error: `w` was not signaled: the workflow `w` has ended already\n"), "{output}");
}

#[test]
fn a_run_is_asked_to_end_or_ended() {
    let desk = adding();
    desk.start("t:flow", "v", &json!(1));
    desk.done(&["cancel", "w", "-o", "json"]);
    assert_eq!(desk.end("w"), json!({ "status": "CANCELED" }));
    desk.done(&["terminate", "v", "--reason", "storm", "-o", "json"]);
    assert_eq!(desk.end("v"), json!({ "status": "TERMINATED", "reason": "storm" }));
}

#[test]
fn runs_are_described_listed_and_counted() {
    let desk = adding();
    desk.start("t:flow", "v", &json!(1));
    desk.done(&["terminate", "v", "-o", "json"]);
    let described = desk.done(&["describe", "w", "-o", "json"]);
    let told = json!([described["workflowId"], described["type"], described["taskQueue"], described["status"]]);
    assert_eq!(told, json!(["w", "t:flow", "q", "RUNNING"]));
    let listed = desk.done(&["list", "-o", "json"]);
    let rows: Vec<Value> =
        listed.as_array().unwrap().iter().map(|row| json!([row["workflowId"], row["status"]])).collect();
    assert_eq!(json!(rows), json!([["v", "TERMINATED"], ["w", "RUNNING"]]));
    assert_eq!(desk.done(&["count", "-o", "json"]), json!({ "count": 2, "groups": [] }));
}

#[test]
fn a_run_is_watched_to_its_end() {
    let desk = adding();
    let watched = meanwhile(&desk, &["workflow", "watch", "w", "-o", "json"], || {
        desk.done(&["signal", "w", "stop", "-o", "json"]);
    });
    assert_eq!(watched.code, Some(0), "{watched}");
    let steps: Vec<Value> = watched
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        // That a task took a busy machine too long is a step, too.
        .filter(|change| change["change"] == "step" && change["step"] != "taskTimedOut")
        .map(|step| step["step"].clone())
        .collect();
    assert_eq!(json!(steps), json!(["started", "signal", "ended"]));
}

#[test]
fn a_run_that_is_not_there_is_said_to_be_of_another_process() {
    let desk = Desk::flow(ADDING);
    assert_snapshot!(desk.workflow(&["describe", "nobody"]), @r"
    --- stderr
    asking the local engine of the process that runs this project
    error: `nobody` was not described: there is no workflow `nobody` in the local engine; it knows only what was started in this process
    --- exit 1
    ");
}

#[test]
fn a_query_is_rejected_by_the_state_of_its_run() {
    let desk = adding();
    assert_eq!(desk.workflow(&["query", "w", "sum", "--reject-condition", "not_open"]).code, Some(0));
    desk.done(&["terminate", "w", "-o", "json"]);
    assert_snapshot!(desk.workflow(&["query", "w", "sum", "--reject-condition", "not_open"]), @r"
    --- stderr
    asking the local engine of the process that runs this project
    error: `w` was not queried: the run is TERMINATED, and in that state it was not to be asked
    --- exit 1
    ");
    assert_eq!(desk.workflow(&["query", "w", "sum", "--reject-condition", "not_completed_cleanly"]).code, Some(1));
}

#[test]
fn one_can_wait_for_acceptance_alone_and_ask_for_the_result_later() {
    let desk = Desk::flow(SLOW);
    desk.start("t:flow", "w", &json!(1));
    let of_another = accepted_first("w", |arguments| desk.workflow(arguments));
    assert!(of_another.contains("error: `w` was not asked for the update: "), "{of_another}");
}
