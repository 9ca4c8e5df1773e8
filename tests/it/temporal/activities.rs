//! What a workflow sees of its activities: results, failures, retries, time that runs out.

use serde_json::json;

use crate::support::{Parts, Scenario, server};

#[test]
fn values_come_back_as_they_were_sent() {
    let mut scenario = Scenario::start(
        "activity-values",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function(value) return funcs.call("t:echo", value) end }
            "#,
            functions: "return { echo = function(value) return value end }",
            activities: &["echo"],
            ..Parts::default()
        },
    );
    for value in
        [json!({"a": [1, 2.5, "x", true], "b": {"c": "é\n\"🌕"}}), json!("text"), json!(9_007_199_254_740_991_i64)]
    {
        assert_eq!(scenario.run(std::slice::from_ref(&value)), Ok(value));
    }
}

#[test]
fn the_worker_that_began_an_attempt_is_the_one_that_ended_it() {
    let mut scenario = Scenario::start(
        "activity-identity",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function() return funcs.call("t:echo", 1) end }
            "#,
            functions: "return { echo = function(value) return value end }",
            activities: &["echo"],
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    assert_eq!(scenario.end(&id), Ok(json!(1)));
    let identity = |event: &str, attributes: &str| server().events(&id, event)[0][attributes]["identity"].take();
    let began = identity("EVENT_TYPE_ACTIVITY_TASK_STARTED", "activityTaskStartedEventAttributes");
    assert!(began.as_str().unwrap().starts_with("t:worker@"), "{began}");
    assert_eq!(identity("EVENT_TYPE_ACTIVITY_TASK_COMPLETED", "activityTaskCompletedEventAttributes"), began);
}

#[test]
fn a_typed_failure_arrives_with_its_kind_and_details() {
    let mut scenario = Scenario::start(
        "activity-failure",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function()
                    local _, err = funcs.call("t:refuse")
                    local frame = errors.call_stack(err).frames[1]
                    return {
                        kind = err:kind(), message = err:message(), retryable = err:retryable(), sku = err:details().sku,
                        line = frame.line, stack = err:stack() == err:cause():stack(),
                    }
                end }
            "#,
            functions: r#"
                return { refuse = function()
                    return nil, errors.new({ kind = "OutOfStock", message = "no lamps", retryable = false, details = { sku = "lamp" } })
                end }
            "#,
            activities: &["refuse"],
            ..Parts::default()
        },
    );
    let seen = json!({
        "kind": "OutOfStock", "message": "no lamps", "retryable": false, "sku": "lamp", "line": 3, "stack": true,
    });
    assert_eq!(scenario.run(&[]), Ok(seen));
}

#[test]
fn a_failure_that_the_workflow_returns_is_the_failure_of_the_run() {
    let mut scenario = Scenario::start(
        "workflow-failure",
        Parts {
            flow: r#"
                return { main = function()
                    return nil, errors.new({ kind = "TooLate", message = "the shop is closed", retryable = false })
                end }
            "#,
            functions: "return {}",
            ..Parts::default()
        },
    );
    let failure = scenario.run(&[]).unwrap_err();
    assert_eq!(failure["message"], "the shop is closed");
    assert_eq!(failure["applicationFailureInfo"]["type"], "TooLate");
    assert_eq!(failure["applicationFailureInfo"]["nonRetryable"], true);
}

#[test]
fn a_failed_attempt_is_followed_by_another() {
    let mut scenario = Scenario::start(
        "activity-retry",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function() return funcs.call("t:third_time") end }
            "#,
            functions: r#"
                local activity = require("activity")
                return { third_time = function()
                    local attempt = activity.info().attempt
                    if attempt < 3 then return nil, errors.new({ kind = "Unavailable", message = "not yet", retryable = true }) end
                    return attempt
                end }
            "#,
            activities: &["third_time"],
            options: "activity.retry_policy: {initial_interval: 10ms, maximum_attempts: 5}",
            ..Parts::default()
        },
    );
    assert_eq!(scenario.run(&[]), Ok(json!(3)));
}

#[test]
fn an_activity_that_takes_too_long_is_a_timeout() {
    let mut scenario = Scenario::start(
        "activity-timeout",
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function()
                    local slow = funcs.new():with_options({
                        ["activity.start_to_close_timeout"] = "200ms",
                        ["activity.retry_policy"] = { maximum_attempts = 1 },
                    })
                    local _, err = slow:call("t:slow")
                    return { kind = err:kind(), which = err:details().timeout_type }
                end }
            "#,
            functions: r#"
                local time = require("time")
                return { slow = function() time.sleep("30s") end }
            "#,
            activities: &["slow"],
            ..Parts::default()
        },
    );
    assert_eq!(scenario.run(&[]), Ok(json!({"kind": "Timeout", "which": "start_to_close"})));
}

#[test]
fn a_step_that_is_too_large_never_ends_the_run() {
    let flow = r#"
        local funcs = require("funcs")
        return { main = function()
            local big = string.rep("x", 1024 * 1024)
            local futures = {}
            for i = 1, COUNT do futures[i] = funcs.async("t:length", big) end
            local sum = 0
            for i = 1, COUNT do
                local payload, ok = futures[i]:response():receive()
                sum = sum + payload:data()
            end
            return sum
        end }
    "#;
    let mut scenario = Scenario::start(
        "oversize",
        Parts {
            flow: &flow.replace("COUNT", "6"),
            functions: "return { length = function(text) return #text end }",
            activities: &["length"],
            ..Parts::default()
        },
    );
    let id = scenario.begin(&[]);
    crate::support::server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
    // The run is still there, and better code heals it.
    scenario.rewrite(&flow.replace("COUNT", "2"));
    scenario.kill();
    scenario.resume();
    assert_eq!(scenario.end(&id), Ok(json!(2 * 1024 * 1024)));
}
