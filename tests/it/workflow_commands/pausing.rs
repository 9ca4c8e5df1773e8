//! Holding a run and letting it go on.

use std::sync::OnceLock;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Parts, Scenario, Server, in_every_way_on, metonic, server};

/// A server that pauses runs.
fn able() -> &'static Server {
    static ABLE: OnceLock<Server> = OnceLock::new();
    ABLE.get_or_init(|| Server::start(&["frontend.WorkflowPauseEnabled=true"]))
}

/// Waits for a word and gives it back.
const FLOW: &str = r#"
return { main = function()
    return process.listen("word"):receive()
end }
"#;

#[test]
fn a_paused_run_goes_on_with_what_came_meanwhile() {
    in_every_way_on(able(), "pausing", Parts { flow: FLOW, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        let workflow = |verb: &str, more: &[&str]| {
            metonic(scenario.folder(), ["workflow", verb, &id].iter().chain(more)).to_string()
        };
        able().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        assert_eq!(workflow("pause", &["--reason", "new prices"]), format!("{id} is paused\n--- exit 0"));
        let event = able().events(&id, "EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED").remove(0);
        assert_eq!(event["workflowExecutionPausedEventAttributes"]["reason"], "new prices");
        // Why is the server's to say.
        let again = workflow("pause", &[]);
        let why = again.strip_prefix(&format!("--- stderr\nerror: `{id}` was not paused: ")).unwrap_or_default();
        assert!(why.len() > "\n--- exit 1".len() && why.ends_with("\n--- exit 1"), "{again}");
        able().signal(&id, "word", &[json!("news")]);
        assert_eq!(able().describe(&id)["workflowExecutionInfo"]["status"], "WORKFLOW_EXECUTION_STATUS_PAUSED");
        let done = json!({"workflowId": id, "done": "unpaused"});
        assert_eq!(workflow("unpause", &["-o", "json"]), format!("{done}\n--- exit 0"));
        assert_eq!(scenario.end(&id), Ok(json!("news")));
    });
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
