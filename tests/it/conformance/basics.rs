//! Input, result, activities.

use serde_json::json;

use crate::support::{Parts, in_every_way, server};

#[test]
fn a_workflow_takes_arguments_and_gives_a_result() {
    let parts = Parts {
        flow: "return { main = function(a, b) return { sum = a.n + b.n, list = { a.n, b.n } } end }",
        ..Parts::default()
    };
    in_every_way("arguments", parts, |scenario| {
        assert_eq!(scenario.run(&[json!({"n": 1}), json!({"n": 2})]), Ok(json!({"sum": 3, "list": [1, 2]})));
    });
}

#[test]
fn activities_one_after_the_other_and_side_by_side() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            return { main = function()
                local one = funcs.call("t:double", 1)
                local futures = {}
                for n = 1, 3 do
                    futures[n] = funcs.async("t:double", one + n)
                end
                local results = {}
                for n, future in ipairs(futures) do
                    results[n] = future:response():receive():data()
                end
                return results
            end }
        "#,
        functions: "return { double = function(n) return 2 * n end }",
        activities: &["double"],
        ..Parts::default()
    };
    in_every_way("activities", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!([6, 8, 10])));
    });
}

#[test]
fn one_workflow_can_run_every_type_that_no_other_does() {
    let parts = Parts {
        flow: "return { main = function() return 'its own' end }",
        entries: "- name: any\n  kind: workflow.lua\n  source: file://any.lua\n  method: main\n  modules: [workflow]\n  \
                  meta: {temporal: {workflow: {worker: worker, name: \"*\"}}}\n",
        files: &[(
            "any.lua",
            "return { main = function(n) return { require('workflow').info().workflow_type, n } end }",
        )],
        ..Parts::default()
    };
    in_every_way("every-type", parts, |scenario| {
        let id = scenario.next_id();
        server().begin(&id, "SomebodyElses", scenario.queue(), &[json!(7)]);
        assert_eq!(scenario.end(&id), Ok(json!(["SomebodyElses", 7])));
        assert_eq!(scenario.run(&[]), Ok(json!("its own")));
    });
}

#[test]
fn an_activity_of_a_worker_with_another_client_runs_there() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            return { main = function() return funcs.call("t:far") end }
        "#,
        client: "tq_prefix: near-",
        entries: "- name: far_client\n  kind: temporal.client\n  address: THE_SERVER\n  tq_prefix: far-\n  \
                  lifecycle: {auto_start: true}\n\
                  - name: far_worker\n  kind: temporal.worker\n  client: far_client\n  task_queue: QUEUE\n  \
                  lifecycle: {auto_start: true}\n\
                  - name: far\n  kind: function.lua\n  source: file://far.lua\n  method: main\n  \
                  modules: [activity]\n  meta: {temporal: {activity: {worker: far_worker}}}\n",
        files: &[("far.lua", "return { main = function() return require('activity').info().task_queue end }")],
        ..Parts::default()
    };
    in_every_way("activity-elsewhere", parts, |scenario| {
        let id = scenario.next_id();
        server().begin(&id, "t:flow", &format!("near-{}", scenario.queue()), &[]);
        assert_eq!(scenario.end(&id), Ok(json!(format!("far-{}", scenario.queue()))));
    });
}
