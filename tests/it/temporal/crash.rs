//! The process ends without a word while much is under way.

use std::collections::HashMap;

use serde_json::json;

use crate::support::{Journal, Parts, Scenario, server};

const RUNS: usize = 200;
const STEPS: usize = 5;

/// So many effects show that the work is in full swing when the process is killed.
const SWING: usize = RUNS;

#[test]
fn no_run_is_lost_when_the_process_is_killed() {
    let journal = Journal::start();
    let functions = r#"
        local http = require("http_client")
        return { step = function(run, step)
            local response, err = http.post("ADDRESS", { body = run .. "/" .. step })
            if err then return nil, err end
            return step
        end }
    "#;
    let mut scenario = Scenario::start(
        "crash",
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
            options: "activity.retry_policy: {initial_interval: 100ms}",
            ..Parts::default()
        },
    );
    let ids: Vec<String> = (0..RUNS).map(|run| scenario.begin(&[json!(format!("run-{run}"))])).collect();
    while journal.lines().len() < SWING {
        std::thread::yield_now();
    }
    scenario.kill();
    assert!(journal.lines().len() < RUNS * STEPS, "all was done before the process was killed");
    scenario.resume();

    let results: Vec<_> = ids.iter().map(|id| server().end(id)).collect();
    assert_eq!(results, vec![Ok(json!(15)); RUNS]);
    let mut effects: HashMap<String, usize> = HashMap::new();
    for line in journal.lines() {
        *effects.entry(line).or_default() += 1;
    }
    let missing = (0..RUNS).flat_map(|run| (1..=STEPS).map(move |step| format!("run-{run}/{step}")));
    let missing: Vec<String> = missing.filter(|effect| !effects.contains_key(effect)).collect();
    assert_eq!(missing, Vec::<String>::new());
    scenario.replays(server(), &ids);
}
