//! A new run in place of an old one.

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server};

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
        // The last run of the chain is the second one.
        let before = |event: &Value| {
            let before = &event["workflowExecutionStartedEventAttributes"]["continuedExecutionRunId"];
            before.as_str().is_some_and(|before| !before.is_empty())
        };
        while !before(&server().history(&id)[0]) {
            std::thread::yield_now();
        }
        server().signal(&id, "last", &[json!(5)]);
        assert_eq!(scenario.end_of_chain(&id), Ok(json!(["listened=1", "other=2", "whole=3", "own=4", "last=5"])));
    });
}

#[test]
fn the_next_run_gets_its_options() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                workflow.with_options({
                    type = "next", run_timeout = "30m", task_timeout = "5s", memo = { k = 2 }, start_delay = "1ms",
                    retry_policy = { maximum_attempts = 4 },
                }):continue_as_new("in")
            end }
        "#,
        entries: "- name: next\n  kind: workflow.lua\n  source: file://next.lua\n  method: main\n  modules: [workflow]\n  \
                  meta: {temporal: {workflow: {worker: worker, name: NextType}}}\n",
        files: &[(
            "next.lua",
            r#"
            local workflow = require("workflow")
            return { main = function(x)
                local info = workflow.info()
                if x == "in" then process.upgrade(nil, "again") end
                return {
                    x, info.workflow_type, info.memo, info.run_timeout:minutes(), info.task_timeout:seconds(),
                    info.retry_policy.maximum_attempts,
                }
            end }
            "#,
        )],
        ..Parts::default()
    };
    in_every_way("renewal-options", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end_of_chain(&id), Ok(json!(["again", "NextType", {"k": 2}, 30, 5, 4])));
    });
}
