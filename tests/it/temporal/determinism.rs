//! The same again: without a cache, and not at all with other code.

use serde_json::{Value, json};

use crate::support::{Parts, Scenario, server};

/// Activities one after the other and side by side, a timer, and a table whose order could tempt.
const FLOW: &str = r#"
    local funcs = require("funcs")
    local time = require("time")
    local uuid = require("uuid")
    return { main = function(input)
        local first = funcs.call("t:add", input.a, 1)
        time.sleep("50ms")
        local futures = {}
        for key, value in pairs({ x = 1, y = 2, z = 3, w = 4 }) do
            futures[#futures + 1] = funcs.async("t:add", first, value)
        end
        local sum = 0
        for _, future in ipairs(futures) do
            sum = sum + future:response():receive():data()
        end
        return { sum = sum, random = uuid.v4() ~= uuid.v4(), later = time.now():unix() > 0 }
    end }
"#;

const FUNCTIONS: &str = "return { add = function(a, b) return a + b end }";

fn parts() -> Parts<'static> {
    Parts { flow: FLOW, functions: FUNCTIONS, activities: &["add"], ..Parts::default() }
}

/// What a run asked for, in order, without times and ids.
fn commands(id: &str) -> Vec<String> {
    let ask = |event: &Value| match event["eventType"].as_str()? {
        "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" => {
            let scheduled = &event["activityTaskScheduledEventAttributes"];
            Some(format!("{} {}", scheduled["activityType"]["name"], scheduled["input"]))
        }
        "EVENT_TYPE_TIMER_STARTED" => {
            Some(format!("timer {}", event["timerStartedEventAttributes"]["startToFireTimeout"]))
        }
        "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED" => {
            Some(format!("complete {}", event["workflowExecutionCompletedEventAttributes"]["result"]))
        }
        _ => None,
    };
    server().history(id).iter().filter_map(ask).collect()
}

#[test]
fn without_a_cache_a_run_asks_for_the_same() {
    let mut cached = Scenario::start("cached", parts());
    // With one slot the core keeps nothing itself; with more it has room for the runs that have a task.
    let worker = "max_cached_workflows: 0\nmax_concurrent_workflow_task_execution_size: 1\n\
                  max_concurrent_workflow_task_pollers: 1";
    let mut replaying = Scenario::start("not-cached", Parts { worker, ..parts() });
    let (with, without) = (cached.begin(&[json!({"a": 1})]), replaying.begin(&[json!({"a": 1})]));
    assert_eq!(cached.end(&with), Ok(json!({"sum": 18, "random": true, "later": true})));
    assert_eq!(replaying.end(&without), cached.end(&with));
    assert_eq!(commands(&without), commands(&with));
}

/// Each run's task was thrown out by the next run's, with the local activity that it waited for, until it timed out.
#[test]
fn without_a_cache_local_activities_of_several_runs_come_to_their_ends() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            local sum = 0
            for n = 1, 3 do
                sum = sum + workflow.local_call("t:slow", n)
            end
            return sum
        end }
    "#;
    let functions = "local time = require('time')\nreturn { slow = function(n) time.sleep('200ms') return n end }";
    let worker = "max_cached_workflows: 0";
    let parts = Parts { flow, functions, activities: &["slow"], worker, ..Parts::default() };
    let mut scenario = Scenario::start("not-cached-at-once", parts);
    let ids: Vec<String> = (0..6).map(|_| scenario.begin(&[])).collect();
    for id in &ids {
        assert_eq!(scenario.end(id), Ok(json!(6)));
        assert_eq!(server().events(id, "EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT").len(), 0, "{id}");
    }
}

#[test]
fn other_code_does_not_fit_an_old_history() {
    let mut scenario = Scenario::start("changed", parts());
    let id = scenario.begin(&[json!({"a": 1})]);
    scenario.end(&id).unwrap();
    scenario.rewrite(&FLOW.replace(r#"funcs.call("t:add", input.a, 1)"#, r#"funcs.call("t:subtract", input.a, 1)"#));
    let (code, said) = scenario.replay(&id);
    assert_eq!(code, Some(1), "{said}");
    for part in ["error[non-determinism]", "--> flow.lua:6:", "now asks for activity `t:subtract`", "TMPRL1100"] {
        assert!(said.contains(part), "{part} is missing in\n{said}");
    }
}

#[test]
fn a_worker_names_the_line_that_asks_for_something_else() {
    let flow = r#"
        local funcs = require("funcs")
        return { main = function()
            local one = funcs.call("t:add", 1, 1)
            process.listen("go"):receive()
            return one
        end }
    "#;
    let mut scenario = Scenario::start("changed-live", Parts { flow, ..parts() });
    let id = scenario.begin(&[]);
    server().wait_for(&id, "EVENT_TYPE_ACTIVITY_TASK_COMPLETED");
    scenario.kill();
    scenario.replays(server(), &[&id]);
    scenario.rewrite(&flow.replace("t:add", "t:subtract"));
    scenario.resume();
    server().signal(&id, "go", &[]);
    let headline = "error[non-determinism]: this code does not match the history of the run";
    for part in [headline, "--> flow.lua:4:", "now asks for activity `t:subtract`", "TMPRL1100"] {
        scenario.process().wait_for(part);
    }
}
