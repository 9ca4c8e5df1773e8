//! Coroutines and what they do together.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server, until};

const FUNCTIONS: &str = r#"
    local time = require("time")
    return {
        double = function(n) return 2 * n end,
        slow = function() time.sleep("1h") end,
        fail = function() return nil, errors.new({ kind = "Broken", message = "no", retryable = false }) end,
    }
"#;

const WITH_ACTIVITIES: Parts<'static> = Parts {
    client: "",
    flow: "",
    functions: FUNCTIONS,
    activities: &["double", "slow", "fail"],
    options: "",
    worker: "",
    entries: "",
    files: &[],
};

#[test]
fn a_fan_out_schedules_everything_in_one_task() {
    let flow = r#"
        local funcs, workflow = require("funcs"), require("workflow")
        return { main = function()
            return workflow.all({
                function() return funcs.call("t:double", 1) end,
                function() return funcs.call("t:double", 2) end,
                funcs.async("t:double", 3),
            })
        end }
    "#;
    in_every_way("fan-out", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([2, 4, 6])));
        let scheduled = server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED");
        let task = |event: &Value| {
            event["activityTaskScheduledEventAttributes"]["workflowTaskCompletedEventId"].as_str().unwrap().to_owned()
        };
        assert_eq!((scheduled.len(), scheduled.iter().map(task).collect::<BTreeSet<_>>().len()), (3, 1));
    });
}

#[test]
fn the_first_failure_cancels_the_rest_unless_all_are_to_settle() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return { main = function()
            local slept
            local _, err = workflow.all({
                function() return funcs.call("t:fail") end,
                function()
                    local _, err = time.sleep("1h")
                    slept = err:kind()
                end,
            })
            local settled = workflow.all({
                function() return funcs.call("t:fail") end,
                function() return funcs.call("t:double", 4) end,
                settle = true,
            })
            return { err:kind(), slept, settled[1].ok, settled[1].error:kind(), settled[2].value }
        end }
    "#;
    in_every_way("all-fails", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(["Broken", "Canceled", false, "Broken", 8])));
    });
}

#[test]
fn the_first_of_a_race_cancels_the_others() {
    let flow = r#"
        local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
        return { main = function()
            local value, err, index = workflow.race({
                function() return funcs.call("t:slow") end,
                function() return time.sleep("1h") end,
                function() return funcs.call("t:double", 5) end,
            })
            return { value, index }
        end }
    "#;
    in_every_way("race", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([10, 3])));
        let count = |event| server().events(&id, event).len();
        let cancelled = (count("EVENT_TYPE_TIMER_CANCELED"), count("EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED"));
        assert_eq!(cancelled, (1, 1));
    });
}

#[test]
fn a_race_that_settles_lets_the_others_go_on() {
    let flow = r#"
        local funcs, workflow = require("funcs"), require("workflow")
        return { main = function()
            local late
            local value, _, index = workflow.race({
                function() late = workflow.wait_signal("late") end,
                function() return funcs.call("t:double", 5) end,
                settle = true,
            })
            workflow.await(function() return late end)
            return { value, index, late }
        end }
    "#;
    in_every_way("race-settles", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let id = scenario.begin(&[]);
        // The activity has won before the signal comes.
        until("the race is not over", || server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED").len() == 2);
        server().signal(&id, "late", &[json!("second")]);
        assert_eq!(scenario.end(&id), Ok(json!([10, 2, "second"])));
    });
}

#[test]
fn an_approval_that_does_not_come_in_time_is_escalated() {
    let parts = Parts {
        flow: r#"
            local time, workflow = require("time"), require("workflow")
            return { main = function(limit)
                local who = workflow.race({
                    function() return (process.listen("approve"):receive()) end,
                    function() return time.sleep(limit) and "escalated" end,
                })
                return who
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("escalation", parts, |scenario| {
        assert_eq!(scenario.run(&[json!("10ms")]), Ok(json!("escalated")));
        let id = scenario.begin(&[json!("1h")]);
        server().wait_for(&id, "EVENT_TYPE_TIMER_STARTED");
        server().signal(&id, "approve", &[json!("ada")]);
        assert_eq!(scenario.end(&id), Ok(json!("ada")));
        assert_eq!(server().events(&id, "EVENT_TYPE_TIMER_CANCELED").len(), 1);
    });
}

#[test]
fn await_goes_on_after_the_signal_that_makes_its_condition_true() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local count = 0
                workflow.on_signal("add", function(n) count += n end)
                local first = workflow.await(function() return count >= 3 end, "1h")
                local second = workflow.await(function() return count >= 99 end, "20ms")
                return { first, second, count }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("await", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_TIMER_STARTED");
        for n in [1, 2] {
            server().signal(&id, "add", &[json!(n)]);
        }
        assert_eq!(scenario.end(&id), Ok(json!([true, false, 3])));
        assert_eq!(server().events(&id, "EVENT_TYPE_TIMER_CANCELED").len(), 1);
    });
}

#[test]
fn a_mutex_lets_one_in_and_a_semaphore_as_many_as_it_has_permits() {
    let flow = r#"
        local funcs, workflow = require("funcs"), require("workflow")
        return { main = function()
            local function most(lock)
                local inside, most, jobs = 0, 0, {}
                for n = 1, 5 do
                    jobs[n] = function()
                        return lock:with(function()
                            inside += 1
                            most = math.max(most, inside)
                            local doubled = funcs.call("t:double", n)
                            inside -= 1
                            return doubled
                        end)
                    end
                end
                local results = workflow.all(jobs)
                return { most, results }
            end
            local mutex, semaphore, log = workflow.mutex(), workflow.semaphore(1), {}
            local tried = { mutex:try_lock(), mutex:try_lock(), semaphore:try_acquire(), semaphore:try_acquire() }
            local function enters(name, enter, leave)
                return function()
                    enter()
                    log[#log + 1] = name .. funcs.call("t:double", #log)
                    leave()
                end
            end
            local function locks() mutex:lock() end
            local function unlocks() mutex:unlock() end
            local function acquires() semaphore:acquire() end
            local function releases() semaphore:release() end
            workflow.all({
                enters("held", function() funcs.call("t:double", 1) end, unlocks),
                enters("first", locks, unlocks), enters("second", locks, unlocks),
            })
            releases()
            workflow.all({ enters("third", acquires, releases), enters("fourth", acquires, releases) })
            return { most(workflow.mutex()), most(workflow.semaphore(2)), tried, log, mutex:try_lock() }
        end }
    "#;
    in_every_way("locks", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let results = json!([2, 4, 6, 8, 10]);
        let tried = json!([true, false, true, false]);
        let log = json!(["held0", "first2", "second4", "third6", "fourth8"]);
        assert_eq!(scenario.run(&[]), Ok(json!([[1, results], [2, results], tried, log, true])));
    });
}

#[test]
fn coroutines_hand_values_over_through_channels() {
    let flow = r#"
        local funcs, time = require("funcs"), require("time")
        return { main = function()
            local jobs, results = channel.new(), channel.new(2)
            for _ = 1, 2 do
                coroutine.spawn(function()
                    while true do
                        local job, open = jobs:receive()
                        if not open then
                            break
                        end
                        results:send(funcs.call("t:double", job))
                    end
                end)
            end
            coroutine.spawn(function()
                for n = 1, 4 do
                    jobs:send(n)
                end
                jobs:close()
            end)
            local sum, deadline = 0, time.after("1h")
            for _ = 1, 4 do
                local result = channel.select({ results, deadline })
                sum += result.value
            end
            return sum
        end }
    "#;
    in_every_way("channels", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(20)));
    });
}

#[test]
fn an_error_beside_main_ends_the_run_and_nothing_runs_after_main() {
    let flow = r#"
        local funcs, time = require("funcs"), require("time")
        return { main = function(fails)
            local go = channel.new(1)
            coroutine.spawn(function()
                go:receive()
                if fails then
                    error(errors.new({ kind = "Broken", message = "beside" }))
                end
                funcs.call("t:slow")
            end)
            time.sleep("1ms")
            -- From here on the other one could go on.
            go:send(true)
            if fails then
                time.sleep("1h")
            end
            return "done"
        end }
    "#;
    in_every_way("beside-main", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        let failure = scenario.run(&[json!(true)]).unwrap_err();
        assert_eq!(failure["applicationFailureInfo"]["type"], "Broken");
        let id = scenario.begin(&[json!(false)]);
        assert_eq!(scenario.end(&id), Ok(json!("done")));
        assert_eq!(server().events(&id, "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED").len(), 0);
    });
}

#[test]
fn a_future_is_cancelled_by_itself() {
    let flow = r#"
        local funcs, time = require("funcs"), require("time")
        return { main = function()
            local future, other = funcs.async("t:slow"), funcs.async("t:double", 7)
            time.sleep("10ms")
            future:cancel()
            local _, err = future:result()
            return { err:kind(), future:is_canceled(), other:response():receive():data() }
        end }
    "#;
    in_every_way("future-cancelled", Parts { flow, ..WITH_ACTIVITIES }, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(["Canceled", true, 14])));
    });
}
