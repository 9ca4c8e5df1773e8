//! What a start says beside its input.

use serde_json::{Value, json};

use super::Desk;

const FLOW: &str = r#"
local workflow = require("workflow")
return { main = function()
    workflow.on_query("told", function() return { workflow.memo(), workflow.search_attributes() } end)
    workflow.await(function() return false end)
end }
"#;

fn run_id(desk: &Desk, policy: &[&str]) -> String {
    let output = desk.metonic(&[&["start", "t:flow", "--id", "w", "-o", "json"], policy].concat());
    let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
    answer["runId"].as_str().unwrap().to_owned()
}

#[test]
fn a_conflict_policy_says_what_becomes_of_the_run_that_has_the_id() {
    let desk = Desk::flow(FLOW);
    let first = run_id(&desk, &[]);
    let output = desk.metonic(&["start", "t:flow", "--id", "w", "--id-conflict-policy", "Fail"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert_eq!(run_id(&desk, &["--id-conflict-policy", "UseExisting"]), first);
    assert_ne!(run_id(&desk, &["--id-conflict-policy", "TerminateExisting"]), first);
    assert_eq!(desk.done(&["describe", "w", "--run-id", &first, "-o", "json"])["status"], "TERMINATED");
}

#[test]
fn a_run_is_told_what_it_is_found_by() {
    let desk = Desk::flow(FLOW);
    run_id(&desk, &["--memo", "total=42", "--search-attribute", "For=\"ada\""]);
    assert_eq!(desk.done(&["query", "w", "told"]), json!([{"total": 42}, {"For": "ada"}]));
}
