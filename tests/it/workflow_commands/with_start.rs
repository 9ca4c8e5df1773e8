//! Messages that start the run they are for.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Output, Parts, Project, Scenario, metonic};

const FLOW: &str = r#"
local workflow = require("workflow")
return { main = function(one, two)
    local word = workflow.wait_signal("stop")
    return { one, two, word }
end }
"#;

/// `metonic workflow VERB ID … --start t:flow`
fn with_start(scenario: &Scenario, arguments: &[&str]) -> Output {
    metonic(scenario.folder(), ["workflow"].iter().chain(arguments).chain(&["--start", "t:flow"]))
}

#[test]
fn a_signal_starts_the_run_that_it_is_for_once() {
    let mut scenario = Scenario::start("signal-with-start", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.next_id();
    let output = with_start(&scenario, &["signal", &id, "other", "1", "--start-input", "1", "--start-input", "[2]"]);
    assert_eq!(output.to_string(), format!("{id} is signaled\n--- exit 0"));
    // Somebody runs: the input of the start is not looked at.
    let output = with_start(&scenario, &["signal", &id, "stop", "\"now\"", "--start-input", "9", "-o", "json"]);
    assert_eq!(output.to_string(), format!("{}\n--- exit 0", json!({"workflowId": id, "done": "signaled"})));
    assert_eq!(scenario.end(&id), Ok(json!([1, [2], "now"])));
}

#[test]
fn what_was_refused_is_said_and_not_that_it_was_one_of_two() {
    let mut scenario = Scenario::start("refused-with-start", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.next_id();
    let output = with_start(&scenario, &["update", &id, "add", "1"]);
    assert_snapshot!(output, @r"
    --- stderr
    error: NotFound: unknown update `add`; known updates: []
    --- exit 1
    ");
    let long = "x".repeat(1001);
    let output = with_start(&scenario, &["update", &long, "add", "1"]);
    // What follows is the server's, and without the failure of the other one of the two.
    let told = output.stderr.strip_prefix(&format!("error: `{long}` was not updated: ")).unwrap();
    assert_eq!((output.code, told.contains("1000"), told.lines().count()), (Some(1), true, 1), "{output}");
}

#[test]
fn what_is_to_be_started_has_to_be_a_workflow() {
    let entries = "namespace: shop\nentries:\n  - {name: note, kind: registry.entry}\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    let update = |more: &[&str]| metonic(project.path(), ["workflow", "update", "id", "add"].iter().chain(more));
    assert_snapshot!(update(&["--start", "shop:note"]), @r"
    --- stderr
    error: `shop:note` is a `registry.entry`, not a workflow
    --- exit 2
    ");
    assert_snapshot!(update(&["--start-input", "1"]), @r"
    --- stderr
    error: the following required arguments were not provided:
      --start <ENTRY>

    Usage: metonic workflow update --start <ENTRY> --start-input <JSON> <ID> <NAME> [INPUT]...

    For more information, try '--help'.
    --- exit 2
    ");
    assert_snapshot!(update(&["--start", "shop:note", "--run-id", "r"]), @r"
    --- stderr
    error: the argument '--start <ENTRY>' cannot be used with '--run-id <RUN>'

    Usage: metonic workflow update --start <ENTRY> <ID> <NAME> [INPUT]...

    For more information, try '--help'.
    --- exit 2
    ");
}
