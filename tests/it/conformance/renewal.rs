//! A new run in place of an old one.

use std::sync::OnceLock;

use serde_json::json;

use crate::support::{Parts, Server, TWO_VERSIONS, in_every_way, in_every_way_on, server, until};

/// A server that soon says that it is time.
fn impatient() -> &'static Server {
    static IMPATIENT: OnceLock<Server> = OnceLock::new();
    IMPATIENT.get_or_init(|| Server::start(&["limit.historyCount.suggestContinueAsNew=20"]))
}

/// Whether the latest run of this id took the place of another one.
fn is_renewed(server: &Server, id: &str) -> bool {
    let begun = &server.history(id)[0]["workflowExecutionStartedEventAttributes"];
    begun["continuedExecutionRunId"].as_str().is_some_and(|before| !before.is_empty())
}

#[test]
fn a_loop_of_runs_keeps_its_id_and_what_it_carries() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(round, runs)
                local info = workflow.info()
                runs = runs or {}
                runs[#runs + 1] = info.run_id
                if round == 3 then
                    return {
                        first = runs[1] == info.first_run_id, before = runs[2] == info.continued_run_id,
                        others = runs[3] ~= runs[2], memo = workflow.memo(), seen = workflow.search_attributes().RenewalRound,
                    }
                end
                workflow.attrs({ memo = { round = round }, search = { RenewalRound = round } })
                coroutine.spawn(function() workflow.continue_as_new(round + 1, runs) end)
                process.inbox():receive()
            end }
        "#,
        ..Parts::default()
    };
    server().temporal(&["operator", "search-attribute", "create", "--name", "RenewalRound", "--type", "Int"]);
    in_every_way("renewal", parts, |scenario| {
        let id = scenario.begin(&[json!(1)]);
        let end = json!({"first": true, "before": true, "others": true, "memo": {"round": 2}, "seen": 2});
        assert_eq!(scenario.end_of_chain(&id), Ok(end));
    });
}

#[test]
fn messages_that_nobody_took_are_the_next_runs_first() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(next)
                if next then
                    local inbox, got = process.inbox(), {}
                    for n = 1, 5 do
                        local message = inbox:receive()
                        got[n] = message:topic() .. "=" .. tostring(message:payload():data())
                    end
                    return got
                end
                process.listen("listened")
                process.listen("whole", { message = true })
                workflow.wait_signal("go")
                process.send(process.pid(), "own", 4)
                workflow.continue_as_new(true)
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("renewal-messages", parts, |scenario| {
        let id = scenario.begin(&[]);
        for (name, value) in [("listened", 1), ("other", 2), ("whole", 3)] {
            server().signal(&id, name, &[json!(value)]);
        }
        server().signal(&id, "go", &[]);
        until("the run does not begin anew", || is_renewed(server(), &id));
        server().signal(&id, "last", &[json!(5)]);
        assert_eq!(scenario.end_of_chain(&id), Ok(json!(["listened=1", "other=2", "whole=3", "own=4", "last=5"])));
    });
}

#[test]
fn a_request_to_end_that_comes_while_the_renewal_waits_is_the_next_runs() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(other, next)
                if next then
                    local _, err = workflow.wait_signal("never")
                    return { err:kind(), workflow.cancelled():match("enough$") }
                elseif not other then
                    return workflow.wait_signal("stop")
                end
                for n = 1, 30 do
                    workflow.external(other):post("note", n)
                end
                workflow.continue_as_new(other, true)
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("renewal-cancelled", parts, |scenario| {
        let other = scenario.begin(&[]);
        let id = scenario.begin(&[json!(other)]);
        // One message is under way at a time, and the renewal waits for the last. If it is over already, the next
        // run is asked itself.
        server().wait_for(&id, "EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED");
        server().cancel_because(&id, "enough");
        assert_eq!(scenario.end_of_chain(&id), Ok(json!(["Canceled", "enough"])));
    });
}

#[test]
fn more_messages_than_one_payload_has_room_for_are_the_next_runs() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(next)
                local sizes, inbox = { 2000000, 150000 }, process.inbox()
                for n, size in ipairs(sizes) do
                    if next then
                        sizes[n] = #inbox:receive():payload():data()
                    else
                        process.send(process.pid(), "large", ("x"):rep(size))
                    end
                end
                if not next then workflow.continue_as_new(true) end
                return sizes
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("renewal-large", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end_of_chain(&id), Ok(json!([2_000_000, 150_000])));
    });
}

#[test]
fn messages_of_who_is_in_line_and_has_not_gone_on_are_the_next_runs() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(next)
                local names = { "handled", "listened", "waited" }
                if next then
                    local inbox, got = process.inbox(), {}
                    for n in ipairs(names) do
                        local message = inbox:receive()
                        got[n] = message:topic() .. "=" .. message:payload():data()
                    end
                    return got
                end
                workflow.on_signal("handled", function() end)
                local listened = process.listen("listened")
                coroutine.spawn(function() listened:receive() end)
                coroutine.spawn(function() workflow.wait_signal("waited") end)
                workflow.wait_signal("go")
                for n, name in ipairs(names) do
                    process.send(process.pid(), name, n)
                end
                workflow.continue_as_new(true)
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("renewal-in-line", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end_of_chain(&id), Ok(json!(["handled=1", "listened=2", "waited=3"])));
    });
}

#[test]
fn the_next_run_gets_its_options() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                workflow.with_options({
                    type = "next", task_queue = workflow.info().task_queue .. "-next", start_delay = "1ms",
                    run_timeout = "30m", task_timeout = "5s", retry_policy = { maximum_attempts = 4 },
                    memo = { k = 2 }, search_attributes = { RenewalShop = "north" },
                }):continue_as_new("in")
            end }
        "#,
        entries: "- name: next\n  kind: workflow.lua\n  source: file://next.lua\n  method: main\n  modules: [workflow]\n  \
                  meta: {temporal: {workflow: {worker: worker, name: NextType}}}\n\
                  - name: second\n  kind: temporal.worker\n  client: client\n  task_queue: QUEUE-next\n  \
                  worker_options: {THE_WAY}\n  lifecycle: {auto_start: true}\n\
                  - name: there\n  kind: workflow.lua\n  source: file://next.lua\n  method: main\n  modules: [workflow]\n  \
                  meta: {temporal: {workflow: {worker: second, name: NextType}}}\n",
        files: &[(
            "next.lua",
            r#"
            local workflow = require("workflow")
            return { main = function(x)
                local info = workflow.info()
                if x == "in" then workflow.with_options({ versioning_intent = "default" }):continue_as_new("on") end
                if x == "on" then process.upgrade(nil, "again") end
                return {
                    x, info.workflow_type, info.task_queue, info.memo, info.search_attributes,
                    info.run_timeout:minutes(), info.task_timeout:seconds(), info.retry_policy.maximum_attempts,
                }
            end }
            "#,
        )],
        ..Parts::default()
    };
    server().temporal(&["operator", "search-attribute", "create", "--name", "RenewalShop", "--type", "Keyword"]);
    in_every_way("renewal-options", parts, |scenario| {
        let id = scenario.begin(&[]);
        let queue = format!("{}-next", scenario.queue());
        let told = json!(["again", "NextType", queue, {"k": 2}, {"RenewalShop": "north"}, 30, 5, 4]);
        assert_eq!(scenario.end_of_chain(&id), Ok(told));
        let begun = server().history(&id)[0]["workflowExecutionStartedEventAttributes"].take();
        let mut run = begun["firstExecutionRunId"].clone();
        let asked: Vec<_> = (1..=3)
            .map(|_| {
                let mut last = server().history_of("default", &id, run.as_str().unwrap()).pop().unwrap();
                let asked = last["workflowExecutionContinuedAsNewEventAttributes"].take();
                run = asked["newExecutionRunId"].clone();
                asked
            })
            .collect();
        assert_eq!(asked[0]["backoffStartInterval"], "0.001s");
        // On its own queue a run inherits the build id, unless it says that it does not.
        let inherits: Vec<bool> = asked.iter().map(|asked| asked["inheritBuildId"] == json!(true)).collect();
        assert_eq!(inherits, [false, false, true]);
    });
}

#[test]
fn a_loop_begins_anew_when_the_server_says_so_and_why() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            return { main = function(rounds, ends)
                local before = workflow.info()
                if ends then
                    return { ends, before.continue_as_new_suggested, #before.continue_as_new_reasons }
                end
                while true do
                    rounds += 1
                    time.sleep("1ms")
                    local info = workflow.info()
                    workflow.continue_as_new_if_suggested(rounds, {
                        info.continue_as_new_suggested, info.continue_as_new_reasons, info.history_length >= 20,
                    })
                end
            end }
        "#,
        ..Parts::default()
    };
    in_every_way_on(impatient(), "renewal-suggested", parts, |scenario| {
        let id = scenario.begin(&[json!(0)]);
        let told = json!([[true, ["too_many_history_events"], true], false, 0]);
        assert_eq!(scenario.end_of_chain(&id), Ok(told));
    });
}

#[test]
fn a_run_that_is_pinned_moves_to_the_new_version_with_its_next_run() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            return { main = function(before)
                local info = workflow.info()
                if info.build_id == "v2" then
                    return { before, info.build_id }
                end
                -- The news takes a moment to every part of the server, and comes with a task.
                while true do
                    time.sleep("100ms")
                    workflow.with_options({ versioning_behavior = "auto_upgrade" })
                        :continue_as_new_if_suggested({ info.build_id, workflow.info().target_version_changed })
                end
            end }
        "#,
        ..TWO_VERSIONS
    };
    in_every_way("renewal-moved", parts, |scenario| {
        let server = server();
        server.make_current(scenario.queue(), "v1");
        let id = scenario.begin(&[]);
        server.wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        server.make_current(scenario.queue(), "v2");
        assert_eq!(scenario.end_of_chain(&id), Ok(json!([["v1", true], "v2"])));
    });
}
