//! What reaches a workflow from outside: signals, queries, the request to end.

use serde_json::json;

use crate::support::{Parts, Scenario, server};

#[test]
fn signals_arrive_in_order() {
    let mut scenario = Scenario::start(
        "signals",
        Parts {
            flow: r#"
                return { main = function()
                    local seen = {}
                    local inbox = process.inbox()
                    while #seen < 3 do
                        local message = inbox:receive()
                        seen[#seen + 1] = message:topic() .. "=" .. tostring(message:payload():data())
                    end
                    return seen
                end }
            "#,
            functions: "return {}",
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    for (name, value) in [("add", json!(1)), ("note", json!("two")), ("add", json!(3))] {
        server().signal(&id, name, &[value]);
    }
    assert_eq!(scenario.end(&id), Ok(json!(["add=1", "note=two", "add=3"])));
}

#[test]
fn a_run_that_is_asked_to_end_may_clean_up_first() {
    let mut scenario = Scenario::start(
        "cancel",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function()
                    local event = process.events():receive()
                    local cleaned = funcs.call("t:clean_up")
                    return { event = event.kind, cleaned = cleaned }
                end }
            "#,
            functions: r#"return { clean_up = function() return "clean" end }"#,
            activities: &["clean_up"],
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    server().cancel(&id);
    assert_eq!(scenario.end(&id), Ok(json!({"event": "pid.cancel", "cleaned": "clean"})));
}

#[test]
fn a_stack_trace_names_the_line_that_waits() {
    let mut scenario = Scenario::start(
        "stack-trace",
        Parts {
            flow: "local function wait()\n    return process.inbox():receive()\nend\nreturn { main = function()\n    wait()\n    return 1\nend }\n",
            functions: "return {}",
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    let trace = server().query(&id, "__stack_trace", &[]).unwrap();
    assert!(trace.as_str().unwrap().contains("flow.lua:2"), "{trace}");
    server().signal(&id, "go", &[]);
    assert_eq!(scenario.end(&id), Ok(json!(1)));
}

#[test]
fn an_unknown_query_names_those_that_are_known() {
    let mut scenario = Scenario::start(
        "unknown-query",
        Parts {
            flow: "return { main = function() process.inbox():receive() return 1 end }",
            functions: "return {}",
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
    let error = server().query(&id, "nothing", &[]).unwrap_err();
    assert!(error.contains("known queries: [__enhanced_stack_trace __stack_trace"), "{error}");
    server().signal(&id, "go", &[]);
    assert_eq!(scenario.end(&id), Ok(json!(1)));
}
