//! `tests/spec/workflow`: what a run asks for, activation by activation.
//!
//! `lua` is the workflow; `lua pricing` is a library that it calls `pricing`. `policy` and `every type`
//! say how it is registered; `function app:f NAME`, `workflow app:child NAME` (with `worker: app:w`) and
//! `worker app:w` (with `queue: q` and `namespace: n`) what else the project has. Each `activate` is one activation (`workflow::script` tells
//! how it is written), `commands` is what came of the one before it, `log` what was said, `metrics` what was counted. Every
//! section is also played with the run rebuilt before each activation, and beside another run.

use super::{Actual, Section, run};
use crate::{
    lua::Limits,
    value::Value,
    workflow::{
        ActivityOptions, ActivityTimeouts, FailurePolicy,
        script::{Reader, World, play, show},
    },
};

#[test]
fn the_workflow_specifications_hold() {
    run("workflow", check);
}

fn check(section: &Section) -> Vec<Actual> {
    let of_word = |word: &'static str| section.blocks.iter().filter(move |block| block.word == word);
    let main = of_word("lua").find(|block| block.argument.is_empty()).expect("a section has a workflow");
    let libraries: Vec<_> = of_word("lua")
        .filter(|block| !block.argument.is_empty())
        .map(|block| (block.argument.as_str(), block.text.as_str()))
        .collect();
    let mut world = World::new(&main.text, &libraries);
    for block in of_word("policy") {
        let fails = |error: &str| block.text.lines().any(|line| line == error);
        world = world.policy(FailurePolicy {
            lua_error: fails("workflow") || fails("lua_error"),
            limit: fails("limit"),
            non_determinism: fails("non_determinism"),
        });
    }
    if of_word("every").next().is_some() {
        world = world.every_type();
    }
    for block in of_word("function") {
        let (id, name) = block.argument.split_once(' ').unwrap_or((&block.argument, &block.argument));
        let of_key = |key: &str| field(&block.text, key);
        let timeouts = ActivityTimeouts {
            start_to_close: of_key("start_to_close_timeout").map(|text| crate::value::parse_duration(text).unwrap()),
            ..ActivityTimeouts::default()
        };
        let local = of_key("local").map(|text| text == "true");
        let options = ActivityOptions { timeouts, local, ..ActivityOptions::default() };
        world = world.function(id, name, options, of_key("queue"));
        if of_key("worker") == Some("none") {
            world = world.function_unbound(id);
        }
        if let Some(client) = of_key("elsewhere") {
            world = world.function_elsewhere(id, client);
        }
        if let Some(why) = of_key("unreadable") {
            world = world.unreadable(id, why);
        }
    }
    for block in of_word("workflow") {
        let (id, name) = block.argument.split_once(' ').unwrap_or((&block.argument, &block.argument));
        world = world.workflow(id, name, block.text.trim().strip_prefix("worker: "));
    }
    for block in of_word("worker") {
        let queue = field(&block.text, "queue").unwrap();
        world = world.worker(&block.argument, queue, field(&block.text, "namespace"), field(&block.text, "elsewhere"));
    }
    for block in of_word("limits") {
        let limits = Value::from_json(block.text.as_bytes()).unwrap();
        let of_key = |key: &str| limits.as_map().unwrap().get(key).and_then(as_usize);
        world.options.largest_payload = of_key("payload").unwrap_or(world.options.largest_payload);
        world.options.largest_task = of_key("task").unwrap_or(world.options.largest_task);
        let own = world.options.limits.take();
        world.options.limits = own.map(|own| match of_key("instructions") {
            Some(count) => Limits { instructions: count as u64, ..own },
            None => own,
        });
    }
    let mut reader = Reader::default();
    let activations: Vec<_> = of_word("activate").map(|block| reader.read(&block.text)).collect();
    let completions = play(&world, &activations);
    let said = world.said().join("\n");
    let mut activated = 0;
    let mut actual = Vec::new();
    for (at, block) in section.blocks.iter().enumerate() {
        match block.word.as_str() {
            "activate" => activated += 1,
            "commands" => actual.push((at, show(&completions[activated - 1]))),
            "log" => actual.push((at, said.clone())),
            "metrics" => actual.push((at, world.measured())),
            _ => {}
        }
    }
    assert!(!actual.is_empty(), "`{}` has no output block", section.title);
    actual
}

/// What stands behind `key: ` on a line of its own.
fn field<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
}

fn as_usize(value: &Value) -> Option<usize> {
    match value {
        Value::Int(number) => usize::try_from(*number).ok(),
        _ => None,
    }
}
