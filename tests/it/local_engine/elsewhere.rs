//! Functions of workers that have another client than the workflow that calls them.

use serde_json::json;

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

#[test]
fn a_function_runs_on_the_queue_of_its_worker_whatever_is_put_before_it() {
    let desk = desk("tq_prefix: far-");
    desk.start("t:flow", "w", &json!("t:work"));
    assert_eq!(desk.end("w"), json!({ "status": "COMPLETED", "result": "far-q" }));
}

#[test]
fn of_several_workers_the_caller_own_comes_first() {
    let desk = desk("tq_prefix: far-");
    desk.start("t:flow", "w", &json!("t:both"));
    assert_eq!(desk.end("w"), json!({ "status": "COMPLETED", "result": "near-q" }));
}

#[test]
fn a_function_of_another_namespace_is_not_called() {
    let desk = desk("namespace: far");
    desk.start("t:flow", "w", &json!("t:work"));
    let end = desk.end("w");
    let message = end["failure"]["message"].as_str().unwrap();
    assert!(message.starts_with("`t:work` runs on a worker of the namespace `far`, and an activity stays in"), "{end}");
    desk.start("t:flow", "v", &json!("t:both"));
    assert_eq!(desk.end("v"), json!({ "status": "COMPLETED", "result": "near-q" }));
}
