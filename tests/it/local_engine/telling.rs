//! What is said of tasks and attempts that fail: once, with its place.

use serde_json::{Value, json};

use super::project;
use crate::support::{Project, Running, command, metonic};

/// Calls the activity, which may be tried `attempts` times, and ends.
fn calls(activity: &str, attempts: usize) -> String {
    format!(
        "local funcs = require(\"funcs\")\nreturn {{ main = function(order)\n    \
         local options = {{ [\"activity.retry_policy\"] = {{ maximum_attempts = {attempts}, \
         initial_interval = \"1ms\" }} }}\n    \
         local _, err = funcs.new():with_options(options):call(\"{activity}\", order)\n    \
         return err and err:message()\nend }}\n"
    )
}

/// A bug that an activity has.
const BUG: &str = "return { main = function(order) return order.customer.email end }\n";

/// Runs the project with this format of the log until one run of `t:flow` has ended; gives what was said.
fn said(project: &Project, format: &str) -> String {
    let mut running = Running::start(project.path(), ["run", ".", "--log-format", format, "--engine", "local"]);
    running.wait_for("Started.");
    let output = metonic(project.path(), ["start", "t:flow", r#"{"total":42}"#, "--id", "order-5", "--wait"]);
    assert_eq!(output.code, Some(0), "{output}");
    running.signal("TERM");
    assert_eq!(running.end(), Some(0), "{}", running.said);
    format!("{}\n{}", running.said, output.stdout)
}

/// The lines of a JSON log that tell an error.
fn errors(said: &str) -> Vec<Value> {
    let lines = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["level"] == "ERROR").collect()
}

#[test]
fn a_bug_in_an_activity_is_told_once_however_often_it_is_tried() {
    let project = project(&calls("t:work", 3));
    project.write("work.lua", BUG);
    let said = said(&project, "text");
    assert_eq!(said.matches("error[lua-error]: attempt to index nil with 'email'").count(), 1, "{said}");
    assert!(said.contains("--> work.lua:1:40"), "{said}");
    assert!(said.contains("^^^^^^^^^^^^^^ this is nil"), "{said}");
    assert!(said.contains("note: activity t:work, attempt 1, of workflow t:flow, id order-5"), "{said}");
}

#[test]
fn dev_shows_a_bug_in_an_activity() {
    let project = project(&calls("t:work", 2));
    project.write("work.lua", BUG);
    let mut command = command(project.path());
    command.args(["dev", "--engine", "local", "--log-format", "text"]);
    command.args(["--start", "t:flow", "--input", r#"{"total":42}"#, "--exit"]).env("PATH", "");
    let mut dev = Running::spawn(command);
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_eq!(dev.said.matches("error[lua-error]: attempt to index nil with 'email'").count(), 1, "{}", dev.said);
}

#[test]
fn dev_shows_what_a_run_was_called_with_beside_its_bug_and_run_does_not() {
    let project = project("return { main = function(order)\n    return order.customer.email\nend }\n");
    let mut command = command(project.path());
    command.args(["dev", "--engine", "local", "--log-format", "text"]);
    command.args(["--start", "t:flow", "--input", r#"{"total":42}"#]).env("PATH", "");
    let mut dev = Running::spawn(command);
    dev.wait_for(r#"note: input was {"total":42}: it has no key `customer`"#);
    dev.signal("INT");
    dev.end();
    let mut running = Running::start(project.path(), ["run", ".", "--log-format", "text", "--engine", "local"]);
    running.wait_for("Started.");
    let output = metonic(project.path(), ["start", "t:flow", r#"{"total":42}"#, "--id", "order-5"]);
    assert_eq!(output.code, Some(0), "{output}");
    running.wait_for("help: the run is not lost");
    running.signal("TERM");
    running.end();
    assert!(!running.said.contains("total"), "{}", running.said);
}

#[test]
fn an_activity_that_nobody_registered_is_told_once() {
    let project = project(&calls("t:wrok", 3));
    let said = said(&project, "text");
    let sentence = "this worker has no activity `t:wrok`; it has `t:work`";
    assert_eq!(said.matches(&format!("error[unknown-reference]: {sentence}")).count(), 1, "{said}");
}

#[test]
fn a_json_log_has_the_parts_of_an_error_in_fields() {
    let project = project(&calls("t:work", 1));
    project.write("work.lua", BUG);
    let errors = errors(&said(&project, "json"));
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert_eq!(error["message"], "An attempt of an activity failed: attempt to index nil with 'email'");
    let field = |name: &str| error[name].clone();
    let place = ["error.code", "error.file", "error.line", "error.column"].map(field);
    assert_eq!(place, [json!("lua-error"), json!("work.lua"), json!(1), json!(40)]);
    assert_eq!(error["error.excerpt"], "return { main = function(order) return order.customer.email end }");
    let subject = ["activity_type", "attempt", "workflow_id", "workflow_type"].map(field);
    assert_eq!(subject, [json!("t:work"), json!(1), json!("order-5"), json!("t:flow")]);
}

#[test]
fn a_json_log_has_the_parts_of_a_failed_workflow_task_in_fields() {
    let project = project("return { main = function(order)\n    return order.customer.email\nend }\n");
    let mut running = Running::start(project.path(), ["run", ".", "--log-format", "json", "--engine", "local"]);
    running.wait_for("Started.");
    let output = metonic(project.path(), ["start", "t:flow", r#"{"total":42}"#, "--id", "order-5"]);
    assert_eq!(output.code, Some(0), "{output}");
    running.wait_for("A workflow task failed");
    running.signal("TERM");
    running.end();
    let errors = errors(&running.said);
    let error = &errors[0];
    assert_eq!(error["message"], "A workflow task failed: attempt to index nil with 'email'");
    assert_eq!((&error["error.line"], &error["error.column"]), (&json!(2), &json!(12)));
    assert_eq!((&error["workflow_id"], &error["attempt"]), (&json!("order-5"), &json!(1)));
}
