//! Signals, and messages between workflows. Queries and updates have files of their own.

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server, until};

const TASK_DONE: &str = "EVENT_TYPE_WORKFLOW_TASK_COMPLETED";

#[test]
fn a_thousand_signals_arrive_in_order() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(count)
                local got, in_order = 0, true
                workflow.on_signal("n", function(n)
                    got += 1
                    in_order = in_order and n == got
                end)
                workflow.wait_signal("end")
                return { got, in_order }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("thousand-signals", parts, |scenario| {
        let id = scenario.begin(&[]);
        for n in 1..=1000 {
            server().signal(&id, "n", &[json!(n)]);
        }
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([1000, true])));
    });
}

#[test]
fn a_signal_that_starts_the_run_finds_what_main_has_set_up() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(order)
                local state
                workflow.on_signal("pay", function(sum) state.paid = sum end)
                workflow.on_signal("end", function() state.ended = true end)
                state = { order = order }
                workflow.wait_signal("really")
                return state
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("signal-with-start", parts, |scenario| {
        let id = scenario.next_id();
        server().signal_with_start(&id, scenario.queue(), &[json!(41)], "pay", &json!(5));
        server().signal(&id, "end", &[]);
        server().signal(&id, "really", &[]);
        assert_eq!(scenario.end(&id), Ok(json!({"order": 41, "paid": 5, "ended": true})));
    });
}

#[test]
fn handlers_call_activities_and_the_run_waits_for_them() {
    let parts = Parts {
        flow: r#"
            local workflow, funcs = require("workflow"), require("funcs")
            return { main = function()
                local notes = {}
                workflow.on_signal("approve", function(by, why)
                    local note = funcs.call("t:note", by, why)
                    notes[by] = note
                end)
                workflow.wait_signal("end")
                workflow.await(workflow.handlers_finished)
                return notes
            end }
        "#,
        functions: r#"return { note = function(by, why) return by .. ": " .. why end }"#,
        activities: &["note"],
        ..Parts::default()
    };
    in_every_way("signal-activities", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().signal(&id, "approve", &[json!("ann"), json!("fine")]);
        server().signal(&id, "approve", &[json!("bob"), json!("cheap")]);
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!({"ann": "ann: fine", "bob": "bob: cheap"})));
    });
}

#[test]
fn signals_come_to_handlers_channels_and_who_waits() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local seen = {}
                workflow.on_signal("handled", function(v) seen[#seen + 1] = "handled " .. v end)
                workflow.on_signal("*", function(name, v) seen[#seen + 1] = name .. " " .. v end)
                local listened = workflow.signals("listened")
                local waited = workflow.wait_signal("waited")
                return { seen = seen, listened = listened:receive(), waited = waited }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("signal-takers", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        for name in ["handled", "listened", "other", "waited"] {
            server().signal(&id, name, &[json!(1)]);
        }
        let expected = json!({"seen": ["handled 1", "other 1"], "listened": 1, "waited": 1});
        assert_eq!(scenario.end(&id), Ok(expected));
    });
}

#[test]
fn reserved_names_cannot_be_forged() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local seen, events = {}, process.events()
                workflow.on_signal("*", function(name) seen[#seen + 1] = name end)
                workflow.wait_signal("end")
                local event = channel.select({ events, default = true })
                return { seen = seen, no_event = event.default }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("forged", parts, |scenario| {
        let id = scenario.begin(&[]);
        for name in ["@pid/events", "@future:1", "__temporal_signal", "real", "end"] {
            let event = r#"{"kind":"pid.cancel"}"#;
            server().temporal(&["workflow", "signal", "--workflow-id", &id, "--name", name, "--input", event]);
        }
        assert_eq!(scenario.end(&id), Ok(json!({"seen": ["real"], "no_event": true})));
    });
}

#[test]
fn a_wait_for_a_signal_has_a_limit() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local _, err = workflow.wait_signal("never", { timeout = 50 })
                local value = workflow.wait_signal("go", { timeout = "1h" })
                local info = workflow.info()
                return { err:kind(), value, info.workflow_id, info.run_id }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("wait-signal", parts, |scenario| {
        let id = scenario.begin(&[]);
        until("it does not wait again", || server().events(&id, "EVENT_TYPE_TIMER_STARTED").len() == 2);
        server().signal(&id, "go", &[json!("now")]);
        let run_id = server().describe(&id)["workflowExecutionInfo"]["execution"]["runId"].take();
        assert_eq!(scenario.end(&id), Ok(json!(["Timeout", "now", id, run_id])));
        // The first limit is over, the second one is taken back.
        assert_eq!(server().events(&id, "EVENT_TYPE_TIMER_FIRED").len(), 1);
        assert_eq!(server().events(&id, "EVENT_TYPE_TIMER_CANCELED").len(), 1);
    });
}

#[test]
fn workflows_send_to_each_other_whatever_they_are_called() {
    let parts = Parts {
        flow: r#"
            return { main = function(to)
                local inbox = process.inbox()
                if to then
                    local sent, err = process.send(to, "question", { n = 20 }, "more")
                    if err then
                        return nil, err
                    end
                    local answer = inbox:receive()
                    return { sent, answer:payload():data(), answer:from() == to }
                end
                local question = inbox:receive()
                process.send(question:from(), "answer", question:payload()[1]:data().n + 1)
                return question:from()
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("send", parts, |scenario| {
        let answers = format!("{}%7Cof%7Dodd%20name", scenario.next_id());
        let plain = answers.replace("%7C", "|").replace("%7D", "}").replace("%20", " ");
        server().begin(&answers, "t:flow", scenario.queue(), &[]);
        let asks = scenario.begin(&[json!(format!("{{t:client@t:worker|{plain}}}"))]);
        assert_eq!(scenario.end(&asks), Ok(json!([true, 21, true])));
        assert_eq!(scenario.end(&answers), Ok(json!(format!("{{t:client@t:worker|{asks}}}"))));
    });
}

#[test]
fn a_message_to_nobody_is_an_error_and_one_to_itself_arrives() {
    let parts = Parts {
        flow: r#"
            return { main = function()
                local _, missing = process.send("{t:client@t:worker|no-such-workflow}", "note")
                local _, reserved = process.send(process.pid(), "@pid/events")
                local _, unencodable = process.send("{t:client@t:worker|no-such-workflow}", "note", print)
                local own = process.send(process.pid(), "note", 5)
                local message = process.inbox():receive()
                local info = require("workflow").info()
                local self = require("workflow").external(info.workflow_id)
                local by_run = require("workflow").external(info.workflow_id, info.run_id)
                local signalled = { self:signal("a"), self:post("b"), by_run:signal("c") }
                local topics = {}
                for n = 1, 3 do topics[n] = process.inbox():receive():topic() end
                return {
                    missing:kind(), missing:retryable(), reserved:kind(), unencodable:kind(),
                    own, message:payload():data(), message:from() == process.pid(), signalled, topics,
                }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("send-nobody", parts, |scenario| {
        let expected =
            json!(["NotFound", false, "Invalid", "Invalid", true, 5, true, [true, true, true], ["a", "b", "c"],]);
        assert_eq!(scenario.run(&[]), Ok(expected));
    });
}

#[test]
fn a_typed_error_in_a_signal_handler_ends_the_run() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                workflow.on_signal("x", function() error(errors.new({ message = "no", kind = "OutOfStock" })) end)
                workflow.wait_signal("end")
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("signal-error", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().signal(&id, "x", &[]);
        let failure = scenario.end(&id).unwrap_err();
        assert_eq!(failure["applicationFailureInfo"]["type"], "OutOfStock");
    });
}

#[test]
fn a_run_that_ends_while_handlers_run_says_which() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            return { main = function()
                workflow.on_signal("slow", function() time.sleep("1h") end)
                workflow.on_signal("idle", function() time.sleep("1h") end, { unfinished = "abandon" })
                workflow.wait_signal("end")
                return workflow.handlers_finished()
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("unfinished", parts, |scenario| {
        let id = scenario.begin(&[]);
        for name in ["slow", "idle", "end"] {
            server().signal(&id, name, &[]);
        }
        assert_eq!(scenario.end(&id), Ok(Value::Bool(false)));
        let line = scenario.process().wait_for("The workflow ended while handlers still ran");
        assert!(line.contains("slow") && !line.contains("idle"), "{line}");
    });
}

#[test]
fn a_signal_that_cannot_be_read_holds_the_run_until_it_is_reset() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function() return workflow.wait_signal("go") end }
        "#,
        ..Parts::default()
    };
    in_every_way("signal-unreadable", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_COMPLETED");
        server().signal(&id, "go", &[json!({ "metadata": { "encoding": "eG1sL3BsYWlu" }, "data": "PGEvPg==" })]);
        server().wait_for(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED");
        let failed = server().events(&id, "EVENT_TYPE_WORKFLOW_TASK_FAILED").remove(0);
        let message = &failed["workflowTaskFailedEventAttributes"]["failure"]["message"];
        let message = message.as_str().unwrap();
        for part in ["signal `go`: unsupported temporal payload encoding: `xml/plain`", "reset it to a task before"] {
            assert!(message.contains(part), "{message}");
        }
        let reset = ["workflow", "reset", "--workflow-id", &id, "--type", "FirstWorkflowTask", "--reason", "xml"];
        server().temporal(&[&reset[..], &["--reapply-exclude", "Signal"]].concat());
        server().signal(&id, "go", &[json!("on")]);
        assert_eq!(scenario.end(&id), Ok(json!("on")));
    });
}
