//! Functions of workers that have another client than the workflow that calls them.

use serde_json::{Value, json};

use super::{Desk, On};
use crate::support::Project;

/// `t:main` calls `t:work`, whose worker has a client of its own with these fields.
fn desk(client: &str) -> Desk {
    let auto = "lifecycle: {auto_start: true}";
    let entries = format!(
        "namespace: t\nentries:\n  \
         - {{name: near, kind: temporal.client, address: \"127.0.0.1:1\", tq_prefix: near-, {auto}}}\n  \
         - {{name: far, kind: temporal.client, address: \"127.0.0.1:1\", {client}, {auto}}}\n  \
         - {{name: worker, kind: temporal.worker, client: near, task_queue: q, {auto}}}\n  \
         - {{name: other, kind: temporal.worker, client: far, task_queue: q, {auto}}}\n  \
         - {{name: flow, kind: workflow.lua, source: \"file://flow.lua\", method: main, modules: [funcs], \
         meta: {{temporal: {{workflow: {{worker: worker}}}}}}}}\n  \
         - {{name: work, kind: function.lua, source: \"file://work.lua\", method: main, modules: [activity], \
         meta: {{temporal: {{activity: {{worker: other}}}}}}}}\n  \
         - {{name: both, kind: function.lua, source: \"file://work.lua\", method: main, modules: [activity], \
         meta: {{temporal: {{activity: {{worker: [other, worker]}}}}}}}}\n"
    );
    let flow = "return { main = function(name)\n    return require(\"funcs\").call(name)\nend }\n";
    let work = "return { main = function() return require(\"activity\").info().task_queue end }\n";
    Desk::of(Project::new(&[("_index.yaml", &entries), ("flow.lua", flow), ("work.lua", work)]), On::Local)
}

/// How a run ends that calls the function.
fn end(desk: &Desk, function: &str) -> Value {
    let output = desk.metonic(&["start", "t:flow", &json!(function).to_string(), "--wait", "-o", "json"]);
    serde_json::from_str(&output.stdout).unwrap_or_else(|_| panic!("{output}"))
}

#[test]
fn a_function_runs_on_the_queue_of_its_worker_whatever_is_put_before_it() {
    assert_eq!(end(&desk("tq_prefix: far-"), "t:work")["result"], "far-q");
}

#[test]
fn of_several_workers_the_caller_own_comes_first() {
    assert_eq!(end(&desk("tq_prefix: far-"), "t:both")["result"], "near-q");
}

#[test]
fn a_function_of_another_namespace_is_not_called() {
    let desk = desk("namespace: far");
    let end_of_far = end(&desk, "t:work");
    let message = end_of_far["failure"]["message"].as_str().unwrap_or_default();
    let expected = "`t:work` runs on a worker of the namespace `far`, and an activity stays in";
    assert!(message.starts_with(expected), "{end_of_far}");
    assert_eq!(end(&desk, "t:both")["result"], "near-q");
}
