//! What has waited in a queue, and comes first all the same.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::{Parts, Server, in_every_way_on, metonic};

/// A server that keeps each queue in one piece: it promises an order only inside a piece.
fn orderly() -> &'static Server {
    static ORDERLY: OnceLock<Server> = OnceLock::new();
    ORDERLY.get_or_init(|| {
        let settings = ["matching.numTaskqueueReadPartitions=1", "matching.numTaskqueueWritePartitions=1"];
        Server::start(&settings)
    })
}

/// A worker that does one thing at a time, and only once it is told to start.
const SLOW: &str = "- name: slow\n  kind: temporal.worker\n  client: client\n  task_queue: QUEUE-slow\n  \
                    worker_options: {max_concurrent_activity_execution_size: 1, max_concurrent_activity_task_pollers: 1, THE_WAY}\n  \
                    lifecycle: {start_timeout: 3m}\n\
                    - name: note\n  kind: function.lua\n  source: file://functions.lua\n  method: note\n  \
                    meta: {temporal: {activity: {worker: slow}}}\n";

#[test]
fn of_fifty_activities_that_wait_the_one_of_high_priority_comes_first() {
    let parts = Parts {
        flow: r#"
            local workflow, funcs = require("workflow"), require("funcs")
            return { main = function()
                local queue, order, calls = workflow.info().task_queue .. "-slow", {}, {}
                for n = 1, 50 do
                    calls[n] = function()
                        local options = { task_queue = queue, priority = { priority_key = 3 } }
                        if n == 50 then
                            options.priority = { priority_key = 1, fairness_key = "acme", fairness_weight = 2.5 }
                        end
                        local noted = assert(funcs.new():with_options(options):call("t:note", n))
                        table.insert(order, noted)
                    end
                end
                assert(workflow.all(calls))
                return order
            end }
        "#,
        functions: "return { note = function(n) return n end }",
        entries: SLOW,
        ..Parts::default()
    };
    in_every_way_on(orderly(), "priority", parts, |scenario| {
        let id = scenario.begin(&[]);
        let queue = format!("{}-slow", scenario.queue());
        orderly().wait_for_backlog(&queue, "TASK_QUEUE_TYPE_ACTIVITY", 50);
        assert_eq!(metonic(scenario.folder(), ["start", "t:slow"]).code, Some(0));
        let order = scenario.end(&id).unwrap();
        assert_eq!(order[0], json!(50));
        let last = orderly().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED").remove(49);
        let priority = json!({"priorityKey": 1, "fairnessKey": "acme", "fairnessWeight": 2.5});
        assert_eq!(last["activityTaskScheduledEventAttributes"]["priority"], priority);
    });
}
