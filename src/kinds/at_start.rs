//! What a start makes of entries: the values of their variables, what a worker polls for, and where
//! its workflows' calls go.

use std::time::Duration;

use super::{
    FunctionLua, NoReplayer, TemporalWorker, replayer,
    tests::build_cx,
    worker_functions::{Own, catalog},
    worker_workflows::{Unreadable, workflows_of},
};
use crate::{
    diag::Code,
    entry::EntryId,
    function::Allow,
    registry::{BuildCx, Effective, Kind, Origin},
    source::Files,
    workflow::{Catalog, Queue},
};

/// A project whose worker `a:w` has these entries beside it, and the environment.
fn project(entries: &str, system: &[(&str, &str)]) -> BuildCx {
    let text = format!(
        "namespace: a\nentries:\n  - {{name: os, kind: env.storage.os}}\n  \
         - {{name: t, kind: env.variable, variable: T, storage: os}}\n  \
         - {{name: c, kind: temporal.client, address: 'localhost:7233'}}\n{entries}\n"
    );
    build_cx(&Files::memory([("a.yaml", text.as_str())]), system)
}

fn id(text: &str) -> EntryId {
    EntryId::parse(text, None).unwrap()
}

#[test]
fn a_worker_polls_for_what_is_bound_to_it() {
    const WORKFLOW: &str = "  - {name: f, kind: workflow.lua, source: 'return function() end', meta: {temporal: {workflow: {worker: w}}}}\n";
    const FUNCTION: &str = "  - {name: g, kind: function.lua, source: 'return function() end', meta: {temporal: {activity: {worker: w}}}}\n";
    let polls = |options: &str, parts: &[&str]| {
        let worker = format!(
            "  - {{name: w, kind: temporal.worker, client: c, task_queue: q, worker_options: {{{options}}}}}\n"
        );
        let cx = project(&format!("{worker}{}", parts.concat()), &[]);
        let entry = cx.registry.get(&id("a:w")).unwrap();
        let config = cx.spec::<TemporalWorker>(entry).and_then(|fields| fields.config(entry, &cx)).unwrap();
        (config.workflows, config.remote_activities)
    };
    assert_eq!(polls("", &[]), (true, true));
    assert_eq!(polls("", &[WORKFLOW]), (true, false));
    assert_eq!(polls("", &[FUNCTION]), (false, true));
    assert_eq!(polls("", &[WORKFLOW, FUNCTION]), (true, true));
    assert_eq!(polls("disable_workflow_worker: true", &[]), (false, true));
    assert_eq!(polls("local_activity_worker_only: true", &[FUNCTION]), (true, false));
}

#[test]
fn a_queue_with_the_prefix_that_a_variable_gives_is_one_that_a_server_takes() {
    let entries = "  - {name: p, kind: temporal.client, address: 'localhost:7233', tq_prefix: '${env:T}'}\n  \
                   - {name: v, kind: temporal.worker, client: p, task_queue: '${env:T}'}\n";
    let wrong = |prefix: &str| {
        let cx = project(entries, &[("T", prefix)]);
        let entry = cx.registry.get(&id("a:v")).unwrap();
        let wrong = cx.spec::<TemporalWorker>(entry).and_then(|fields| fields.config(entry, &cx)).err()?;
        Some(wrong.iter().map(|diagnostic| diagnostic.headline.clone()).collect::<Vec<_>>())
    };
    assert_eq!(wrong(&"x".repeat(500)), None);
    let headline = "`task_queue` after the `tq_prefix` of `a:p` is longer than 1000 bytes";
    assert_eq!(wrong(&"x".repeat(501)), Some(vec![headline.to_owned()]));
}

#[test]
fn every_variable_of_a_setting_that_has_no_value_is_named() {
    let entries = "  - {name: u, kind: env.variable, variable: U, storage: os}\n  \
                   - {name: p, kind: temporal.client, address: '${env:T}:${env:U}', namespace: '${env:T|x}${env:U|y}'}\n";
    let cx = project(entries, &[]);
    let Effective::Map(settings) = cx.effective(cx.registry.get(&id("a:p")).unwrap()) else { unreachable!() };
    let origin = |key: &str| match settings.iter().find(|(name, _)| name == key) {
        Some((_, Effective::Value { origin, .. })) => origin.clone(),
        other => panic!("{other:?}"),
    };
    let Origin::Nothing(missing) = origin("address") else { panic!("{settings:?}") };
    assert_eq!(missing.iter().map(|missing| missing.variable.as_str()).collect::<Vec<_>>(), ["T", "U"]);
    assert_eq!(origin("namespace"), Origin::Instead(vec!["T".to_owned(), "U".to_owned()]));
}

/// What the workflows of `a:w` know, in a project of a worker and `entries`.
fn catalog_of(entries: &str, system: &[(&str, &str)]) -> Result<Catalog, Vec<String>> {
    let worker = "  - {name: w, kind: temporal.worker, client: c, task_queue: q}\n";
    let cx = project(&format!("{worker}{entries}"), system);
    let catalog = workflows_of(&id("a:w"), &cx, Unreadable::IsAnError);
    catalog.map_err(|wrong| wrong.iter().map(|diagnostic| diagnostic.headline.clone()).collect())
}

#[test]
fn options_of_calls_have_the_values_of_the_start() {
    let entries = "  - {name: g, kind: function.lua, source: 'return function() end', meta: {options: {start_to_close_timeout: '${env:T}'}}}\n  \
                   - {name: f, kind: workflow.lua, source: 'return function() end', meta: {options: {run_timeout: '${env:T}'}}}";
    let catalog = catalog_of(entries, &[("T", "7s")]).unwrap();
    assert_eq!(catalog.functions["a:g"].options.timeouts.start_to_close, Some(Duration::from_secs(7)));
    assert_eq!(catalog.callable["a:f"].options.timeouts.run, Some(Duration::from_secs(7)));
}

/// Two entries that the worker `a:v` runs, with a variable in the options of each.
const OF_ANOTHER: &str = "  - {name: v, kind: temporal.worker, client: c, task_queue: other}\n  \
    - {name: g, kind: function.lua, source: 'return function() end', meta: {options: {start_to_close_timeout: '${env:T}'}, temporal: {activity: {worker: v}}}}\n  \
    - {name: f, kind: workflow.lua, source: 'return function() end', meta: {options: {run_timeout: '${env:T}'}, temporal: {workflow: {worker: v}}}}\n  \
    - {name: h, kind: function.lua, source: 'return function() end', meta: {temporal: {activity: {worker: w}}}}";

#[test]
fn a_variable_without_a_value_keeps_only_its_own_worker_from_starting() {
    let worker = "  - {name: w, kind: temporal.worker, client: c, task_queue: q}\n";
    let cx = project(&format!("{worker}{OF_ANOTHER}"), &[]);
    let starts = |worker: &str| {
        let workflows = workflows_of(&id(worker), &cx, Unreadable::IsAnError).map(drop);
        let functions = catalog(Own::Of(&id(worker)), &cx).map(drop);
        [workflows, functions].map(|started| started.err().map(|wrong| wrong.headlines()))
    };
    assert_eq!(starts("a:w"), [None, None]);
    for wrong in starts("a:v") {
        assert!(wrong.as_ref().is_some_and(|wrong| wrong.contains("has no value")), "{wrong:?}");
    }
}

#[test]
fn who_calls_what_a_variable_keeps_away_is_told() {
    let called = catalog_of(OF_ANOTHER, &[]).unwrap();
    assert_eq!(called.unreadable.keys().collect::<Vec<_>>(), ["a:f", "a:g"]);
    assert!(called.unreadable["a:g"].contains("has no value"), "{:?}", called.unreadable);
    let cx = project(&format!("  - {{name: w, kind: temporal.worker, client: c, task_queue: q}}\n{OF_ANOTHER}"), &[]);
    let failure = catalog(Own::Of(&id("a:w")), &cx).unwrap().function(&id("a:g")).unwrap_err();
    assert!(failure.message.starts_with("`a:g` cannot be called: "), "{failure:?}");
}

#[test]
fn a_lifecycle_has_the_values_of_the_start() {
    let entry = |id: &str, block: &str| {
        format!("  - {{name: {id}, kind: temporal.client, address: 'localhost:7233', lifecycle: {block}}}\n")
    };
    let entries = entry("x", "{stop_timeout: '${env:T}'}")
        + &entry("y", "{restart: {initial_delay: 10m, max_delay: '${env:T}'}}");
    let cx = project(&entries, &[("T", "7s")]);
    let lifecycle = |name: &str| cx.lifecycle(cx.registry.get(&id(name)).unwrap());
    assert_eq!(lifecycle("a:x").unwrap().stop_timeout, Duration::from_secs(7));
    let wrong = lifecycle("a:y").unwrap_err();
    let headlines: Vec<&str> = wrong.iter().map(|diagnostic| diagnostic.headline.as_str()).collect();
    assert_eq!(headlines, ["`initial_delay`, 10m, is longer than `max_delay`, 7s"]);
}

#[test]
fn an_entry_may_start_by_itself_if_a_variable_says_so() {
    let entries =
        "  - {name: x, kind: temporal.client, address: 'localhost:7233', lifecycle: {auto_start: '${env:T}'}}";
    let starts = |system: &[(&str, &str)]| {
        let cx = project(entries, system);
        cx.starts_by_itself(cx.registry.get(&id("a:x")).unwrap())
    };
    assert!(starts(&[("T", "true")]));
    assert!(!starts(&[("T", "false")]));
    assert!(starts(&[]), "its start says that the variable has no value");
}

#[test]
fn a_function_is_called_on_its_own_server_before_others() {
    let entries = |client: &str, more: &str| {
        format!(
            "  - {{name: d, kind: temporal.client, address: '{client}'}}\n  \
             - {{name: v, kind: temporal.worker, client: d, task_queue: far}}\n  \
             - {{name: u, kind: temporal.worker, client: c, task_queue: near}}\n  \
             - {{name: g, kind: function.lua, source: 'return function() end', meta: {{temporal: {{activity: {{worker: [v{more}]}}}}}}}}"
        )
    };
    let called = |client: &str, more: &str| {
        let catalog = catalog_of(&entries(client, more), &[]).unwrap();
        let called = &catalog.functions["a:g"];
        (called.queue.clone(), called.elsewhere.clone(), catalog.workers["a:v"].elsewhere)
    };
    let queue = |name: &str| Queue::Full(name.to_owned());
    assert_eq!(called("other:7233", ""), (queue("far"), Some("a:d".to_owned()), true));
    assert_eq!(called("other:7233", ", u"), (queue("near"), None, true));
    assert_eq!(called("127.0.0.1:7233", ""), (queue("far"), None, false));
}

#[test]
fn a_function_that_no_worker_runs_is_known_to_be_so() {
    let entries = "  - {name: g, kind: function.lua, source: 'return function() end'}\n  \
                   - {name: f, kind: function.lua, source: 'return function() end', meta: {temporal: {activity: {worker: w}}}}";
    let catalog = catalog_of(entries, &[]).unwrap();
    assert_eq!(["a:g", "a:f"].map(|name| catalog.functions[name].unbound), [true, false]);
}

#[test]
fn a_worker_does_not_start_with_two_entries_that_a_variable_makes_one_type() {
    let started = |meta: &str, kind: &str| {
        let entry = |name: &str, called: &str| {
            format!(
                "  - {{name: {name}, kind: {kind}, source: 'return function() end', meta: {{temporal: {{{meta}: {{worker: w, name: '{called}'}}}}}}}}\n"
            )
        };
        let worker = "  - {name: w, kind: temporal.worker, client: c, task_queue: q}\n";
        let cx = project(&format!("{worker}{}{}", entry("f", "${env:T}"), entry("g", "charge")), &[("T", "charge")]);
        TemporalWorker::service(cx.registry.get(&id("a:w")).unwrap(), &cx).err().unwrap().headlines()
    };
    let wrong = started("workflow", "workflow.lua");
    assert_eq!(wrong, "two entries are the workflow type `charge` of one worker");
    let wrong = started("activity", "function.lua");
    assert_eq!(wrong, "two entries are the activity type `charge` of one worker");
}

/// A project whose function has a variable that is not set in its name, or in `meta.options`.
fn replayed(name: &str, timeout: &str) -> Result<Catalog, Vec<Code>> {
    let entries = format!(
        "  - {{name: w, kind: temporal.worker, client: c, task_queue: q}}\n  \
         - {{name: g, kind: function.lua, source: 'return function() end', \
            meta: {{options: {{start_to_close_timeout: '{timeout}'}}, temporal: {{activity: {{worker: w, name: '{name}'}}}}}}}}\n  \
         - {{name: f, kind: workflow.lua, source: 'return function() end', meta: {{temporal: {{workflow: {{worker: w}}}}}}}}"
    );
    let catalog = workflows_of(&id("a:w"), &project(&entries, &[]), Unreadable::IsReplaced);
    catalog.map_err(|wrong| wrong.iter().map(|diagnostic| diagnostic.code).collect())
}

#[test]
fn a_replay_needs_no_variable_of_an_option() {
    let catalog = replayed("charge", "${env:T}").unwrap();
    assert_eq!(catalog.functions["a:g"].activity_type, "charge");
}

#[test]
fn a_replay_needs_the_variables_that_name_what_is_called() {
    assert_eq!(replayed("${env:T}", "1m").unwrap_err(), [Code::UndefinedVariable]);
    assert_eq!(replayed("${env:T}", "${env:T}").unwrap_err(), [Code::UndefinedVariable]);
}

#[test]
fn a_replay_finds_a_workflow_by_the_name_that_a_variable_gives() {
    let entries = "  - {name: w, kind: temporal.worker, client: c, task_queue: q}\n  \
                   - {name: f, kind: workflow.lua, source: 'return function() end', meta: {temporal: {workflow: {worker: w, name: '${env:T}'}}}}";
    replayer("order", &project(entries, &[("T", "order")])).map(drop).unwrap();
    let without = replayer("order", &project(entries, &[])).map(drop);
    assert!(matches!(without, Err(NoReplayer::Broken(_))), "{without:?}");
}

#[test]
fn a_replay_does_not_choose_between_two_workflows_that_a_variable_makes_one_type() {
    let entry = |name: &str, called: &str| {
        format!(
            "  - {{name: {name}, kind: workflow.lua, source: 'return function() end', meta: {{temporal: {{workflow: {{worker: w, name: '{called}'}}}}}}}}\n"
        )
    };
    let worker = "  - {name: w, kind: temporal.worker, client: c, task_queue: q}\n";
    let entries = format!("{worker}{}{}", entry("f", "${env:T}"), entry("g", "order"));
    let Err(NoReplayer::Broken(wrong)) = replayer("order", &project(&entries, &[("T", "order")])).map(drop) else {
        panic!("it replays with one of them")
    };
    assert_eq!(wrong.headlines(), "two entries are the workflow type `order` of one worker");
}

#[test]
fn a_host_that_only_a_start_can_read_is_not_allowed_before() {
    let entries = "  - {name: g, kind: function.lua, source: 'return function() end', http: {allow: ['${env:T}']}}";
    let cx = project(entries, &[]);
    let written = cx.registry.get(&id("a:g")).unwrap().spec::<FunctionLua>().unwrap();
    assert_eq!(written.allow(), Allow::default());
}
