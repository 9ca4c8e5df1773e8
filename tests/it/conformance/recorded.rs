//! Local activities, side effects, and what fails a task or a run.

use serde_json::{Value, json};

use crate::support::{Journal, Parts, Scenario, in_every_way, server, until};

const MARKER: &str = "EVENT_TYPE_MARKER_RECORDED";
const SCHEDULED: &str = "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED";
const TIMER: &str = "EVENT_TYPE_TIMER_STARTED";
const TASK_FAILED: &str = "EVENT_TYPE_WORKFLOW_TASK_FAILED";
const CANCELED: &str = "EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED";

/// A function that only runs in the process of its workflow.
const NEAR: &str = "- name: near\n  kind: function.lua\n  source: file://functions.lua\n  method: where\n  \
                    modules: [activity]\n  meta: {temporal: {activity: {worker: worker, local: true}}}\n";

/// `t:flow` under another name, with a policy of its own.
fn strict(policy: &str) -> String {
    format!(
        "- name: strict\n  kind: workflow.lua\n  source: file://flow.lua\n  method: main\n  \
         modules: [funcs, time, workflow]\n  \
         meta: {{temporal: {{workflow: {{worker: worker, failure_policy: {policy}}}}}}}\n"
    )
}

fn begin_strict(scenario: &mut Scenario) -> String {
    let id = scenario.next_id();
    server().begin(&id, "t:strict", scenario.queue(), &[]);
    id
}

fn restart(scenario: &mut Scenario, flow: &str) {
    scenario.kill();
    scenario.rewrite(flow);
    scenario.resume();
}

/// The message of the first workflow task that failed.
fn task_failure(id: &str) -> Value {
    server().wait_for(id, TASK_FAILED);
    server().events(id, TASK_FAILED)[0]["workflowTaskFailedEventAttributes"].clone()
}

#[test]
fn a_local_activity_is_one_event_of_the_history() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            local workflow = require("workflow")
            return { main = function()
                return { workflow.local_call("t:where"), funcs.call("t:near"), funcs.call("t:where") }
            end }
        "#,
        functions: r#"
            local activity = require("activity")
            return { where = function() return activity.info().is_local end }
        "#,
        activities: &["where"],
        entries: NEAR,
        ..Parts::default()
    };
    in_every_way("local", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, true, false])));
        assert_eq!((server().events(&id, MARKER).len(), server().events(&id, SCHEDULED).len()), (2, 1));
    });
}

/// Fails until its third attempt.
const THIRD_TIME: &str = r#"
    local activity = require("activity")
    return { third_time = function()
        local attempt = activity.info().attempt
        if attempt < 3 then
            return nil, errors.new({ kind = "Unavailable", message = "not yet", retryable = true })
        end
        return attempt
    end }
"#;

/// A workflow that calls it, with lines of YAML that say how.
fn calls_third_time(options: &str) -> Parts<'_> {
    Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function() return workflow.local_call("t:third_time") end }
        "#,
        functions: THIRD_TIME,
        activities: &["third_time"],
        options,
        ..Parts::default()
    }
}

#[test]
fn a_local_activity_is_tried_again() {
    let parts = calls_third_time("activity.retry_policy: {initial_interval: 10ms, maximum_attempts: 5}");
    in_every_way("local-retry", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(3)));
        assert_eq!(server().events(&id, TIMER).len(), 0);
    });
}

#[test]
fn a_long_wait_for_the_next_attempt_is_a_timer() {
    let parts = calls_third_time(
        "local_retry_threshold: 50ms\n\
         activity.retry_policy: {initial_interval: 100ms, backoff_coefficient: 1, maximum_attempts: 5}",
    );
    in_every_way("local-backoff", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!(3)));
        assert_eq!((server().events(&id, TIMER).len(), server().events(&id, MARKER).len()), (2, 3));
    });
}

#[test]
fn a_request_to_end_between_two_attempts_ends_the_call() {
    let parts = calls_third_time("activity.retry_policy: {initial_interval: 1h}");
    in_every_way("local-backoff-cancel", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TIMER);
        server().cancel(&id);
        assert_eq!(scenario.end(&id), Err(json!(CANCELED)));
    });
}

#[test]
fn a_local_activity_that_was_asked_to_end_is_waited_for_only_if_its_caller_wants() {
    // All of it happens in one task: how fast the server hears of it does not matter.
    let flow = r#"
        local funcs = require("funcs")
        local workflow = require("workflow")
        return { main = function()
            local near = funcs.new():with_options({ ["local"] = { cancellation_type = "TYPE" } })
            local scope = workflow.scope(function() return near:call("t:patient") end)
            near:call("t:after_patient_began")
            scope:cancel("enough")
            local value, err = scope:result()
            return value or err:kind()
        end }
    "#;
    let functions = r#"
        local activity = require("activity")
        local function patient()
            return "asked to end: " .. activity.cancellation():receive()
        end
        return { patient = patient, after_patient_began = function() end }
    "#;
    let activities: &[&str] = &["patient", "after_patient_began"];
    let cases = [("wait_completed", "asked to end: cancel"), ("try_cancel", "Canceled"), ("abandon", "Canceled")];
    for (cancellation, given) in cases {
        let flow = flow.replace("TYPE", cancellation);
        let parts = Parts { flow: &flow, functions, activities, ..Parts::default() };
        in_every_way(&format!("local-{cancellation}"), parts, |scenario| {
            assert_eq!(scenario.run(&[]), Ok(json!(given)));
        });
    }
}

#[test]
fn a_request_to_end_reaches_a_local_activity_while_it_runs() {
    let journal = Journal::start();
    let functions = r#"
        local activity, http = require("activity"), require("http_client")
        return { patient = function(id)
            assert(http.post("ADDRESS", { body = id .. " runs" }))
            return "asked to end: " .. activity.cancellation():receive()
        end }
    "#;
    let parts = Parts {
        flow: r#"
            local funcs, workflow = require("funcs"), require("workflow")
            return { main = function()
                local near = funcs.new():with_options({
                    start_to_close_timeout = "5m", ["local"] = { cancellation_type = "wait_completed" },
                })
                local value = near:call("t:patient", workflow.info().workflow_id)
                return { value, workflow.cancelled() }
            end }
        "#,
        functions: &functions.replace("ADDRESS", &journal.address()),
        activities: &["patient"],
        ..Parts::default()
    };
    in_every_way("local-asked", parts, |scenario| {
        // The run hears of it when it asks for more time for its task, after four fifths of that time: what
        // is left is for a busy machine.
        let id = scenario.next_id();
        let patient = json!({"workflowTaskTimeout": "100s"});
        server().begin_with(&id, "t:flow", scenario.queue(), &[], patient);
        until("the attempt does not begin", || journal.lines().contains(&format!("{id} runs")));
        server().cancel_because(&id, "enough");
        assert_eq!(scenario.end(&id), Ok(json!(["asked to end: cancel", "enough"])));
        assert_eq!(journal.lines().iter().filter(|line| line.starts_with(&id)).count(), 1);
    });
}

#[test]
fn a_local_activity_that_the_worker_does_not_have_is_not_found() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local _, err = workflow.local_call("t:nowhere")
                return { err:kind(), err:message() }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("local-unknown", parts, |scenario| {
        let message = "this worker has no activity `t:nowhere`; it has none at all";
        assert_eq!(scenario.run(&[]), Ok(json!(["NotFound", message])));
    });
}

#[test]
fn a_side_effect_keeps_what_it_gave_first() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            local first = workflow.side_effect(function() return { rate = 1 } end)
            process.listen("go"):receive()
            local second = workflow.side_effect(function() return { rate = 1 } end)
            return { first.rate, second.rate }
        end }
    "#;
    in_every_way("side-effect", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, MARKER);
        restart(scenario, &flow.replace("rate = 1", "rate = 2"));
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([1, 2])));
        assert_eq!((server().events(&id, MARKER).len(), server().events(&id, SCHEDULED).len()), (2, 0));
    });
}

#[test]
fn a_side_effect_that_failed_has_failed_for_good() {
    let flow = r#"
        local workflow = require("workflow")
        return { main = function()
            local value, err = workflow.side_effect(function()
                error(errors.new({ kind = "OutOfStock", message = "no lamps", details = { sku = "lamp" } }))
            end)
            process.listen("go"):receive()
            return { value == nil, err:kind(), err:message(), err:details().sku }
        end }
    "#;
    in_every_way("side-effect-failure", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, MARKER);
        restart(scenario, &flow.replace("no lamps", "no chairs"));
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, "OutOfStock", "no lamps", "lamp"])));
    });
}

#[test]
fn chance_is_the_runs_own_and_another_one_after_a_reset() {
    let flow = r#"
        local time = require("time")
        local uuid = require("uuid")
        return { main = function()
            local first = { uuid.v4(), math.random(1000000000) }
            time.sleep("10ms")
            local info = require("workflow").info()
            return { first, { uuid.v4(), math.random(1000000000) }, info.run_id, info.original_run_id }
        end }
    "#;
    in_every_way("reset", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        let before = scenario.end(&id).unwrap();
        let tasks = server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        let last = tasks.last().unwrap()["eventId"].as_str().unwrap().to_owned();
        server().temporal(&["workflow", "reset", "--workflow-id", &id, "--event-id", &last, "--reason", "again"]);
        let after = scenario.end(&id).unwrap();
        assert_eq!(after[0], before[0]);
        assert_ne!(after[1], before[1]);
        assert_ne!(after[2], before[2]);
        assert_eq!([&before[3], &after[3]], [&before[2]; 2], "the run before any reset");
    });
}

#[test]
fn a_workflow_that_never_waits_fails_its_task_with_its_stack() {
    let flow = r"
        local function spin()
            while true do end
        end
        return { main = function() spin() end }
    ";
    // On a busy machine too, it has come to its loop by then.
    let parts = Parts { flow, worker: "deadlock_detection_timeout: 5s\n", ..Parts::default() };
    in_every_way("deadlock", parts, |scenario| {
        let id = scenario.begin(&[]);
        let failed = task_failure(&id)["failure"].clone();
        let message = failed["message"].as_str().unwrap();
        assert!(message.starts_with("flow.lua:3: [TMPRL1101] the workflow ran for longer than"), "{message}");
        assert_eq!(failed["stackTrace"], "flow.lua:3: in spin\nflow.lua:5: in main");
        restart(scenario, "return { main = function() return 'healed' end }");
        assert_eq!(scenario.end(&id), Ok(json!("healed")));
    });
}

#[test]
fn a_workflow_that_holds_too_much_fails_its_task_with_its_stack() {
    let flow = r#"
        local time = require("time")
        return { main = function()
            local kept = {}
            for number = 1, 20 do
                kept[number] = string.rep(tostring(number), 300000)
                time.sleep("1ms")
            end
            return "done"
        end }
    "#;
    let parts = Parts { flow, worker: "max_workflow_state_bytes: 3000000\n", ..Parts::default() };
    in_every_way("large", parts, |scenario| {
        let id = scenario.begin(&[]);
        let failed = task_failure(&id)["failure"].clone();
        let message = failed["message"].as_str().unwrap();
        assert!(message.starts_with("flow.lua:7: [TMPRL1101] the workflow holds "), "{message}");
        assert!(message.ends_with(" MiB while it waits; 2.8 MiB is the most"), "{message}");
        assert_eq!(failed["stackTrace"], "flow.lua:7: in main");
        restart(scenario, &flow.replace("kept[number] =", "local _ ="));
        assert_eq!(scenario.end(&id), Ok(json!("done")));
    });
}

/// Calls an activity, and another one after a signal.
const TWO_CALLS: &str = r#"
    local funcs = require("funcs")
    return { main = function()
        local one = funcs.call("t:double", 1)
        process.listen("go"):receive()
        return funcs.call("t:double", one)
    end }
"#;

const DOUBLE: &str = "return { double = function(n) return 2 * n end }";

#[test]
fn code_that_does_not_match_the_history_fails_the_task() {
    let parts = Parts { flow: TWO_CALLS, functions: DOUBLE, activities: &["double"], ..Parts::default() };
    in_every_way("mismatch", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_ACTIVITY_TASK_COMPLETED");
        restart(scenario, &TWO_CALLS.replace("\"t:double\", 1", "\"t:triple\", 1"));
        server().signal(&id, "go", &[]);
        let failed = task_failure(&id);
        assert_eq!(failed["cause"], "WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR");
        let message = failed["failure"]["message"].as_str().unwrap();
        assert!(message.contains("[TMPRL1100]"), "{message}");
        for part in ["error[non-determinism]", "--> flow.lua:4:", "now asks for activity `t:triple`", "[TMPRL1100]"] {
            scenario.process().wait_for(part);
        }
        restart(scenario, TWO_CALLS);
        assert_eq!(scenario.end(&id), Ok(json!(4)));
    });
}

#[test]
fn a_workflow_may_fail_when_its_code_does_not_match() {
    let policy = strict("[non_determinism]");
    let parts =
        Parts { flow: TWO_CALLS, functions: DOUBLE, activities: &["double"], entries: &policy, ..Parts::default() };
    in_every_way("mismatch-fails", parts, |scenario| {
        let id = begin_strict(scenario);
        server().wait_for(&id, "EVENT_TYPE_ACTIVITY_TASK_COMPLETED");
        restart(scenario, &TWO_CALLS.replace("\"t:double\", 1", "\"t:triple\", 1"));
        server().signal(&id, "go", &[]);
        let failure = server().end(&id).unwrap_err();
        assert!(failure["message"].as_str().unwrap().contains("[TMPRL1100]"), "{failure}");
        scenario.never_fits(&id);
        scenario.process().wait_for("error[non-determinism]");
    });
}

#[test]
fn a_bug_or_a_limit_fails_the_workflow_that_says_so() {
    let flow = "return { main = function() local none = nil return none.x end }";
    let policy = strict("workflow");
    in_every_way("bug-fails", Parts { flow, entries: &policy, ..Parts::default() }, |scenario| {
        let id = begin_strict(scenario);
        let failure = scenario.end(&id).unwrap_err();
        assert_eq!(failure["applicationFailureInfo"]["type"], "LuaError");
    });
    let flow = "return { main = function() while true do end end }";
    let policy = strict("[limit, lua_error]");
    let parts = Parts { flow, entries: &policy, worker: "deadlock_detection_timeout: 300ms\n", ..Parts::default() };
    in_every_way("limit-fails", parts, |scenario| {
        let id = begin_strict(scenario);
        let failure = server().end(&id).unwrap_err();
        assert!(failure["message"].as_str().unwrap().contains("[TMPRL1101]"), "{failure}");
    });
}
