//! Updates: validated, accepted, handled, answered.

use std::{slice::from_ref, thread};

use serde_json::{Value, json};

use crate::support::{Output, Parts, Scenario, in_every_way, metonic, server, until};

const TASK_DONE: &str = "EVENT_TYPE_WORKFLOW_TASK_COMPLETED";
const ACCEPTED: &str = "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED";
const COMPLETED: &str = "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED";

#[test]
fn an_update_is_validated_and_its_rejection_leaves_no_trace() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local total = 0
                workflow.on_update("add", {
                    validate = function(n)
                        if n < 0 then
                            return nil, errors.new({ message = "cannot shrink", kind = "Negative" })
                        end
                        return n < 100, "too much"
                    end,
                    handler = function(n)
                        total += n
                        return total
                    end,
                })
                workflow.wait_signal("end")
                return total
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-validated", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        assert_eq!(server().update(&id, "add", "one", &[json!(5)]), Ok(json!(5)));
        let rejected = server().update(&id, "add", "two", &[json!(-1)]).unwrap_err();
        assert_eq!(rejected["applicationFailureInfo"]["type"], "Negative");
        let rejected = server().update(&id, "add", "three", &[json!(500)]).unwrap_err();
        assert_eq!(rejected["message"], "too much");
        let unknown = server().update(&id, "subtract", "four", &[]).unwrap_err();
        assert_eq!(unknown["message"], "unknown update `subtract`; known updates: [add]");
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!(5)));
        assert_eq!(server().events(&id, ACCEPTED).len(), 1);
    });
}

#[test]
fn an_update_calls_an_activity_and_its_id_is_taken_once() {
    let parts = Parts {
        flow: r#"
            local workflow, funcs = require("workflow"), require("funcs")
            return { main = function()
                local charged, before = 0, workflow.update_info()
                workflow.on_update("charge", function(sum)
                    local receipt, err = funcs.call("t:charge", sum)
                    if err then
                        return nil, err
                    end
                    charged += sum
                    return { receipt = receipt, update = workflow.update_info() }
                end)
                workflow.wait_signal("end")
                return { charged, before == nil }
            end }
        "#,
        functions: r#"
            return { charge = function(sum)
                if sum > 10 then
                    return nil, errors.new({ message = "no money", kind = "Declined", retryable = false })
                end
                return "paid " .. sum
            end }
        "#,
        activities: &["charge"],
        ..Parts::default()
    };
    in_every_way("update-activity", parts, |scenario| {
        let id = scenario.begin(&[]);
        let answer = json!({"receipt": "paid 5", "update": {"id": "first", "name": "charge"}});
        // The first comes with the run's first task: it waits for its handler.
        for _ in 0..2 {
            assert_eq!(server().update(&id, "charge", "first", &[json!(5)]), Ok(answer.clone()));
        }
        let failed = server().update(&id, "charge", "second", &[json!(50)]).unwrap_err();
        assert_eq!(failed["cause"]["applicationFailureInfo"]["type"], "Declined");
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([5, true])));
        assert_eq!(server().events(&id, COMPLETED).len(), 2);
    });
}

#[test]
fn one_can_wait_for_acceptance_alone_and_ask_for_the_result_later() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                workflow.on_update("*", function(name, n)
                    return { name, n, workflow.wait_signal("go") }
                end)
                workflow.wait_signal("end")
                return 1
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-stages", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().temporal(&[
            "workflow",
            "update",
            "start",
            "--workflow-id",
            &id,
            "--name",
            "any",
            "--update-id",
            "u",
            "--input",
            "5",
            "--wait-for-stage",
            "accepted",
        ]);
        assert_eq!(server().events(&id, COMPLETED).len(), 0);
        server().signal(&id, "go", &[json!("now")]);
        let said = server().temporal(&["workflow", "update", "result", "--workflow-id", &id, "--update-id", "u"]);
        assert!(said.contains("[any, 5, now]"), "{said}");
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!(1)));
    });
}

#[test]
fn an_update_can_be_answered_as_a_message() {
    let parts = Parts {
        flow: r#"
            return { main = function()
                local inbox = process.inbox()
                while true do
                    local message = inbox:receive()
                    local from, value = message:from(), message:payload() and message:payload():data()
                    if message:topic() == "end" then
                        return value
                    elseif message:topic() == "refuse" then
                        process.send(from, "nak", "not now")
                    else
                        process.send(from, "ack")
                        if value > 10 then
                            process.send(from, "error", errors.new({ message = "too much", kind = "Limit" }))
                        else
                            process.send(from, "ok", value * 2)
                        end
                    end
                end
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-dialogue", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        assert_eq!(server().update(&id, "double", "a|b", &[json!(5)]), Ok(json!(10)));
        let refused = server().update(&id, "refuse", "2", &[]).unwrap_err();
        assert_eq!(refused["message"], "not now");
        let failed = server().update(&id, "double", "3", &[json!(50)]).unwrap_err();
        assert_eq!(failed["applicationFailureInfo"]["type"], "Limit");
        server().signal(&id, "end", &[json!("over")]);
        assert_eq!(scenario.end(&id), Ok(json!("over")));
        assert_eq!(server().events(&id, ACCEPTED).len(), 3);
    });
}

#[test]
fn an_update_that_is_open_when_the_run_ends_is_told_so() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            return { main = function()
                workflow.on_update("slow", {
                    handler = function()
                        process.send(process.pid(), "begun")
                        time.sleep("1h")
                    end,
                    unfinished = "abandon",
                })
                workflow.wait_signal("begun")
                return "over"
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-open", parts, |scenario| {
        let id = scenario.begin(&[]);
        let failed = server().update(&id, "slow", "1", &[]).unwrap_err();
        assert_eq!(failed["applicationFailureInfo"]["type"], "AcceptedUpdateCompletedWorkflow", "{failed}");
        assert_eq!(scenario.end(&id), Ok(json!("over")));
    });
}

#[test]
fn an_update_starts_the_run_that_it_is_for() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(sum)
                local handled = 0
                workflow.on_update("add", {
                    validate = function(n) return n > 0, "too little" end,
                    handler = function(n)
                        handled += 1
                        sum += n
                        return sum
                    end,
                })
                workflow.wait_signal("end")
                return { sum, handled }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-with-start", parts, |scenario| {
        let (id, refused) = (scenario.next_id(), scenario.next_id());
        // Nobody runs yet, and later somebody does; the second of two that are one is not handled.
        let sums = [(&id, "3", "one", "10\n"), (&id, "4", "two", "14\n"), (&id, "4", "two", "14\n")];
        for (id, number, update_id, sum) in sums {
            let output = update_with_start(scenario, id, number, update_id);
            assert_eq!((output.code, output.stdout.as_str()), (Some(0), sum), "{output}");
        }
        assert_eq!(server().events(&id, ACCEPTED).len(), 2);
        // The run is there, although its first update was refused.
        let output = update_with_start(scenario, &refused, "0", "none");
        assert_eq!((output.code, output.stderr.as_str()), (Some(1), "error: Invalid: too little\n"));
        for (id, end) in [(&id, json!([14, 2])), (&refused, json!([7, 0]))] {
            server().signal(id, "end", &[]);
            assert_eq!(scenario.end(id), Ok(end));
        }
    });
}

#[test]
fn updates_that_are_too_much_for_one_task_are_rejected_and_the_run_goes_on() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local bytes = 0
                workflow.on_update("add", function(text)
                    bytes += #text
                    return #text
                end)
                workflow.wait_signal("end")
                return bytes
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("updates-together", parts, |scenario| {
        let id = scenario.next_id();
        // A busy machine has time for what is large.
        server().begin_with(&id, "t:flow", scenario.queue(), &[], json!({"workflowTaskTimeout": "60s"}));
        server().wait_for(&id, TASK_DONE);
        // Nobody works, so all come in one task.
        scenario.kill();
        let (sent, text) = (["one", "two", "three", "four"], json!("x".repeat(1_100_000)));
        let answers = thread::scope(|scope| {
            let (id, text) = (&id, &text);
            let asked = sent.map(|name| scope.spawn(move || server().update(id, "add", name, from_ref(text))));
            for name in sent {
                until(&format!("update `{name}` is not admitted"), || server().has_admitted(id, name));
            }
            scenario.resume();
            asked.map(|answer| answer.join().unwrap())
        });
        let (taken, left): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        assert_eq!(taken, [Ok(json!(1_100_000)), Ok(json!(1_100_000))]);
        for answer in left {
            assert_eq!(answer.unwrap_err()["applicationFailureInfo"]["type"], "UnprocessedUpdate");
        }
        assert_eq!(server().update(&id, "add", "five", &[json!("x")]), Ok(json!(1)));
        server().signal(&id, "end", &[]);
        assert_eq!(scenario.end(&id), Ok(json!(2_200_001)));
    });
}

#[test]
fn an_update_that_waited_for_the_process_comes_after_the_first_task() {
    let parts = Parts {
        flow: r#"
            local workflow, time = require("workflow"), require("time")
            return { main = function(takes)
                local seen, begun = {}, time.now()
                local function note(what) seen[#seen + 1] = what end
                workflow.on_update("look", {
                    validate = function() return takes, "not now" end,
                    handler = function()
                        note("update")
                        if time.now():unix_nano() == begun:unix_nano() then return "at once" end
                        time.sleep("1ms")
                        return begun:format(time.RFC3339NANO)
                    end,
                })
                workflow.on_signal("later", function()
                    note("signal")
                    time.sleep("2ms")
                end)
                workflow.wait_signal("go")
                note("main")
                time.sleep("3ms")
                workflow.wait_signal("end")
                return seen
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("update-after-first-task", parts, |scenario| {
        let ids = [true, false].map(|takes| scenario.begin(&[json!(takes)]));
        for id in &ids {
            server().wait_for(id, TASK_DONE);
        }
        scenario.kill();
        let [taken, refused] = thread::scope(|scope| {
            let asked = ids.each_ref().map(|id| {
                let asked = scope.spawn(move || server().update(id, "look", "one", &[]));
                until("the update is not admitted", || server().has_admitted(id, "one"));
                // They are of the update's task.
                server().signal(id, "go", &[]);
                server().signal(id, "later", &[]);
                asked
            });
            scenario.resume();
            asked.map(|answer| answer.join().unwrap())
        });
        let first_task = server().events(&ids[0], "EVENT_TYPE_WORKFLOW_TASK_STARTED").remove(0);
        let time = |text: &Value| text.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert_eq!(time(&taken.unwrap()), time(&first_task["eventTime"]));
        assert_eq!(refused.unwrap_err()["message"], "not now");
        let ends = ids.map(|id| {
            server().signal(&id, "end", &[]);
            scenario.end(&id).unwrap()
        });
        // The update that was rejected left no trace, and its task did.
        assert_eq!(ends, [json!(["main", "signal", "update"]), json!(["main", "signal"])]);
    });
}

/// `metonic workflow update ID add NUMBER --start t:flow --start-input 7`
fn update_with_start(scenario: &Scenario, id: &str, number: &str, update_id: &str) -> Output {
    let update = ["workflow", "update", id, "add", number, "--update-id", update_id];
    metonic(scenario.folder(), update.iter().chain(&["--start", "t:flow", "--start-input", "7"]))
}
