//! `tests/spec/lifecycle`: who starts and stops when.
//!
//! Blocks with a path as their argument are files; those below `after/` are the project after an
//! edit. `commands` were given before it. `plan` is what stops and starts. `services` are services that do as they are told, one
//! act per start; `life 30s` is what they did in that time, and how each was doing at its end.

use std::{sync::Arc, time::Duration};

use super::{Actual, Block, Section, run};
use crate::{
    entry::EntryId,
    kinds,
    lifecycle::{
        Changes, LifecycleGraph, Plan, ServiceDef, Supervisor,
        script::{Act, Diary},
    },
    registry::{Entry, Project, Registry, load},
    service::Exports,
    source::Files,
    value::parse_duration,
};

#[test]
fn the_lifecycle_specifications_hold() {
    run("lifecycle", check);
}

fn check(section: &Section) -> Vec<Actual> {
    let outputs = section.blocks.iter().enumerate().filter_map(|(at, block)| {
        let text = match block.word.as_str() {
            "plan" => plan(section),
            "life" => life(section, parse_duration(&block.argument).unwrap()),
            _ => return None,
        };
        Some((at, text))
    });
    let actual: Vec<Actual> = outputs.collect();
    assert!(!actual.is_empty(), "`{}` has no output block", section.title);
    actual
}

/// No entry of these projects leaves it to a variable.
fn starts_by_itself(entry: &Entry) -> bool {
    entry.lifecycle.auto_start
}

fn plan(section: &Section) -> String {
    let files: Vec<&Block> = section.blocks.iter().filter(|block| is_file(block)).collect();
    let is_after = |block: &&&Block| block.argument.starts_with("after/");
    let before = registry(files.iter().filter(|block| !is_after(block)).copied(), 1);
    let mut graph = LifecycleGraph::build(&before, starts_by_itself).unwrap();
    let untold = graph.clone();
    let commands = section.blocks.iter().filter(|block| block.word == "commands");
    let commands: Vec<&str> = commands.flat_map(|block| block.text.lines()).collect();
    for command in &commands {
        obey(&mut graph, command);
    }
    if files.iter().any(|block| is_after(&block)) {
        let after = registry(files.iter().filter(is_after).copied(), 2);
        let mut next = LifecycleGraph::build(&after, starts_by_itself).unwrap();
        next.keep_commands_of(&graph);
        show(&Plan::between(&graph, &next, &Changes::between(&before, &after), &graph.wanted()))
    } else if commands.is_empty() {
        show(&Plan::first(&graph))
    } else {
        show(&Plan::between(&untold, &graph, &Changes::default(), &untold.wanted()))
    }
}

/// `start app:worker`.
fn obey(graph: &mut LifecycleGraph, command: &str) {
    match command.split_once(' ') {
        Some(("start", id)) => drop(graph.start_by_command(&EntryId::parse(id, None).unwrap())),
        Some(("stop", id)) => graph.stop_by_command(&EntryId::parse(id, None).unwrap()),
        _ => panic!("`{command}` is no command"),
    }
}

fn is_file(block: &Block) -> bool {
    !block.argument.is_empty() && matches!(block.word.as_str(), "yaml" | "lua")
}

fn registry<'a>(files: impl Iterator<Item = &'a Block>, generation: u64) -> Arc<Registry> {
    let files = files.map(|block| (block.argument.trim_start_matches("after/"), block.text.as_str()));
    let files = Files::memory(files);
    let loaded = load(&Project { files: &files, kinds: kinds::ALL, system: Arc::default(), generation });
    loaded.registry.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
}

fn show(plan: &Plan) -> String {
    if plan.is_empty() {
        return "nothing".to_owned();
    }
    let line = |verb: &str, group: &Vec<EntryId>| {
        let names: Vec<String> = group.iter().map(ToString::to_string).collect();
        format!("{verb} {}", names.join(", "))
    };
    let stop = plan.stop.iter().map(|group| line("stop", group));
    let start = plan.start.iter().map(|group| line("start", group));
    stop.chain(start).collect::<Vec<_>>().join("\n")
}

/// What the scripted services do, on paused time.
fn life(section: &Section, lasts: Duration) -> String {
    let script = section.blocks.iter().find(|block| block.word == "services").expect("a life has services");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let diary = Diary::new();
        let mut supervisor = Supervisor::new(Exports::default(), Arc::new(|| 0.5));
        supervisor.start(script.text.lines().map(|line| service(&diary, line)));
        tokio::time::sleep(lasts).await;
        let mut lines = diary.lines();
        lines.push("--".to_owned());
        let status = supervisor.status().borrow().clone();
        lines.extend(status.iter().map(|(id, service)| format!("{} {}", id.name(), service.state)));
        supervisor.shutdown().await;
        lines.join("\n")
    })
}

/// `worker needs client: refuse, run for 5s, run`.
fn service(diary: &Diary, line: &str) -> ServiceDef {
    let (who, acts) = line.split_once(": ").unwrap();
    let (name, needs) = who.split_once(" needs ").unwrap_or((who, ""));
    let needs: Vec<&str> = needs.split(", ").filter(|need| !need.is_empty()).collect();
    let acts: Vec<Act> = acts.split(", ").map(act).collect();
    diary.service(name, &needs, &acts)
}

fn act(text: &str) -> Act {
    match text {
        "refuse" => Act::Refuse,
        "refuse for good" => Act::RefuseForGood,
        "run" => Act::Run,
        "never ready" => Act::NeverReady,
        _ => {
            let seconds = text.strip_prefix("run for ").and_then(|time| parse_duration(time).ok());
            Act::RunFor(seconds.unwrap_or_else(|| panic!("`{text}` is no act")).as_secs())
        }
    }
}
