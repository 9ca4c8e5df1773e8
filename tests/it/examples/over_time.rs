//! Long stories: polling, monitoring, versions.

use serde_json::{Value, json};

use super::Example;
use crate::support::{metonic, repository, server};

#[test]
fn a_job_is_asked_for_until_it_is_done() {
    let example = Example::start("polling");
    let input = json!({"name": "render", "takes": 3, "every": "20ms"});
    let id = example.begin("jobs:follow", "jobs", "done", &[input]);
    let end = json!({"id": "job-render-3", "result": "job-render-3 is done", "questions": 3});
    assert_eq!(example.end(&id), Ok(end));
}

#[test]
fn a_job_that_takes_too_long_is_aborted() {
    Example::in_every_way("polling", "too-long", |example, queue, story| {
        let input = json!({"name": "render", "takes": 999, "every": "1ms", "questions": 20});
        let id = example.begin("jobs:follow", queue, story, &[input]);
        let failure = example.end(&id).unwrap_err();
        assert_eq!(failure["message"], "job job-render-999 timed out");
        let activities = Example::activities(&id);
        let asked = activities.iter().filter(|name| *name == "jobs:status").count();
        assert_eq!((asked, activities.last().unwrap().as_str()), (20, "jobs:abort"));
    });
}

#[test]
fn a_job_that_nobody_waits_for_any_longer_is_aborted() {
    let example = Example::start("polling");
    let id = example.begin("jobs:follow", "jobs", "cancelled", &[json!({"name": "render", "takes": 9, "every": "1h"})]);
    server().wait_for(&id, "EVENT_TYPE_TIMER_STARTED");
    server().cancel(&id);
    assert_eq!(example.end(&id), Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED")));
    assert_eq!(Example::activities(&id), ["jobs:submit", "jobs:abort"]);
}

#[test]
fn a_site_is_watched_month_after_month() {
    let example = Example::start("monitor");
    let input = json!({"site": "a.example", "every": "20ms", "checks_a_month": 3, "months": 3});
    let id = "monitor-three-months";
    server().signal_with_start_of("monitor:watch", id, "monitor", &[input], "site", &json!("b.example"));
    // The end of the last run: the first two continued as new.
    let end = loop {
        let end = server().end(id);
        if end != Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW")) {
            break end;
        }
    };
    assert_eq!(end, Ok(json!({"months": 3, "site": "b.example", "failures": 3})));
    let last: Value = server().history(id)[0]["workflowExecutionStartedEventAttributes"].clone();
    assert_ne!(last["originalExecutionRunId"], last["firstExecutionRunId"]);
    assert_ne!(last["continuedExecutionRunId"], last["firstExecutionRunId"], "three runs");
    assert_eq!(example.end(id), end);
}

#[test]
fn a_run_of_every_generation_fits_the_newest_code() {
    let example = Example::start("versions");
    let id = example.begin("parcel:send", "parcel", "third", &[json!({"id": "p3", "wait": "20ms"})]);
    assert_eq!(example.end(&id), Ok(json!({"handed": "p3 is on its way", "insurance": 3})));
    let files = repository::files("examples/versions/history", "json");
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["generation-1.json", "generation-2.json", "generation-3.json"]);
    for name in names {
        let replayed = metonic(example.project.path(), ["replay", &format!("history/{name}")]);
        assert_eq!(replayed.code, Some(0), "{name}: {replayed}");
    }
}

#[test]
fn a_generation_before_the_last_does_not_fit_a_newer_history() {
    let example = Example::start("versions");
    example.project.write("send.lua", &repository::read("examples/versions/generations/1.lua".as_ref()));
    let replayed = metonic(example.project.path(), ["replay", "history/generation-2.json"]);
    assert_eq!(replayed.code, Some(1), "{replayed}");
}
