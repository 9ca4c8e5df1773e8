//! Queries: of authors, of Temporal's tools, of Wippy; and what they must not do.

use std::thread;

use serde_json::{Value, json};

use crate::support::{Journal, Parts, Scenario, in_every_way, metonic, server, until};

const TASK_DONE: &str = "EVENT_TYPE_WORKFLOW_TASK_COMPLETED";

#[test]
fn queries_are_answered_while_a_run_goes_on_and_after_it() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function()
                local status = "waiting"
                workflow.on_query("status", function(before, after) return { text = before .. status .. after } end)
                workflow.on_query("*", function(name, n) return name .. n end)
                workflow.wait_signal("go")
                status = "done"
                return 1
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("query", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        let arguments = [json!("<"), json!(">")];
        assert_eq!(server().query(&id, "status", &arguments), Ok(json!({"text": "<waiting>"})));
        assert_eq!(server().query(&id, "anything", &[json!(5)]), Ok(json!("anything5")));
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end(&id), Ok(json!(1)));
        assert_eq!(server().query(&id, "status", &arguments), Ok(json!({"text": "<done>"})));
    });
}

#[test]
fn a_query_that_does_what_it_must_not_is_refused_and_the_run_unharmed() {
    let parts = Parts {
        flow: r#"
            local workflow, funcs, time = require("workflow"), require("funcs"), require("time")
            count = 0
            return { main = function()
                workflow.on_query("waits", function() time.sleep("1s") end)
                workflow.on_query("commands", function() funcs.async("t:nothing") end)
                workflow.on_query("sets", function() count += 1 end)
                workflow.on_query("loops", function() while true do end end)
                workflow.on_query("draws", function() return math.random(1e9) end)
                workflow.wait_signal("go")
                local drawn = math.random(1e9)
                time.sleep("10ms")
                return { count, drawn }
            end }
        "#,
        worker: "deadlock_detection_timeout: 2s\n",
        ..Parts::default()
    };
    in_every_way("query-refused", parts, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        for (query, said) in [
            ("waits", "time.sleep cannot be used in a query handler"),
            ("commands", "funcs.async cannot be used in a query handler"),
            ("sets", "may read the run and cannot change it"),
            ("loops", "TMPRL1101"),
            ("unknown", "known queries: [__enhanced_stack_trace __stack_trace"),
        ] {
            let refusal = server().query(&id, query, &[]).unwrap_err();
            assert!(refusal.contains(said), "{query}: {refusal}");
        }
        let drawn = server().query(&id, "draws", &[]).unwrap();
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end(&id), Ok(json!([0, drawn])));
    });
}

#[test]
fn every_run_shows_where_it_waits_what_it_handles_and_its_details() {
    let flow = "local workflow = require(\"workflow\")\nreturn { main = function()\n    workflow.on_signal(\"pay\", \
                function() end, { description = \"The customer paid\" })\n    workflow.details(\"**waiting**\")\n    \
                workflow.state({ step = 2 })\n    workflow.on_update(\"add\", { handler = function() end, \
                description = \"Adds an item\" })\n    workflow.on_query(\"status\", function() end, \
                { description = \"Where it stands\" })\n    workflow.wait_signal(\"go\")\n    return 1\nend }\n";
    in_every_way("metadata", Parts { flow, ..Parts::default() }, |scenario| {
        let id = scenario.begin(&[]);
        server().wait_for(&id, TASK_DONE);
        let ask = |name: &str| server().query(&id, name, &[]).unwrap();
        let metadata = ask("__temporal_workflow_metadata");
        assert_eq!(metadata["currentDetails"], "**waiting**");
        assert_eq!(metadata["definition"]["type"], "t:flow");
        let signals = json!([{"name": "pay", "description": "The customer paid"}]);
        assert_eq!(metadata["definition"]["signalDefinitions"], signals);
        let updates = json!([{"name": "add", "description": "Adds an item"}]);
        assert_eq!(metadata["definition"]["updateDefinitions"], updates);
        let queries = metadata["definition"]["queryDefinitions"].as_array().unwrap();
        assert!(queries.contains(&json!({"name": "status", "description": "Where it stands"})), "{queries:?}");
        assert!(ask("__stack_trace").as_str().unwrap().contains("flow.lua:8"));
        let trace = ask("__enhanced_stack_trace");
        assert_eq!(trace["sdk"]["name"], "metonic");
        assert_eq!(trace["stacks"][0]["locations"][0]["line"], 8);
        let file = trace["stacks"][0]["locations"][0]["filePath"].as_str().unwrap();
        assert_eq!(trace["sources"][file]["content"], flow);
        assert_eq!(ask("state"), json!({"step": 2}));
        assert_eq!(ask("pid"), json!(id));
        server().signal(&id, "go", &[]);
        assert_eq!(scenario.end(&id), Ok(json!(1)));
    });
}

#[test]
fn a_query_is_rejected_by_the_state_of_its_run() {
    let parts = Parts {
        flow: r#"
            local workflow = require("workflow")
            return { main = function(how)
                workflow.on_query("how", function() return how end)
                if how == "waits" then workflow.await(function() return false end) end
                if how == "fails" then return nil, errors.new("no") end
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("query-rejected", parts, |scenario| {
        let ids = ["waits", "completes", "fails"].map(|how| {
            let id = scenario.begin(&[json!(how)]);
            if how != "waits" {
                drop(scenario.end(&id));
            }
            id
        });
        let answers = |condition: &str| -> Vec<Option<i32>> {
            let ask = |id| {
                let arguments = ["workflow", "query", id, "how", "--reject-condition", condition];
                let output = metonic(scenario.folder(), arguments);
                assert_eq!(
                    output.stderr.contains(", and in that state it was not to be asked"),
                    output.code == Some(1)
                );
                output.code
            };
            ids.iter().map(|id| ask(id.as_str())).collect()
        };
        assert_eq!(answers("not_open"), [Some(0), Some(1), Some(1)]);
        assert_eq!(answers("not_completed_cleanly"), [Some(0), Some(0), Some(1)]);
    });
}

/// What a run has seen, and when.
const NOTES: &str = r#"
    local workflow, time = require("workflow"), require("time")
    local function notes()
        local seen = {}
        workflow.on_query("seen", function() return seen end)
        workflow.on_signal("go", function() table.insert(seen, { "signal", time.now():format(time.RFC3339NANO) }) end)
        return function(what) table.insert(seen, { what, time.now():format(time.RFC3339NANO) }) end
    end
"#;

/// What a run says that it has seen.
fn seen(id: &str) -> Vec<Value> {
    let answer = server().query(id, "seen", &[]);
    answer.unwrap_or_else(|error| panic!("`{id}` is asked: {error}")).as_array().unwrap().clone()
}

/// The same, once there are four things.
fn all_seen(id: &str) -> Vec<Value> {
    until(&format!("`{id}` does not see all"), || seen(id).len() == 4);
    seen(id)
}

/// Ends the process in good order, so that the server knows that its runs are in nobody's memory.
fn stop(scenario: &mut Scenario) {
    scenario.process().signal("TERM");
    scenario.process().end();
}

/// Begins a run while nobody works, and asks it before its first task: what it says then.
fn begin_and_ask(scenario: &mut Scenario) -> (String, Vec<Value>) {
    stop(scenario);
    let id = scenario.next_id();
    // However busy the machine is, only a query ends a task before its local activity has ended.
    let patient = json!({"workflowTaskTimeout": "100s"});
    server().begin_with(&id, "t:flow", scenario.queue(), &[], patient);
    let said = thread::scope(|scope| {
        let asked = scope.spawn(|| seen(&id));
        scenario.resume();
        asked.join().unwrap()
    });
    (id, said)
}

/// What a run has seen, and what it said at first, stays the same when it is made anew.
fn is_seen_again(scenario: &mut Scenario, runs: &[(String, Vec<Value>)]) {
    let before: Vec<_> = runs.iter().map(|(id, _)| all_seen(id)).collect();
    stop(scenario);
    scenario.resume();
    for ((id, said), before) in runs.iter().zip(before) {
        let after = seen(id);
        assert_eq!(after, before);
        assert_eq!(&after[..said.len()], said);
        server().signal(id, "end", &[json!("over")]);
        assert_eq!(scenario.end(id), Ok(json!("over")));
    }
}

#[test]
fn a_query_that_comes_while_something_is_recorded_changes_nothing_for_the_run() {
    let flow = r#"
        return { main = function()
            local note = notes()
            note("begins")
            note(workflow.side_effect(function() return "recorded" end))
            note(workflow.local_call("t:quick"))
            note("waits")
            return workflow.wait_signal("end")
        end }
    "#;
    let parts = Parts {
        flow: &(NOTES.to_owned() + flow),
        functions: r#"return { quick = function() return "called" end }"#,
        activities: &["quick"],
        ..Parts::default()
    };
    in_every_way("query-recorded", parts, |scenario| {
        // A record and a call end at once: now and then while the query is answered.
        let runs: Vec<_> = (0..6)
            .map(|_| {
                let run = begin_and_ask(scenario);
                all_seen(&run.0);
                run
            })
            .collect();
        is_seen_again(scenario, &runs);
    });
}

#[test]
fn a_query_that_comes_while_a_local_activity_runs_changes_nothing_for_the_run() {
    let flow = r#"
        return { main = function()
            local note = notes()
            note("begins")
            note(workflow.local_call("t:patient"))
            note("waits")
            return workflow.wait_signal("end")
        end }
    "#;
    let functions = r#"
        local http = require("http_client")
        return { patient = function()
            assert(http.post("ADDRESS", { body = "runs" }))
            return "called"
        end }
    "#;
    let parts = Parts { flow: &(NOTES.to_owned() + flow), functions, activities: &["patient"], ..Parts::default() };
    in_every_way("query-local", parts, |scenario| {
        // Each way waits for itself.
        let journal = Journal::answering(0);
        scenario.write("functions.lua", &functions.replace("ADDRESS", &journal.address()));
        let (id, said) = begin_and_ask(scenario);
        assert_eq!((said.len(), &said[0][0]), (1, &json!("begins")));
        server().signal(&id, "go", &[]);
        journal.release();
        is_seen_again(scenario, &[(id, said)]);
    });
}
