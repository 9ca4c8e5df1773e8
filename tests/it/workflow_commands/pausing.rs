//! Holding a run and letting it go on.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Parts, Scenario, Server, metonic, server};

/// Waits for a word and gives it back.
const FLOW: &str = r#"
return { main = function()
    return process.listen("word"):receive()
end }
"#;

#[test]
fn a_paused_run_goes_on_with_what_came_meanwhile() {
    let able = Server::start(&["frontend.WorkflowPauseEnabled=true"]);
    let scenario = Scenario::at(&able.address(), "pausing", Parts { flow: FLOW, ..Parts::default() });
    able.begin("pausing-1", "t:flow", scenario.queue(), &[]);
    able.wait_for("pausing-1", "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    let paused = metonic(scenario.folder(), ["workflow", "pause", "pausing-1", "--reason", "new prices"]);
    assert_snapshot!(paused, @r"
    pausing-1 is paused
    --- exit 0
    ");
    let event = able.events("pausing-1", "EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED").remove(0);
    assert_eq!(event["workflowExecutionPausedEventAttributes"]["reason"], "new prices");
    let again = metonic(scenario.folder(), ["workflow", "pause", "pausing-1"]);
    // Why is the server's to say.
    let why = again.stderr.strip_prefix("error: `pausing-1` was not paused: ").unwrap();
    assert_eq!((again.code, why.trim().is_empty()), (Some(1), false), "{again}");
    able.signal("pausing-1", "word", &[json!("news")]);
    assert_eq!(able.describe("pausing-1")["workflowExecutionInfo"]["status"], "WORKFLOW_EXECUTION_STATUS_PAUSED");
    assert_snapshot!(metonic(scenario.folder(), ["workflow", "unpause", "pausing-1", "-o", "json"]), @r#"
    {"workflowId":"pausing-1","done":"unpaused"}
    --- exit 0
    "#);
    assert_eq!(able.end("pausing-1"), Ok(json!("news")));
    scenario.replays(&able, &["pausing-1"]);
}

#[test]
fn a_server_that_does_not_pause_is_told_from_a_run_that_cannot_be_paused() {
    let mut scenario = Scenario::written(&server().address(), "cannot-pause", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.begin(&[]);
    let said = metonic(scenario.folder(), ["workflow", "pause", &id]).to_string();
    let version = said.split_once("server (").and_then(|(_, rest)| rest.split_once(')')).unwrap().0.to_owned();
    assert_snapshot!(said.replace(&version, "VERSION"), @r"
    --- stderr
    error: the server (VERSION) does not pause workflows in namespace `default`: that needs Temporal 1.30 or later with `frontend.WorkflowPauseEnabled: true`; a workflow that waits for a signal can be held without it
    --- exit 1
    ");
}
