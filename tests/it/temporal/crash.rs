//! The process ends without a word while much is under way.

use std::collections::HashSet;

use serde_json::json;

use crate::support::{Journal, Parts, Scenario, each_way, server, until};

const STEPS: usize = 5;

#[test]
fn no_run_is_lost_when_the_process_is_killed() {
    each_way("crash", |way, option| {
        killed(&format!("crash-{way}"), option, if way == "cached" { 200 } else { 50 });
    });
}

/// So many runs, of a process that is killed in the middle.
fn killed(name: &str, option: &str, runs: usize) {
    // As many steps are let through before, and no last one: some of the runs are anywhere in the middle, and none
    // is at its end.
    let journal = Journal::answering(runs).holding("/5");
    let functions = r#"
        local http = require("http_client")
        return { step = function(run, step)
            local response, err = http.post("ADDRESS", { body = run .. "/" .. step })
            if err then return nil, err end
            return step
        end }
    "#;
    let mut scenario = Scenario::start(
        name,
        Parts {
            flow: r#"
                local funcs = require("funcs")
                return { main = function(run)
                    local sum = 0
                    for step = 1, 5 do
                        local done, err = funcs.call("t:step", run, step)
                        if err then return nil, err end
                        sum = sum + done
                    end
                    return sum
                end }
            "#,
            functions: &functions.replace("ADDRESS", &journal.address()),
            activities: &["step"],
            worker: option,
            // What was under way is tried again after that time.
            options: "activity.start_to_close_timeout: 30s\nactivity.retry_policy: {initial_interval: 100ms}",
            ..Parts::default()
        },
    );
    scenario.kill();
    let ids: Vec<String> = (0..runs).map(|run| scenario.begin(&[json!(format!("run-{run}"))])).collect();
    scenario.resume();
    until("not enough steps are taken", || journal.lines().len() > runs);
    scenario.kill();
    let before: HashSet<String> = ids.iter().enumerate().flat_map(|(run, id)| completed(run, id)).collect();
    assert!(!before.is_empty(), "no step is done before the kill");
    assert_eq!(before.iter().find(|step| step.ends_with("/5")), None, "all runs are under way");
    let seen = journal.lines().len();
    journal.release();
    scenario.resume();

    let results: Vec<_> = ids.iter().map(|id| server().end(id)).collect();
    assert_eq!(results, vec![Ok(json!(15)); runs]);
    let lines = journal.lines();
    let effects: HashSet<&String> = lines.iter().collect();
    let missing = (0..runs).flat_map(|run| (1..=STEPS).map(move |step| format!("run-{run}/{step}")));
    let missing: Vec<String> = missing.filter(|effect| !effects.contains(effect)).collect();
    assert_eq!(missing, Vec::<String>::new());
    let again: Vec<&String> = lines[seen..].iter().filter(|effect| before.contains(*effect)).collect();
    assert_eq!(again, Vec::<&String>::new(), "steps that were done are done again");
    scenario.replays(server(), &ids);
}

/// The steps of a run that the server knows to be done.
fn completed(run: usize, id: &str) -> Vec<String> {
    let done = server().events(id, "EVENT_TYPE_ACTIVITY_TASK_COMPLETED").into_iter();
    done.map(|event| format!("run-{run}/{}", event["activityTaskCompletedEventAttributes"]["result"][0])).collect()
}
