//! What it takes to look after a run while a query, a validator or a condition looks at it.

use std::time::Duration;

use crate::{
    lua::Limits,
    workflow::{
        HostOptions,
        script::{Reader, World, show},
    },
};

const LIMITS: Limits = Limits { instructions: u64::MAX, wall: Duration::from_mins(1), memory: 2 * 1024 * 1024 };

fn world(main: &str, limits: Limits) -> World {
    let mut world = World::new(main, &[]);
    world.options = HostOptions { limits: Some(limits), ..world.options };
    world
}

#[test]
fn looking_after_a_large_run_is_not_the_handlers_work() {
    let main = "local workflow = require('workflow')
    return function()
        local big = {}
        workflow.on_signal('grow', function() for i = 1, 10000 do big[#big + 1] = { i } end end)
        workflow.on_query('first', function() return big[1][1] end)
        workflow.on_update('check', { validate = function() return big[1][1] == 1 end, handler = function() return 1 end })
        require('time').sleep('1h')
    end";
    let world = world(main, LIMITS);
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    for _ in 0..8 {
        player.play(reader.read("signal grow"));
    }
    assert_eq!(show(&player.play(reader.read("query first"))), "Answer 1\n");
    assert_eq!(show(&player.play(reader.read("update check#u1"))), "Accept #u1\nCompleteUpdate #u1 1\n");
}

#[test]
fn a_condition_is_watched_as_far_as_a_thousand_values() {
    let said = |held: usize| {
        let main = format!(
            "local workflow = require('workflow')
            return function()
                local big = {{}}
                for i = 1, {held} do big[i] = {{ 0 }} end
                return (pcall(workflow.await, function()
                    big[1][1] = 1
                    return true
                end))
            end"
        );
        show(&world(&main, LIMITS).player().play(Reader::default().read("start")))
    };
    assert_eq!([said(100), said(5_000)], ["Complete false\n", "Complete true\n"]);
}

/// More looks than the engine nests calls, at a coroutine of its own and at one inside another.
#[test]
fn a_look_at_the_stacks_leaves_nothing_in_the_run() {
    let main = "local workflow = require('workflow')
    return function()
        coroutine.wrap(function() workflow.signals('go'):receive() end)()
        return 'done'
    end";
    let world = world(main, LIMITS);
    let (mut player, mut reader) = (world.player(), Reader::default());
    player.play(reader.read("start"));
    let mut look = || show(&player.play(reader.read("query __stack_trace")));
    let first = look();
    for _ in 0..25_000 {
        assert_eq!(look(), first);
    }
    assert_eq!(show(&player.play(reader.read("signal go"))), "Complete \"done\"\n");
}

#[test]
#[ignore = "a measurement"]
#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn what_conditions_cost() {
    for (awaits, held) in [(0, 0), (1, 0), (1, 100_000), (1_000, 0), (1_000, 100_000)] {
        let main = format!(
            "local workflow, time, funcs = require('workflow'), require('time'), require('funcs')
            return function()
                local big, go = {{}}, 0
                for i = 1, {held} do big[i] = {{ i }} end
                workflow.on_signal('more', function() end)
                for i = 1, {awaits} do
                    coroutine.spawn(function() workflow.await(function() return go > 0 and big[1] end) end)
                end
                time.sleep('1h')
            end"
        );
        let limits = Limits { memory: 512 * 1024 * 1024, ..LIMITS };
        let world = world(&main, limits);
        let (mut player, mut reader) = (world.player(), Reader::default());
        player.play(reader.read("start"));
        let begun = std::time::Instant::now();
        for _ in 0..50 {
            player.play(reader.read("signal more"));
        }
        eprintln!("{awaits} awaits, {held} tables: {:?} an activation", begun.elapsed() / 50);
    }
}
