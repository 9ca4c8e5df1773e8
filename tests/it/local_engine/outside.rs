//! What a project says of the world outside when no server is there.

use serde_json::json;

use super::{Desk, On, project};
use crate::support::{Project, Running, metonic};

const FLOW: &str = "return { main = function() return \"done\" end }\n";

/// A project whose client has another line.
fn client(line: &str) -> Project {
    let project = project(FLOW);
    let entries = crate::support::repository::read(&project.path().join("_index.yaml"));
    let client = "kind: temporal.client,";
    project.write("_index.yaml", &entries.replace(client, &format!("{client} {line},")));
    project
}

#[test]
fn nothing_dials_and_no_key_is_read() {
    let project = client("auth: {type: api_key, api_key_file: nowhere.txt}");
    let desk = Desk::of(project, On::Local);
    desk.start("t:flow", "w", &json!(1));
    assert_eq!(desk.end("w"), json!({ "status": "COMPLETED", "result": "done" }));
}

#[test]
fn the_fields_of_a_client_are_checked_all_the_same() {
    let project = client("namspace: shop");
    let output = metonic(project.path(), ["run", "--engine", "local"]);
    assert_eq!(output.code, Some(78), "{output}");
    assert!(output.stderr.contains("error[unknown-field]"), "{output}");
}

#[test]
fn a_queue_has_its_clients_prefix_and_runs_their_namespace() {
    let desk = Desk::of(client("namespace: shop, tq_prefix: dev-"), On::Local);
    desk.start("t:flow", "w", &json!(1));
    let told = desk.done(&["describe", "w", "-o", "json"]);
    assert_eq!(told["taskQueue"], "dev-q");
    assert_eq!(desk.end("w")["status"], "COMPLETED");
}

#[test]
fn a_second_process_says_that_no_command_reaches_it() {
    let desk = Desk::flow(FLOW);
    let mut second = Running::start(desk.project.path(), ["run", "--engine", "local", "--log-format", "text"]);
    second.wait_for("No command reaches this process: neither its services nor its runs.");
}

#[test]
fn a_variable_without_a_value_stops_its_worker_and_who_calls_what_that_runs() {
    let entries = "namespace: t\nentries:\n  - {name: os, kind: env.storage.os}\n  \
        - {name: limit, kind: env.variable, variable: LIMIT, storage: os}\n  \
        - {name: c, kind: temporal.client, address: '127.0.0.1:1', lifecycle: {auto_start: true}}\n  \
        - {name: w, kind: temporal.worker, client: c, task_queue: q, lifecycle: {auto_start: true}}\n  \
        - {name: v, kind: temporal.worker, client: c, task_queue: far, lifecycle: {auto_start: true, startup: optional}}\n  \
        - {name: far, kind: function.lua, source: 'return function() return 1 end', meta: {temporal: {activity: {worker: v}}, \
           options: {start_to_close_timeout: '${env:LIMIT}'}}}\n  \
        - {name: calls, kind: workflow.lua, modules: [funcs], \
           source: 'local funcs = require(\"funcs\") return function() return funcs.call(\"t:far\") end', \
           meta: {temporal: {workflow: {worker: w}}}}\n  \
        - {name: flow, kind: workflow.lua, source: 'return function() return 7 end', meta: {temporal: {workflow: {worker: w}}}}\n";
    let mut desk = Desk::of(Project::new(&[("_index.yaml", entries)]), On::Local);
    desk.start("t:flow", "well", &json!(null));
    assert_eq!(desk.end("well")["status"], "COMPLETED");
    desk.start("t:calls", "waits", &json!(null));
    desk.running.wait_for("`t:far` cannot be called: `start_to_close_timeout` of `t:far` has no value");
}

#[test]
fn nothing_is_left_of_a_run_when_the_process_has_ended() {
    let mut desk = Desk::flow(FLOW);
    desk.start("t:flow", "w", &json!(1));
    assert_eq!(desk.end("w")["status"], "COMPLETED");
    desk.running.signal("TERM");
    assert_eq!(desk.running.end(), Some(0), "{}", desk.running.said);
    let desk = Desk::of(desk.project, On::Local);
    assert_eq!(desk.done(&["list", "-o", "json"]), json!([]));
}
