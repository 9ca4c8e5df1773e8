//! What a run answers, what is done to it, and which runs there are.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{ADDING, Output, Parts, SLOW, Scenario, accepted_first, metonic, server, until};

fn scenario(name: &str) -> Scenario {
    Scenario::start(name, Parts { flow: ADDING, ..Parts::default() })
}

/// `metonic workflow VERB ID …`
fn workflow(scenario: &Scenario, arguments: &[&str]) -> Output {
    metonic(scenario.folder(), ["workflow"].iter().chain(arguments))
}

/// Lets the run end with this sum, and replays what it did.
fn stops(scenario: &Scenario, id: &str, sum: u64) {
    server().signal(id, "stop", &[]);
    assert_eq!(server().end(id), Ok(json!(sum)));
    scenario.replays(server(), &[id]);
}

#[test]
fn a_query_is_answered_with_json() {
    let mut scenario = scenario("ask-query");
    let id = scenario.begin(&[json!(7)]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    assert_snapshot!(workflow(&scenario, &["query", &id, "sum", "2"]), @r"
    14
    --- exit 0
    ");
    let output = workflow(&scenario, &["query", &id, "total"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("known queries: [") && output.stderr.contains("sum"), "{output}");
    stops(&scenario, &id, 7);
}

#[test]
fn an_update_gives_what_its_handler_gives() {
    let mut scenario = scenario("ask-update");
    let id = scenario.begin(&[json!(7)]);
    assert_snapshot!(workflow(&scenario, &["update", &id, "add", "3", "--update-id", "u-1"]), @r"
    10
    --- exit 0
    ");
    // The same update once more is not handled once more.
    assert_snapshot!(workflow(&scenario, &["update", &id, "add", "3", "--update-id", "u-1", "-o", "json"]), @r#"
    {"result":10}
    --- exit 0
    "#);
    assert_snapshot!(workflow(&scenario, &["update", &id, "add", "\"x\""]), @r"
    --- stderr
    error: Invalid: not a number
    --- exit 1
    ");
    stops(&scenario, &id, 10);
}

#[test]
fn a_signal_goes_to_the_run_and_its_result_is_waited_for() {
    let mut scenario = scenario("ask-signal");
    let id = scenario.begin(&[json!(7)]);
    assert_eq!(workflow(&scenario, &["signal", &id, "stop"]).to_string(), format!("{id} is signaled\n--- exit 0"));
    assert_snapshot!(workflow(&scenario, &["result", &id]), @r"
    7
    --- exit 0
    ");
    assert_snapshot!(workflow(&scenario, &["result", &id, "-o", "json"]), @r#"
    {"status":"COMPLETED","result":7}
    --- exit 0
    "#);
    let output = workflow(&scenario, &["signal", &id, "stop"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.starts_with(&format!("error: `{id}` was not signaled: ")), "{output}");
    scenario.replays(server(), &[&id]);
}

#[test]
fn an_input_that_is_no_json_is_not_sent() {
    let mut scenario = scenario("ask-input");
    let id = scenario.begin(&[json!(7)]);
    assert_snapshot!(workflow(&scenario, &["signal", &id, "stop", "{a"]), @r"
    --- stderr
    error: the input `{a` is no JSON: key must be a string at line 1 column 2
    --- exit 2
    ");
}

#[test]
fn a_stack_says_where_the_code_waits() {
    let mut scenario = scenario("ask-stack");
    let id = scenario.begin(&[json!(7)]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    let output = workflow(&scenario, &["stack", &id]);
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout.contains("flow.lua:"), "{output}");
}

#[test]
fn a_run_is_asked_to_end_or_ended() {
    let mut scenario = scenario("ask-end");
    let (asked, ended) = (scenario.begin(&[json!(1)]), scenario.begin(&[json!(1)]));
    server().wait_for(&asked, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    assert_eq!(workflow(&scenario, &["cancel", &asked, "--reason", "storm"]).code, Some(0));
    let output = workflow(&scenario, &["result", &asked]);
    assert_snapshot!(output, @r"
    --- stderr
    error: the run was canceled
    --- exit 1
    ");
    let event = server().events(&asked, "EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED").remove(0);
    assert_eq!(event["workflowExecutionCancelRequestedEventAttributes"]["cause"], "storm");
    assert_eq!(workflow(&scenario, &["terminate", &ended, "--reason", "storm"]).code, Some(0));
    assert_snapshot!(workflow(&scenario, &["result", &ended]), @r"
    --- stderr
    error: the run was terminated: storm
    --- exit 1
    ");
    scenario.replays(server(), &[&asked]);
}

#[test]
fn a_description_tells_what_a_run_is_and_waits_for() {
    let mut scenario = scenario("ask-describe");
    let id = scenario.begin(&[json!(7)]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    let output = workflow(&scenario, &["describe", &id]);
    assert!(output.stdout.starts_with(&format!("t:flow  {id}  RUNNING\n")), "{output}");
    assert!(output.stdout.contains("  queue       ask-describe\n"), "{output}");
    let output = workflow(&scenario, &["describe", &id, "-o", "json"]);
    let described: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&described["type"], &described["pendingActivities"]), (&json!("t:flow"), &json!([])));
}

#[test]
fn runs_are_listed_and_counted_by_a_query() {
    let mut scenario = scenario("ask-list");
    let ids = [scenario.begin(&[json!(1)]), scenario.begin(&[json!(2)])];
    let query = "TaskQueue = 'ask-list'";
    // Lists know of a run a moment after it has begun.
    until("the runs are not counted", || workflow(&scenario, &["count", "-q", query]).stdout.trim() == "2");
    let output = workflow(&scenario, &["list", "-q", query]);
    assert!(output.stdout.starts_with("STATUS   ID          TYPE    STARTED"), "{output}");
    assert!(ids.iter().all(|id| output.stdout.contains(&format!("RUNNING  {id}  t:flow  "))), "{output}");
    let output = workflow(&scenario, &["list", "-q", query, "--limit", "1", "-o", "json"]);
    let listed: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    let output = workflow(&scenario, &["count", "-q", &format!("{query} GROUP BY ExecutionStatus"), "-o", "json"]);
    assert_snapshot!(output, @r#"
    {"count":2,"groups":[{"values":["Running"],"count":2}]}
    --- exit 0
    "#);
}

#[test]
fn one_can_wait_for_acceptance_alone_and_ask_for_the_result_later() {
    let mut scenario = Scenario::start("ask-stage", Parts { flow: SLOW, ..Parts::default() });
    let id = scenario.begin(&[]);
    let of_another = accepted_first(&id, |arguments| workflow(&scenario, arguments));
    assert!(of_another.starts_with(&format!("error: `{id}` was not asked for the update: ")), "{of_another}");
}

#[test]
fn the_result_is_that_of_the_last_attempt() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            local attempt = workflow.info().attempt
            if attempt < 3 then error(errors.new("not yet")) end
            return attempt
        end }
    "#;
    let parts = Parts {
        flow,
        entries: "- name: again\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
                  modules: [workflow]\n  meta:\n    temporal: {workflow: {worker: worker}}\n    \
                  options: {retry_policy: {initial_interval: 1ms, maximum_attempts: 3}}\n",
        ..Parts::default()
    };
    let mut scenario = Scenario::start("ask-attempts", parts);
    let id = scenario.next_id();
    let started = metonic(scenario.folder(), ["start", "t:again", "--id", &id, "-o", "json"]);
    let started: Value = serde_json::from_str(&started.stdout).unwrap();
    let first = started["runId"].as_str().unwrap();
    assert_snapshot!(workflow(&scenario, &["result", &id, "--run-id", first]), @r"
    3
    --- exit 0
    ");
}
