//! `metonic start`: what is asked for wrongly, and where no server is.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Parts, Project, Scenario, metonic, server};

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
    error: no entry is called `shop:oder`; an entry with a similar name exists: `shop:order`
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
      is a server running at 127.0.0.1:1? start one with `temporal server start-dev`, or let `metonic dev` do it
    --- exit 69
    ");
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
