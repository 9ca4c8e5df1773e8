//! What a workflow waits for, and how its waits end.

use serde_json::json;

use crate::support::{Parts, Scenario, server};

#[test]
fn timers_that_are_stopped_or_reset_are_gone_for_the_server_too() {
    let flow = r#"
        local time = require("time")
        return function()
            local stopped, reset = time.timer("1h"), time.timer("2h")
            local at_once = stopped:stop()
            time.sleep("10ms")
            reset:reset("20ms")
            reset:response():receive()
            local ticks, ticker = 0, time.ticker("10ms")
            while ticks < 2 do
                ticker:response():receive()
                ticks = ticks + 1
            end
            ticker:stop()
            return { at_once, ticks }
        end
    "#;
    let mut scenario = Scenario::start("timers", Parts { flow, functions: "return {}", ..Parts::default() });
    let id = scenario.begin(&[]);
    assert_eq!(scenario.end(&id), Ok(json!([true, 2])));
    // The one that was stopped in the task that asked for it was never asked for.
    let timers = ["STARTED", "CANCELED"].map(|what| server().events(&id, &format!("EVENT_TYPE_TIMER_{what}")).len());
    assert_eq!(timers, [5, 1]);
}

#[test]
fn a_request_to_end_reaches_sleeps_and_activities() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return function()
            local kinds = {}
            coroutine.spawn(function()
                local _, err = time.sleep("1h")
                kinds[#kinds + 1] = err:kind()
            end)
            local _, err = funcs.call("t:forever")
            local done = workflow.shield(function()
                return funcs.call("t:clean_up", kinds)
            end)
            if done ~= "clean" then
                return "not cleaned up"
            end
            return nil, err
        end
    "#;
    let functions = r#"
        local time = require("time")
        return {
            forever = function() time.sleep("1h") return "never" end,
            clean_up = function(kinds) return kinds[1] == "Canceled" and "clean" or "not told" end,
        }
    "#;
    let activities = &["forever", "clean_up"];
    let mut scenario = Scenario::start("cancelled", Parts { flow, functions, activities, ..Parts::default() });
    let id = scenario.begin(&[]);
    server().wait_for(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED");
    server().cancel(&id);
    server().wait_for(&id, "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED");
    assert_eq!(scenario.replay(&id).0, Some(0));
}

#[test]
fn a_future_that_is_cancelled_leaves_the_run_to_go_on() {
    let flow = r#"
        local funcs, time = require("funcs"), require("time")
        return function()
            local slow, unsent = funcs.async("t:forever"), funcs.async("t:forever")
            unsent:cancel()
            time.sleep("50ms")
            slow:cancel()
            time.sleep("50ms")
            local _, err = slow:result()
            return { err:kind(), unsent:is_canceled() }
        end
    "#;
    let functions = "return { forever = function() require('time').sleep('1h') end }";
    let activities = &["forever"];
    let mut scenario = Scenario::start("futures", Parts { flow, functions, activities, ..Parts::default() });
    assert_eq!(scenario.run(&[]), Ok(json!(["Canceled", true])));
}

#[test]
fn a_step_that_is_too_large_or_too_long_ends_no_run() {
    let flow = r#"
        local funcs = require("funcs")
        return function(how)
            if how == "large" then
                for _ = 1, 6 do
                    funcs.async("t:take", string.rep("x", 1024 * 1024))
                end
            elseif how == "long" then
                while true do end
            end
            return process.listen("go"):receive()
        end
    "#;
    let functions = "return { take = function() end }";
    let activities = &["take"];
    let worker = "deadlock_detection_timeout: 2s\n";
    let mut scenario = Scenario::start("too-much", Parts { flow, functions, activities, worker, ..Parts::default() });
    let runs = ["large", "long"].map(|how| scenario.begin(&[json!(how)]));
    for id in &runs {
        server().wait_for(id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
    }
    scenario.kill();
    scenario.rewrite("return function() return process.listen('go'):receive() end");
    scenario.resume();
    for id in &runs {
        server().signal(id, "go", &[json!("healed")]);
        assert_eq!(scenario.end(id), Ok(json!("healed")));
    }
}
