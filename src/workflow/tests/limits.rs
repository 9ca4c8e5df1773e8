//! What a run may use, and what happens when it uses more.

use std::time::Duration;

use crate::{
    lua::Limits,
    workflow::{
        Activation, Completion, HostOptions, PROFILE, TaskFailure,
        script::{Player, Reader, World, show},
    },
};

const TIGHT: Limits = Limits { instructions: 200_000, wall: Duration::from_mins(1), memory: 4 * 1024 * 1024 };

fn world(main: &str, limits: Limits) -> World {
    let mut world = World::new(main, &[]);
    world.options = HostOptions { limits: Some(limits), ..world.options };
    world
}

fn failure(world: &World) -> TaskFailure {
    match world.player().play(Reader::default().read("start")) {
        Completion::TaskFailed(failed) => *failed,
        other @ Completion::Commands(_) => panic!("{}", show(&other)),
    }
}

#[test]
fn a_loop_without_end_fails_the_task_with_its_stack() {
    let main = "local function spin()\n    while true do end\nend\nreturn function()\n    spin()\nend";
    let failed = failure(&world(main, TIGHT));
    assert_eq!(
        failed.failure.message,
        "main.lua:2: [TMPRL1101] the workflow took more than 200000 steps without waiting"
    );
    assert_eq!(failed.failure.stack, "main.lua:2: in spin\nmain.lua:5");
    // Its place is below it.
    let headline = failed.diagnostic.unwrap().diagnostic.headline;
    assert_eq!(headline, "[TMPRL1101] the workflow took more than 200000 steps without waiting");
}

#[test]
fn real_time_is_limited_too() {
    let limits = Limits { instructions: u64::MAX, wall: Duration::from_secs(1), ..TIGHT };
    let failed = failure(&world("return function() while true do end end", limits));
    assert_eq!(failed.failure.message, "main.lua:1: [TMPRL1101] the workflow ran for longer than 1s without waiting");
}

#[test]
fn no_pcall_outlives_a_limit() {
    let main = "return function() while true do pcall(function() while true do end end) end end";
    assert!(failure(&world(main, TIGHT)).failure.message.contains("[TMPRL1101]"));
}

#[test]
fn a_limit_that_was_swallowed_still_fails_the_task() {
    let main = "return function()
        coroutine.spawn(function() local t = {} while true do t[#t + 1] = string.rep('x', 1000) .. #t end end)
        require('time').sleep('1h')
    end";
    let failed = failure(&world(main, Limits { instructions: u64::MAX, ..TIGHT })).failure;
    assert_eq!(failed.message, "main.lua:2: [TMPRL1101] the workflow needed more than 4 MiB in one task");
    assert_eq!(failed.stack, "main.lua:2");
}

#[test]
fn what_waits_in_the_inbox_counts_as_memory() {
    let main = "return function()
        local big = ('x'):rep(100000)
        for _ = 1, 100 do process.send(process.pid(), 'topic', big) end
        require('time').sleep('1h')
    end";
    let failed = failure(&world(main, TIGHT)).failure;
    assert_eq!(failed.message, "main.lua:3: [TMPRL1101] the workflow needed more than 4 MiB in one task");
}

#[test]
fn many_small_messages_that_wait_count_too() {
    let main = "return function()
        for n = 1, 100000 do process.send(process.pid(), 'topic', n) end
        require('time').sleep('1h')
    end";
    let limits = Limits { instructions: u64::MAX, ..TIGHT };
    let failed = failure(&world(main, limits)).failure;
    assert_eq!(failed.message, "main.lua:2: [TMPRL1101] the workflow needed more than 4 MiB in one task");
}

#[test]
fn messages_that_were_taken_do_not_count() {
    let main = "return function()
        local topic, big = process.listen('topic'), ('x'):rep(100000)
        for _ = 1, 1000 do
            process.send(process.pid(), 'topic', big)
            topic:receive()
        end
        return #big
    end";
    let world = world(main, Limits { instructions: u64::MAX, memory: 16 * 1024 * 1024, ..TIGHT });
    assert_eq!(show(&world.player().play(Reader::default().read("start"))), "Complete 100000\n");
}

#[test]
fn a_lack_of_memory_fails_the_task_with_its_stack() {
    for line in [
        "local t = {} while true do t[#t + 1] = string.rep('x', 1000) .. #t end",
        "local t = {} while true do t = { t } end",
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 2 ^ 30)",
        "return table.create(2 ^ 26, 0)",
        "return pcall(string.rep, 'x', 2 ^ 30)",
        "local t = {} for at = 1, 300 do t[at] = logger:with({ a = string.rep('x', 2 ^ 18) }) end",
        "local t = {} for at = 1, 300 do t[at] = funcs.new():with_context({ a = string.rep('x', 2 ^ 18) }) end",
        "local t = {} for at = 1, 300 do t[at] = workflow.with_options({ summary = string.rep('x', 2 ^ 18) }) end",
        "local t = {} for at = 1, 300 do t[at] = process.with_context({ a = string.rep('x', 2 ^ 18) }) end",
    ] {
        let main = format!(
            "local funcs, workflow = require('funcs'), require('workflow')\nlocal logger = require('logger')\nlocal \
             function fill()\n    {line}\nend\nreturn function()\n    fill()\nend"
        );
        let failed = failure(&world(&main, Limits { instructions: u64::MAX, ..TIGHT })).failure;
        assert_eq!(failed.message, "main.lua:4: [TMPRL1101] the workflow needed more than 4 MiB in one task", "{line}");
        assert_eq!(failed.stack, "main.lua:4: in fill\nmain.lua:7", "{line}");
    }
}

#[test]
fn a_run_that_passed_a_limit_does_not_harm_its_neighbour() {
    let main = "return function(spins)
        while spins do end
        require('time').sleep('1s')
        return 'fine'
    end";
    let world = world(main, TIGHT);
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(reader.read("start false"));
    let mut bad = Reader::default().read("start true");
    bad.run_id = "bad".to_owned();
    assert!(matches!(player.play(bad), Completion::TaskFailed(_)));
    assert_eq!(show(&player.play(reader.read("resolve 1"))), "Complete \"fine\"\n");
}

/// Keeps what each signal is about, if it is told to.
const KEEPS: &str = "local function main(keeps)
    local kept = {}
    for number = 1, 200 do
        local text = process.listen('more'):receive()
        local large = string.rep(text .. number, 20000)
        if keeps then
            table.insert(kept, large)
        end
    end
end
return { main = main }";

const MIB: usize = 1024 * 1024;

/// Signals, one a step, until the run has to leave memory, or else until it fails.
fn grow(player: &mut Player<'_>, options: &HostOptions, steps: &mut Vec<Activation>) -> Option<TaskFailure> {
    let mut reader = Reader::default();
    let script = if steps.is_empty() { "start true" } else { "signal more \"abcd\"" };
    let mut next = reader.read(script);
    for _ in 0..100 {
        steps.push(next.clone());
        if let Completion::TaskFailed(failed) = player.play(next) {
            return Some(*failed);
        }
        if options.large.take("run-1") {
            return None;
        }
        next = reader.read("signal more \"abcd\"");
    }
    panic!("a hundred signals were kept")
}

#[test]
fn a_run_that_holds_too_much_fails_its_task_with_its_stack() {
    let mut world = world(KEEPS, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 2 * MIB, ..world.options };
    let mut player = world.player();
    let mut steps = Vec::new();
    assert_eq!(grow(&mut player, &world.options, &mut steps), None, "it has a VM of its own first");
    let before = steps.len();
    player.evict("run-1");
    for activation in steps.clone() {
        let replayed = player.play(Activation { replaying: true, ..activation });
        assert!(matches!(replayed, Completion::Commands(_)), "{}", show(&replayed));
    }
    let failed = grow(&mut player, &world.options, &mut steps).expect("it holds more than it may");
    let message = failed.failure.message;
    assert!(message.starts_with("main.lua:4: [TMPRL1101] the workflow holds 2."), "{message}");
    assert!(message.ends_with(" MiB while it waits; 2.0 MiB is the most"), "{message}");
    assert_eq!(failed.failure.stack, "main.lua:4: in main");
    assert!(failed.diagnostic.unwrap().render().contains("the worker's `max_workflow_state_bytes` is the limit"));
    assert!(before > 10 && steps.len() > before, "it was given {} signals", steps.len());
}

#[test]
fn a_large_run_stays_while_the_core_may_answer_at_once() {
    let main = "local workflow, kept = require('workflow'), {}
        return function()
            while true do
                local how, number = process.listen('more'):receive(), #kept
                table.insert(kept, string.rep('abcd' .. number, 20000))
                if how == 'cancel' then
                    local scope = workflow.scope(function() return require('funcs').call('app:work') end)
                    require('time').sleep(0)
                    scope:cancel()
                end
            end
        end";
    let mut world = world(main, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 2 * MIB, ..world.options };
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    let mut leaves_after = |signal: &str| {
        let completion = player.play(reader.read(signal));
        assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
        world.options.large.take("run-1")
    };
    assert!(!(0..50).any(|_| leaves_after("signal more \"cancel\"")));
    assert!(leaves_after("signal more \"keep\""));
}

#[test]
fn a_run_that_leaves_memory_for_good_is_forgotten() {
    let mut world = world(KEEPS, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 2 * MIB, ..world.options };
    let mut player = world.player();
    let mut steps = Vec::new();
    grow(&mut player, &world.options, &mut steps);
    player.evict("run-1");
    assert!(world.options.large.has("run-1"), "it comes back");
    for activation in steps {
        player.play(Activation { replaying: true, ..activation });
    }
    player.evict("run-1");
    assert!(!world.options.large.has("run-1"));
}

#[test]
fn a_replay_is_not_measured_by_the_limit_of_today() {
    let mut world = world(KEEPS, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 4 * MIB, ..world.options };
    let mut player = world.player();
    let mut steps = Vec::new();
    grow(&mut player, &world.options, &mut steps);
    let options = HostOptions { largest_state: MIB, ..world.options.clone() };
    world.options = options;
    let mut player = world.player();
    for activation in steps {
        let completion = player.play(Activation { replaying: true, ..activation });
        assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
    }
}

#[test]
fn what_a_run_threw_away_does_not_count() {
    let mut world = world(KEEPS, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 2 * MIB, ..world.options };
    let mut player = world.player();
    grow(&mut player, &world.options, &mut Vec::new());
    player.evict("run-1");
    // From here on it has a VM of its own.
    let mut reader = Reader::default();
    player.play(reader.read("start false"));
    for _ in 0..150 {
        let completion = player.play(reader.read("signal more \"abcd\""));
        assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
    }
}

#[test]
fn a_large_neighbour_is_no_harm() {
    let mut world = world(KEEPS, PROFILE.limits.clone());
    world.options = HostOptions { largest_state: 2 * MIB, ..world.options };
    let mut player = world.player();
    let mut reader = Reader::default();
    player.play(Activation { run_id: "small".to_owned(), ..reader.read("start true") });
    grow(&mut player, &world.options, &mut Vec::new());
    for _ in 0..10 {
        let signal = Activation { run_id: "small".to_owned(), ..reader.read("signal more \"abcd\"") };
        let completion = player.play(signal);
        assert!(matches!(completion, Completion::Commands(_)), "{}", show(&completion));
    }
    assert!(!world.options.large.take("small"));
}

#[test]
fn a_query_without_end_is_stopped_and_harms_nobody() {
    let main = "return function()
        require('workflow').on_query('loop', function() while true do end end)
        require('time').sleep('1s')
        return 'unharmed'
    end";
    let world = world(main, TIGHT);
    let mut reader = Reader::default();
    let mut player = world.player();
    player.play(reader.read("start"));
    assert_eq!(
        show(&player.play(reader.read("query loop"))),
        "Answer LuaError: [TMPRL1101] the query `loop`: the limit of instructions was passed (not retryable)\n"
    );
    assert_eq!(show(&player.play(reader.read("after 1s\nresolve 1"))), "Complete \"unharmed\"\n");
}
