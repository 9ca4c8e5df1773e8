//! Children, and other workflows.

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server, until};

/// `t:flow` with a table of roles: the first argument says which function runs.
pub(super) fn roles(roles: &str) -> String {
    format!(
        "local workflow = require('workflow')\nlocal time = require('time')\nlocal roles = {{}}\n\
         local me = function(suffix) return workflow.info().workflow_id .. suffix end\n{roles}\n\
         return {{ main = function(role, ...) return roles[role or 'main'](...) end }}"
    )
}

pub(super) fn parts(flow: &str) -> Parts<'_> {
    Parts { flow, ..Parts::default() }
}

#[test]
fn a_child_gives_its_result_and_knows_its_parent() {
    let flow = roles(
        r#"
        function roles.main()
            local sum = workflow.exec("flow", "child", 1, { n = 2 })
            local by_type = workflow.exec("Named", "x")
            local nothing, err = workflow.exec("flwo")
            return { sum = sum, by_type = by_type, unknown = { nothing == nil, err:kind() } }
        end
        function roles.child(a, b)
            local info = workflow.info()
            return { sum = a + b.n, parent = info.parent.workflow_id, root = info.root.workflow_id }
        end
    "#,
    );
    let parts = Parts {
        entries: "- name: named\n  kind: workflow.lua\n  source: file://named.lua\n  method: main\n  \
                  meta: {temporal: {workflow: {worker: worker, name: Named}}}\n",
        files: &[("named.lua", "return { main = function(x) return x .. '!' end }")],
        ..parts(&flow)
    };
    in_every_way("child-result", parts, |scenario| {
        let id = scenario.begin(&[]);
        let sum = json!({"sum": 3, "parent": &id, "root": &id});
        assert_eq!(scenario.end(&id), Ok(json!({"sum": sum, "by_type": "x!", "unknown": [true, "Invalid"]})));
    });
}

#[test]
fn the_errors_of_children_arrive_whole_and_tell_how_they_ended() {
    let flow = roles(
        r#"
        local function told(_, err)
            local cause = err:cause()
            return { err:kind(), cause and cause:kind(), err:message(), err:retryable(), err:details() }
        end
        function roles.main()
            local ended = {}
            local _, refused = workflow.exec("flow", "refuse")
            ended.failed = told(nil, refused)
            ended.failed[5] = ended.failed[5].sku
            ended.failed[6] = #refused:stack() > 0 and refused:stack() == refused:cause():stack()
            local waiting = workflow.with_options({ id = me("-c") }):start("flow", "wait")
            ended.taken = told(workflow.with_options({ id = me("-c") }):start("flow", "wait"))
            ended.taken[2], ended.taken[3] = ended.taken[2] or "none", ended.taken[3]:match("exists$")
            waiting:cancel("enough")
            local _, cancelled = waiting:result()
            ended.cancelled = cancelled:kind()
            local doomed = workflow.with_options({ id = me("-t") }):start("flow", "wait")
            local _, terminated = doomed:result()
            ended.terminated = terminated:kind()
            local _, late = workflow.with_options({ run_timeout = "200ms" }):exec("flow", "wait")
            ended.late = late:kind()
            return ended
        end
        function roles.refuse()
            return nil, errors.new({ kind = "OutOfStock", message = "no lamps", retryable = false, details = { sku = "lamp" } })
        end
        function roles.wait() time.sleep("1h") return nil, errors.new({ kind = errors.CANCELED, message = "x" }) end
    "#,
    );
    in_every_way("child-errors", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        let doomed = format!("{id}-t");
        let started = || server().events(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED").len();
        until("the doomed child does not start", || started() >= 3);
        server().terminate(&doomed);
        let end = json!({
            "failed": ["OutOfStock", "OutOfStock", "no lamps", false, "lamp", true],
            "taken": ["AlreadyExists", "none", "exists", false],
            "cancelled": "Canceled", "terminated": "Terminated", "late": "Timeout",
        });
        assert_eq!(scenario.end(&id), Ok(end));
    });
}

#[test]
fn options_reach_the_child() {
    let flow = roles(
        r#"
        function roles.main()
            return workflow.with_options({
                ["workflow.id"] = me("-child"),
                execution_timeout = "1h",
                ["temporal.workflow.run_timeout"] = "30m",
                task_timeout = 5000,
                retry_policy = { maximum_attempts = 2, initial_interval = "1ms" },
                memo = { team = "sales" },
                priority = { priority_key = 2, fairness_key = "acme", fairness_weight = 2.5 },
                summary = "does *one* thing",
                details = "in two lines",
                id_reuse_policy = "reject_duplicate",
            }):exec("flow", "child")
        end
        function roles.child()
            local info = workflow.info()
            if info.attempt == 1 then return nil, errors.new({ kind = "Unavailable", message = "again", retryable = true }) end
            return {
                id = info.workflow_id, attempt = info.attempt, memo = info.memo, priority = info.priority,
                run = info.run_timeout:minutes(), execution = info.execution_timeout:minutes(), task = info.task_timeout:seconds(),
                retry = info.retry_policy.maximum_attempts, failed = info.last_failure:kind(),
            }
        end
        function roles.entry()
            local own, given = workflow.exec("timed"), workflow.with_options({ run_timeout = "90m" }):exec("timed")
            return { own, given }
        end
    "#,
    );
    let parts = Parts {
        entries: "- name: timed\n  kind: workflow.lua\n  source: file://timed.lua\n  method: main\n  \
                  modules: [workflow]\n  meta:\n    temporal: {workflow: {worker: worker}}\n    options: {workflow.run_timeout: 50m}\n",
        files: &[(
            "timed.lua",
            "return { main = function() return require('workflow').info().run_timeout:minutes() end }",
        )],
        ..parts(&flow)
    };
    in_every_way("child-options", parts, |scenario| {
        assert_eq!(scenario.run(&[json!("entry")]), Ok(json!([50, 90])));
        let id = scenario.begin(&[]);
        let seen = json!({
            "id": format!("{id}-child"), "attempt": 2, "memo": {"team": "sales"},
            "priority": {"priority_key": 2, "fairness_key": "acme", "fairness_weight": 2.5},
            "run": 30, "execution": 60, "task": 5, "retry": 2, "failed": "Unavailable",
        });
        assert_eq!(scenario.end(&id), Ok(seen));
        let asked = &server().events(&id, "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED")[0]["userMetadata"];
        assert_eq!([&asked["summary"], &asked["details"]], ["does *one* thing", "in two lines"]);
    });
}

#[test]
fn an_id_is_used_again_as_its_policy_says() {
    let flow = roles(
        r#"
        local function again(id, policy, role)
            return workflow.with_options({ id = me(id), id_reuse_policy = policy }):exec("flow", role)
        end
        local function refused(...)
            local _, err = again(...)
            return err:kind()
        end
        function roles.main()
            local seen = { again("-done", nil, "quick") }
            seen[2] = refused("-done", "reject_duplicate", "quick")
            seen[3] = refused("-done", "allow_duplicate_failed_only", "quick")
            seen[4] = again("-done", "allow_duplicate", "quick")
            seen[5] = refused("-failed", nil, "fail")
            seen[6] = again("-failed", "allow_duplicate_failed_only", "quick")
            local waiting = workflow.with_options({ id = me("-waiting") }):start("flow", "wait")
            seen[7] = refused("-waiting", "allow_duplicate", "quick")
            seen[8] = again("-waiting", "terminate_if_running", "quick")
            local _, ended = waiting:result()
            seen[9] = ended:kind()
            return seen
        end
        function roles.quick() return "ran" end
        function roles.fail() return nil, errors.new({ kind = "Sad", message = "no", retryable = false }) end
        function roles.wait() return workflow.wait_signal("never") end
    "#,
    );
    in_every_way("child-id", parts(&flow), |scenario| {
        let taken = "AlreadyExists";
        let seen = json!(["ran", taken, taken, "ran", "Sad", "ran", taken, "ran", "Terminated"]);
        assert_eq!(scenario.run(&[]), Ok(seen));
    });
}

#[test]
fn a_handle_signals_and_cancels_and_many_wait_for_its_result() {
    let flow = roles(
        r#"
        function roles.main()
            local child = workflow.with_options({ id = me("-child") }):start("flow", "child")
            local results, waiting = {}, 2
            for n = 1, waiting do
                coroutine.spawn(function() results[n] = child:result() waiting -= 1 end)
            end
            local sent = child:signal("go", "on")
            results[3] = child:result()
            workflow.await(function() return waiting == 0 end)
            local late, err = child:signal("go", "late")
            local asked = workflow.with_options({ id = me("-asked") }):start("flow", "asked")
            workflow.wait_signal("begun")
            return {
                sent, results, late == nil, err:kind(), #child:run_id() > 0, child:workflow_id() == me("-child"),
                asked:cancel("enough is enough"), asked:result(), asked:pid(),
            }
        end
        function roles.child() return workflow.wait_signal("go") end
        function roles.asked()
            local events = process.events()
            workflow.external(workflow.info().parent.workflow_id):signal("begun")
            return events:receive().reason
        end
    "#,
    );
    in_every_way("child-handle", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        let asked = format!("{{t:client@t:worker|{id}-asked}}");
        let end = json!([true, ["on", "on", "on"], true, "NotFound", true, true, true, "enough is enough", asked]);
        assert_eq!(scenario.end(&id), Ok(end));
    });
}

/// What a parent's history has of a child that it asks to end, and of one that it starts.
const ASKING: &str = "EVENT_TYPE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED";
const ASKED: &str = "EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED";
const BEGINNING: &str = "EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED";

#[test]
fn each_cancellation_type_waits_for_what_it_says() {
    let flow = roles(
        r#"
        local function cancelled(kind)
            local child = workflow.with_options({
                id = me("-" .. kind), cancellation_type = kind, parent_close_policy = "abandon",
            }):start("flow", "child", kind)
            child:cancel("enough")
            local value, err = child:result()
            return value or err:kind()
        end
        function roles.main()
            local seen = {}
            for _, kind in ipairs({ "wait_completed", "wait_requested", "try_cancel", "abandon" }) do
                seen[kind] = cancelled(kind)
            end
            -- A request that is under way is lost with the run that made it.
            workflow.wait_signal("end")
            return seen
        end
        -- Where its end is waited for it ends when it is asked to; else it stays until the signal.
        function roles.child(kind)
            local function signalled()
                workflow.wait_signal("end")
                return "signalled"
            end
            if kind ~= "wait_completed" then return workflow.shield(signalled) end
            local _, err = workflow.wait_signal("end")
            return if err then "cleaned up" else "not asked"
        end
    "#,
    );
    in_every_way("child-cancellation", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        let began = || server().events(&id, "EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED").len();
        until("a child does not start", || began() == 4);
        for (kind, asked) in [("wait_requested", 1), ("try_cancel", 1), ("abandon", 0)] {
            let child = format!("{id}-{kind}");
            let requests = || server().events(&child, "EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED").len();
            until(&format!("`{child}` is not asked to end"), || requests() >= asked);
            server().signal(&child, "end", &[]);
            assert_eq!(scenario.end(&child), Ok(json!("signalled")));
            assert_eq!(requests(), asked, "{kind}");
        }
        server().signal(&id, "end", &[]);
        let end = json!({
            "wait_completed": "cleaned up", "wait_requested": "Canceled", "try_cancel": "Canceled",
            "abandon": "Canceled",
        });
        assert_eq!(scenario.end(&id), Ok(end));
        // The parent goes on to the next child: once the request has arrived, or as soon as it is made.
        let history = server().history(&id);
        let order = |events: [(&str, &str); 3]| {
            events.map(|(of_type, child)| place(&history, of_type, &format!("{id}-{child}"))).is_sorted()
        };
        let waited = [(ASKING, "wait_requested"), (ASKED, "wait_requested"), (BEGINNING, "try_cancel")];
        let tried = [(ASKING, "try_cancel"), (BEGINNING, "abandon"), (ASKED, "try_cancel")];
        assert_eq!([order(waited), order(tried)], [true, true], "{history:?}");
    });
}

/// Where in a history the event of this type is that names this child.
fn place(history: &[Value], of_type: &str, child: &str) -> usize {
    let names = |event: &Value| {
        event.as_object().is_some_and(|fields| {
            let mut parts = fields.values();
            parts.any(|part| [&part["workflowId"], &part["workflowExecution"]["workflowId"]].contains(&&json!(child)))
        })
    };
    let place = history.iter().position(|event| event["eventType"] == of_type && names(event));
    place.unwrap_or_else(|| panic!("`{child}` has no {of_type}: {history:?}"))
}

#[test]
fn the_parent_close_policy_decides_what_becomes_of_a_child() {
    let flow = roles(
        r#"
        function roles.main()
            for _, policy in ipairs({ "terminate", "abandon", "request_cancel" }) do
                workflow.with_options({ id = me("-" .. policy), parent_close_policy = policy }):start("flow", "child")
            end
            return "done"
        end
        function roles.child()
            return workflow.wait_signal("go")
        end
    "#,
    );
    in_every_way("parent-close", parts(&flow), |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!("done")));
        let end = |policy: &str| scenario.end(&format!("{id}-{policy}"));
        assert_eq!(end("terminate"), Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED")));
        assert_eq!(end("request_cancel"), Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED")));
        server().signal(&format!("{id}-abandon"), "go", &[json!("on")]);
        assert_eq!(end("abandon"), Ok(json!("on")));
    });
}

#[test]
fn a_child_of_another_worker_runs_there() {
    let flow = roles(
        r#"
        function roles.main()
            local there = workflow.exec("far", "x")
            local by_queue = workflow.with_options({ task_queue = there.queue }):exec("FarType", "y")
            return { there, by_queue }
        end
    "#,
    );
    in_every_way(
        "child-elsewhere",
        Parts {
            entries: "- name: second\n  kind: temporal.worker\n  client: client\n  task_queue: QUEUE-far\n  \
                  worker_options: {THE_WAY}\n  lifecycle: {auto_start: true}\n\
                  - name: far\n  kind: workflow.lua\n  source: file://far.lua\n  method: main\n  modules: [workflow]\n  \
                  meta: {temporal: {workflow: {worker: second, name: FarType}}}\n",
            files: &[(
                "far.lua",
                "return { main = function(x) return { x = x, queue = require('workflow').info().task_queue } end }",
            )],
            ..parts(&flow)
        },
        |scenario| {
            let queue = format!("{}-far", scenario.queue());
            let far = |x: &str| json!({"x": x, "queue": &queue});
            assert_eq!(scenario.run(&[]), Ok(Value::from(vec![far("x"), far("y")])));
        },
    );
}
