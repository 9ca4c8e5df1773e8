//! Input, result, activities, and what a run sees of its surroundings.

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server};

#[test]
fn a_workflow_takes_arguments_and_gives_a_result_or_an_error() {
    let parts = Parts {
        flow: r#"
            return { main = function(a, b)
                if not b then
                    return nil, errors.new({ kind = "Lonely", message = "one is not enough", details = a })
                end
                return { sum = a.n + b.n, list = { a.n, b.n } }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("arguments", parts, |scenario| {
        assert_eq!(scenario.run(&[json!({"n": 1}), json!({"n": 2})]), Ok(json!({"sum": 3, "list": [1, 2]})));
        let failure = scenario.run(&[json!({"n": 1})]).unwrap_err();
        let told = [&failure["message"], &failure["applicationFailureInfo"]["type"]];
        assert_eq!(told, ["one is not enough", "Lonely"]);
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
fn an_id_that_an_open_activity_has_is_an_error_of_the_call() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            local function named(id) return funcs.new():with_options({ id = id }) end
            return { main = function()
                local one = named("x"):async("t:double", 1)
                local _, again = named("x"):async("t:double", 2)
                local two = funcs.async("t:double", 2)
                local _, number = named("2"):async("t:double", 2)
                local three = named("4"):async("t:double", 3)
                -- Its own number is the name of the one before.
                local four = funcs.async("t:double", 4)
                local results = {}
                for n, future in ipairs({ one, two, three, four }) do
                    results[n] = future:response():receive():data()
                end
                return { again:kind(), number:kind(), results, (named("x"):call("t:double", 5)) }
            end }
        "#,
        functions: "return { double = function(n) return 2 * n end }",
        activities: &["double"],
        ..Parts::default()
    };
    in_every_way("activity-ids", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(["AlreadyExists", "AlreadyExists", [2, 4, 6, 8], 10])));
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
fn a_run_knows_of_itself_what_the_server_knows() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            local function told()
                local info = workflow.info()
                return {
                    workflow_id = info.workflow_id, run_id = info.run_id, first_run_id = info.first_run_id,
                    type = info.workflow_type, queue = info.task_queue, memo = info.memo, attempt = info.attempt,
                    begun = info.start_time:format("2006-01-02T15:04:05"), length = info.history_length,
                    size = info.history_size,
                    expires = info.execution_expiration_time and info.execution_expiration_time:format("2006-01-02T15:04:05"),
                    execution = info.execution_timeout and info.execution_timeout:seconds() .. "s",
                    run = info.run_timeout and info.run_timeout:seconds() .. "s",
                    task = info.task_timeout:seconds() .. "s",
                    parent = info.parent and { workflowId = info.parent.workflow_id, runId = info.parent.run_id },
                    root = info.root and { workflowId = info.root.workflow_id, runId = info.root.run_id },
                }
            end
            return { main = function(role)
                local own = told()
                if role == "child" then return own end
                local options = { id = own.workflow_id .. "-child", task_timeout = "2m" }
                return { own, (workflow.with_options(options):exec("flow", "child")) }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("info", parts, |scenario| {
        let id = scenario.next_id();
        let options = json!({
            "workflowExecutionTimeout": "3600s", "workflowRunTimeout": "1800s", "workflowTaskTimeout": "120s",
            "memo": {"fields": {"team": "sales"}},
        });
        server().begin_with(&id, "t:flow", scenario.queue(), &[], options);
        let told = scenario.end(&id).unwrap();
        assert_eq!(told, json!([known(&id), known(&format!("{id}-child"))]));
    });
}

/// What the server says of a run, in the words of the flow above.
fn known(id: &str) -> Value {
    let described = server().describe(id);
    let (info, config) = (&described["workflowExecutionInfo"], &described["executionConfig"]);
    let begun = &server().history(id)[0]["workflowExecutionStartedEventAttributes"];
    let task = &server().events(id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED")[0]["workflowTaskCompletedEventAttributes"];
    let first = &server().events(id, "EVENT_TYPE_WORKFLOW_TASK_STARTED")[0]["workflowTaskStartedEventAttributes"];
    let mut known = json!({
        "workflow_id": info["execution"]["workflowId"], "run_id": info["execution"]["runId"],
        "first_run_id": info["firstRunId"], "type": info["type"]["name"], "queue": info["taskQueue"],
        "attempt": begun["attempt"],
        "begun": info["startTime"].as_str().unwrap()[..19],
        "length": task["startedEventId"].as_str().unwrap().parse::<u32>().unwrap(),
        "size": first["historySizeBytes"].as_str().unwrap().parse::<u64>().unwrap(),
        "expires": begun["workflowExecutionExpirationTime"].as_str().map(|time| &time[..19]),
        "execution": config["workflowExecutionTimeout"], "run": config["workflowRunTimeout"],
        "task": config["defaultWorkflowTaskTimeout"], "parent": info["parentExecution"], "root": info["rootExecution"],
    });
    // What there is not is no field in Lua, and a run that is the root of its children has no other one.
    let none = [Value::Null, json!("0s"), info["execution"].clone()];
    known.as_object_mut().unwrap().retain(|_, value| !none.contains(value));
    known["memo"] = info["memo"]["fields"].as_object().cloned().unwrap_or_default().into();
    known
}

#[test]
fn time_and_chance_are_the_same_again_when_a_run_is_replayed() {
    let parts = Parts {
        flow: r#"
            local funcs, json, time, uuid = require("funcs"), require("json"), require("time"), require("uuid")
            return { main = function()
                local now = { time.now():unix_nano(), os.time(), math.random(1000000000), uuid.v4() }
                local kept = funcs.call("t:same", json.encode(now))
                time.sleep("1ms")
                return { json.encode(now), kept }
            end }
        "#,
        functions: "return { same = function(value) return value end }",
        activities: &["same"],
        ..Parts::default()
    };
    in_every_way("time-and-chance", parts, |scenario| {
        // What the first task saw is in the history; the last one has seen it again.
        let seen = scenario.run(&[]).unwrap();
        assert!(seen[0].is_string(), "{seen}");
        assert_eq!(seen[0], seen[1]);
    });
}

#[test]
fn the_world_is_refused_with_what_to_do_instead() {
    let parts = Parts {
        flow: r#"
            return { main = function()
                -- Written out where it is required it would be refused before anything starts.
                local said, world = {}, "http_client"
                for n, f in ipairs({
                    function() return io.open("orders.csv") end,
                    function() return os.getenv("HOME") end,
                    function() return require(world) end,
                }) do
                    local _, problem = pcall(f)
                    said[n] = tostring(problem)
                end
                return said
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("world", parts, |scenario| {
        let said = scenario.run(&[]).unwrap();
        let refused = [
            ["flow.lua:6: io.open cannot be used in a workflow: ", "call a function.lua with `funcs.call`"],
            ["flow.lua:7: os.getenv: there is none: ", "pass the value as an input"],
            [
                "flow.lua:8: require: `http_client` cannot be used in a workflow: ",
                "call a function.lua with `funcs.call`",
            ],
        ];
        for (problem, [what, way_out]) in said.as_array().unwrap().iter().zip(refused) {
            let problem = problem.as_str().unwrap();
            assert!(problem.starts_with(what) && problem.contains(way_out), "{problem}");
        }
        assert_eq!(said.as_array().map(Vec::len), Some(3));
    });
}

#[test]
fn a_logger_says_each_step_once_however_often_a_run_is_replayed() {
    let parts = Parts {
        flow: r#"
            local logger, time = require("logger"), require("time")
            return { main = function()
                for step = 1, 4 do
                    logger:info(`this is step {step}`)
                    time.sleep("1ms")
                end
                return "done"
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("logger", parts, |scenario| {
        let id = scenario.next_id();
        // A task that took too long would be tried again, and its step be told again.
        server().begin_with(&id, "t:flow", scenario.queue(), &[], json!({"workflowTaskTimeout": "120s"}));
        assert_eq!(scenario.end(&id), Ok(json!("done")));
        assert_eq!(server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED").len(), 5);
        scenario.process().signal("TERM");
        assert_eq!(scenario.process().end(), Some(0));
        let said = &scenario.process().said;
        let times = [1, 2, 3, 4].map(|step| said.matches(&format!("this is step {step}")).count());
        assert_eq!(times, [1, 1, 1, 1], "{said}");
    });
}

#[test]
fn an_activity_of_a_worker_with_another_client_runs_there() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            return { main = function() return funcs.call("t:far") end }
        "#,
        entries: "- name: far_client\n  kind: temporal.client\n  address: THE_SERVER\n  tq_prefix: far-\n  \
                  lifecycle: {auto_start: true}\n\
                  - name: far_worker\n  kind: temporal.worker\n  client: far_client\n  task_queue: QUEUE\n  \
                  worker_options: {THE_WAY}\n  lifecycle: {auto_start: true}\n\
                  - name: far\n  kind: function.lua\n  source: file://far.lua\n  method: main\n  \
                  modules: [activity]\n  meta: {temporal: {activity: {worker: far_worker}}}\n",
        files: &[("far.lua", "return { main = function() return require('activity').info().task_queue end }")],
        ..Parts::default()
    };
    in_every_way("activity-elsewhere", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!(format!("far-{}", scenario.queue()))));
    });
}
