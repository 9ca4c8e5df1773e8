//! Requests to end, scopes, shields and time limits.

use serde_json::{Value, json};

use crate::support::{Parts, Scenario, in_every_way, server, until};

const CANCELED: &str = "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED";
const ASKED: &str = "EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED";
const TIMER_STARTED: &str = "EVENT_TYPE_TIMER_STARTED";
const TIMER_CANCELED: &str = "EVENT_TYPE_TIMER_CANCELED";

/// One waits until it is asked to end, the others are quick.
const FUNCTIONS: &str = r#"
    local activity, time = require("activity"), require("time")
    return {
        forever = function()
            while true do
                activity.heartbeat()
                local _, err = time.sleep("50ms")
                if err then
                    return "stopped"
                end
            end
        end,
        undo = function(what) return "undone: " .. tostring(what) end,
    }
"#;

const WITH_ACTIVITIES: Parts<'static> = Parts {
    client: "",
    flow: "",
    functions: FUNCTIONS,
    activities: &["forever", "undo"],
    // It hears of a request with its heartbeats. An attempt that was given up would not.
    options: "activity.heartbeat_timeout: 10m\nactivity.start_to_close_timeout: 10m\n",
    worker: "max_heartbeat_throttle_interval: 100ms\n",
    entries: "",
    files: &[],
};

/// How the run ends that has come to an event and is asked to end then.
fn asked_at(scenario: &mut Scenario, event: &str, input: &[Value]) -> (String, Result<Value, Value>) {
    let id = scenario.begin(input);
    server().wait_for(&id, event);
    server().cancel_because(&id, "out of stock");
    let end = scenario.end(&id);
    (id, end)
}

#[test]
fn a_run_that_is_cancelled_before_its_first_task_is_refused_its_first_wait() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function()
                local _, err = time.sleep("1h")
                return nil, err
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("cancelled-early", parts, |scenario| {
        scenario.kill();
        let id = scenario.begin(&[]);
        server().cancel(&id);
        scenario.resume();
        assert_eq!(scenario.end(&id), Err(json!(CANCELED)));
        assert_eq!(server().events(&id, TIMER_STARTED), Vec::<Value>::new());
    });
}

#[test]
fn a_cancelled_timer_is_gone_and_the_reason_is_known() {
    let parts = Parts {
        flow: r#"
            local time, workflow = require("time"), require("workflow")
            return { main = function()
                local _, err = time.sleep("1h")
                return { err:kind(), err:details().reason, workflow.cancelled() }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("cancelled-timer", parts, |scenario| {
        let (id, end) = asked_at(scenario, TIMER_STARTED, &[]);
        assert_eq!(end, Ok(json!(["Canceled", "out of stock", "out of stock"])));
        assert_eq!(server().events(&id, TIMER_CANCELED).len(), 1);
    });
}

#[test]
fn a_cancelled_activity_ends_as_its_cancellation_type_says() {
    let flow = r#"
        local funcs = require("funcs")
        return { main = function(kind)
            local caller = funcs.new():with_options({ cancellation_type = kind })
            return caller:call("t:forever")
        end }
    "#;
    in_every_way("cancelled-activity", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        for (kind, expected, asked) in [
            ("try_cancel", Err(json!(CANCELED)), 1),
            ("wait_completed", Ok(json!("stopped")), 1),
            ("abandon", Err(json!(CANCELED)), 0),
        ] {
            let id = scenario.begin(&[json!(kind)]);
            // One that has not started would not hear of it.
            until(&format!("the activity of `{id}` does not start"), || {
                let pending = &server().describe(&id)["pendingActivities"][0]["state"];
                pending == "PENDING_ACTIVITY_STATE_STARTED"
            });
            server().cancel_because(&id, "out of stock");
            let end = scenario.end(&id);
            assert_eq!((end, server().events(&id, ASKED).len()), (expected, asked), "{kind}");
        }
    });
}

#[test]
fn clean_up_in_a_shield_is_done_although_the_run_is_cancelled_twice() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return { main = function()
            local _, err = time.sleep("1h")
            workflow.shield(function()
                workflow.wait_signal("again")
                funcs.call("t:undo", workflow.cancelled())
            end)
            return nil, err
        end }
    "#;
    in_every_way("cancelled-twice", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TIMER_STARTED);
        server().cancel_because(&id, "first");
        server().wait_for(&id, TIMER_CANCELED);
        server().cancel_because(&id, "second");
        server().signal(&id, "again", &[]);
        assert_eq!(scenario.end(&id), Err(json!(CANCELED)));
        let undone = &server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_COMPLETED")[0];
        assert_eq!(undone["activityTaskCompletedEventAttributes"]["result"][0], "undone: first");
    });
}

#[test]
fn a_run_that_listens_to_events_decides_for_itself() {
    let parts = Parts {
        flow: r#"
            local time, workflow = require("time"), require("workflow")
            return { main = function()
                local events = process.events()
                time.sleep("1ms")
                local event = events:receive()
                local slept = time.sleep("1ms")
                return { event.kind == process.event.CANCEL, event.reason, slept }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("cancelled-events", parts, |scenario| {
        let (_, end) = asked_at(scenario, "EVENT_TYPE_TIMER_FIRED", &[]);
        assert_eq!(end, Ok(json!([true, "out of stock", true])));
    });
}

#[test]
fn a_scope_is_cancelled_and_the_run_goes_on() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return { main = function()
            local log = {}
            local scope = workflow.scope(function()
                coroutine.spawn(function()
                    local _, err = time.sleep("1h")
                    log[#log + 1] = "spawned " .. err:kind()
                end)
                local future = funcs.async("t:forever")
                local _, err = time.sleep("2h")
                log[#log + 1] = "scope " .. err:kind()
                workflow.shield(function()
                    local ended = future:response():receive()
                    log[#log + 1] = "future " .. ended:kind()
                end)
                return "cleaned up"
            end)
            time.sleep("20ms")
            scope:cancel("enough")
            local value = scope:result()
            table.sort(log)
            return { value, scope:cancelled(), workflow.cancelled() == nil, log }
        end }
    "#;
    in_every_way("cancelled-scope", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let log = json!(["future Canceled", "scope Canceled", "spawned Canceled"]);
        assert_eq!(scenario.run(&[]), Ok(json!(["cleaned up", "enough", true, log])));
    });
}

#[test]
fn what_goes_on_of_a_scope_whose_function_has_returned_is_cancelled() {
    let flow = r#"
        local time, workflow = require("time"), require("workflow")
        return { main = function()
            local got
            local scope = workflow.scope(function()
                coroutine.spawn(function()
                    local _, err = time.sleep("1h")
                    got = err:details().reason
                end)
                return "begun"
            end)
            local value = scope:result()
            time.sleep("1ms")
            scope:cancel("stop it")
            time.sleep("1ms")
            return { value, scope:cancelled(), got }
        end }
    "#;
    in_every_way("left-behind", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(["begun", "stop it", "stop it"])));
        assert_eq!(server().events(&id, TIMER_CANCELED).len(), 1);
    });
}

#[test]
fn a_time_limit_ends_what_takes_too_long_and_is_taken_back_from_what_does_not() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return { main = function()
            local undone
            local _, late = workflow.with_timeout("50ms", function()
                local _, err = funcs.call("t:forever")
                undone = workflow.shield(function() return funcs.call("t:undo", err:kind()) end)
                return nil, err
            end)
            local quick = workflow.with_timeout("1h", function() return funcs.call("t:undo", "quick") end)
            return { late:kind(), undone, quick }
        end }
    "#;
    in_every_way("time-limit", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(["Timeout", "undone: Canceled", "undone: quick"])));
        assert_eq!(server().events(&id, TIMER_CANCELED).len(), 1);
    });
}

#[test]
fn the_reason_comes_through_a_channel() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local result = channel.select({ process.listen("go"), workflow.cancellation() })
                return { result.value, workflow.cancelled() }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("cancellation-channel", parts, |scenario| {
        // Before its first wait it would be refused that.
        let (_, end) = asked_at(scenario, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED", &[]);
        assert_eq!(end, Ok(json!(["out of stock", "out of stock"])));
    });
}

#[test]
fn a_child_is_cancelled_with_its_parent() {
    let parts = Parts {
        flow: r#"
            local time, workflow = require("time"), require("workflow")
            return { main = function(role)
                if role == "child" then
                    return time.sleep("1h")
                end
                return workflow.exec("t:flow", "child")
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("cancelled-child", parts, |scenario| {
        let (id, end) = asked_at(scenario, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED", &[]);
        assert_eq!(end, Err(json!(CANCELED)));
        assert_eq!(server().events(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_CANCELED").len(), 1);
    });
}

#[test]
fn a_local_activity_may_follow_what_the_core_answers_at_once() {
    let parts = Parts {
        flow: r#"
            local time, workflow = require("time"), require("workflow")
            return { main = function(is_child)
                if is_child then return workflow.wait_signal("never") end
                local scope = workflow.scope(function() return workflow.exec("flow", "worker", true) end)
                time.sleep(0)
                scope:cancel("before it has begun")
                local _, err = scope:result()
                return { err:kind(), (workflow.local_call("t:echo", 1)) }
            end }
        "#,
        functions: "return { echo = function(value) return value end }",
        activities: &["echo"],
        ..Parts::default()
    };
    in_every_way("cancelled-at-once", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(["Canceled", 1])));
    });
}
