//! What the local engine does not offer is refused by its name, with what to use instead.

use insta::assert_snapshot;
use serde_json::json;

use super::{Desk, project};
use crate::support::{Running, metonic, repository};

const FLOW: &str = "return { main = function() process.listen(\"stop\"):receive() end }\n";

fn waiting() -> Desk {
    let desk = Desk::flow(FLOW);
    desk.start("t:flow", "w", &json!(1));
    desk
}

#[test]
fn a_run_is_not_paused() {
    let desk = waiting();
    assert_snapshot!(desk.workflow(&["pause", "w"]), @r"
    --- stderr
    asking the local engine of the process that runs this project
    error: the local engine does not pause runs: a workflow that waits for a signal can be held without it
    --- exit 1
    ");
    assert_eq!(desk.workflow(&["unpause", "w"]).code, Some(1));
}

#[test]
fn a_history_is_not_exported() {
    assert_snapshot!(waiting().workflow(&["export", "w"]), @r"
    --- stderr
    asking the local engine of the process that runs this project
    error: the local engine writes no histories: look at its steps with `metonic workflow watch`, or run the project on a server
    --- exit 1
    ");
}

#[test]
fn a_list_filter_is_not_understood() {
    let desk = waiting();
    assert_snapshot!(desk.workflow(&["list", "-q", "WorkflowType = 'x'"]), @r"
    --- stderr
    asking the local engine of the process that runs this project
    error: the local engine knows no list filters: leave `-q` out and it tells of all its runs
    --- exit 1
    ");
    assert_eq!(desk.workflow(&["count", "-q", "GROUP BY ExecutionStatus"]).code, Some(1));
}

#[test]
fn without_such_a_process_one_is_told_how_to_start_it() {
    let project = project(FLOW);
    assert_snapshot!(metonic(project.path(), ["workflow", "list", "--engine", "local"]), @r"
    --- stderr
    error: no process runs the project `.` with the local engine: start one with `metonic dev . --engine local`
    --- exit 69
    ");
}

#[test]
fn a_process_whose_runs_are_on_a_server_is_not_asked() {
    let project = project(FLOW);
    let entries = repository::read(&project.path().join("_index.yaml"));
    project.write("_index.yaml", &entries.replace("auto_start: true", "auto_start: false"));
    let mut running = Running::start(project.path(), ["run", "--log-format", "text"]);
    running.wait_for("Started.");
    let output = metonic(project.path(), ["workflow", "list"]);
    assert!(output.stderr.starts_with("error: no connection to Temporal at 127.0.0.1:1"), "{output}");
    let output = metonic(project.path(), ["workflow", "list", "--engine", "local"]);
    assert!(output.stderr.starts_with("error: no process runs the project `.` with the local engine"), "{output}");
}

#[test]
fn a_server_is_asked_all_the_same_if_one_says_so() {
    let desk = waiting();
    let output = desk.workflow(&["list", "--engine", "temporal"]);
    assert_eq!(output.code, Some(69), "{output}");
    assert!(output.stderr.starts_with("error: no connection to Temporal at 127.0.0.1:1"), "{output}");
}
