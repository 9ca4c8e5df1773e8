//! Runs of one program live side by side in one VM, and none sees another.

use crate::workflow::{
    Activation,
    script::{Player, Reader, World, show},
};

fn complete(player: &mut Player<'_>, run_id: &str) -> String {
    let mut activation = Reader::default().read("start");
    activation.run_id = run_id.to_owned();
    show(&player.play(activation))
}

#[test]
fn globals_of_two_runs_do_not_meet() {
    let main = "counter = (counter or 0) + 1
        local g = _G
        g.other = (g.other or 0) + 1
        return function() return { counter, _G.counter, other } end";
    let world = World::new(main, &[]);
    let mut player = world.player();
    assert_eq!(complete(&mut player, "one"), "Complete [1,1,1]\n");
    assert_eq!(complete(&mut player, "two"), "Complete [1,1,1]\n");
}

#[test]
fn the_frozen_library_cannot_carry_anything_between_runs() {
    let main = "return function()
        local results = {}
        for _, target in ipairs({ string, table, math, coroutine, channel, process, errors, require('time') }) do
            results[#results + 1] = pcall(function() target.smuggled = 1 end)
        end
        results[#results + 1] = pcall(rawset, string, 'smuggled', 1)
        results[#results + 1] = pcall(function() getmetatable('').__index = nil end)
        return results
    end";
    let world = World::new(main, &[]);
    let refused = format!("Complete [{}]\n", ["false"; 10].join(","));
    assert_eq!(complete(&mut world.player(), "one"), refused);
}

#[test]
fn runs_of_one_program_share_its_vm_until_the_catalog_drops_it() {
    let world = World::new("return function() require('time').sleep('1h') end", &[]);
    let mut player = world.player();
    complete(&mut player, "one");
    complete(&mut player, "two");
    assert_eq!(player.lane.counts(), (1, 2));
    player.evict("one");
    assert_eq!(player.lane.counts(), (1, 1));
    player.evict("two");
    assert_eq!(player.lane.counts(), (1, 0));
}

#[test]
fn thousands_of_runs_leave_nothing_behind() {
    let main = "local funcs = require('funcs')
        return function()
            local ch = channel.new(3)
            ch:send({ ch })
            process.listen('x')
            coroutine.spawn(function() ch:send({ funcs.async('app:a') }) channel.new():receive() end)
            return channel.select({ process.inbox(), process.events() })
        end";
    let world = World::new(main, &[]);
    let mut player = world.player();
    let mut used = Vec::new();
    for round in 0..6 {
        for run in 0..500 {
            let run_id = format!("{round}-{run}");
            complete(&mut player, &run_id);
            player.evict(&run_id);
        }
        used.push(player.lane.used_memory());
    }
    let (early, late) = (used[1], used[5]);
    assert!(late < early + early / 2, "the memory grows: {used:?}");
}

/// Luau doubles the stack of a coroutine that is full, and keeps it so: 800 bytes for as long as a run waits.
#[test]
fn a_run_that_requires_a_module_waits_with_its_first_stack() {
    let each_takes = |main: &str| {
        let world = World::new(main, &[]);
        let mut player = world.player();
        complete(&mut player, "first");
        player.lane.states().for_each(mlua::Lua::gc_stop);
        let used = |player: &Player<'_>| player.lane.states().map(mlua::Lua::used_memory).sum::<usize>();
        let before = used(&player);
        for run in 0..100 {
            complete(&mut player, &run.to_string());
        }
        (used(&player) - before) / 100
    };
    let bare = each_takes("return function() process.inbox():receive() end");
    let required = each_takes("local funcs = require('funcs') return function() process.inbox():receive() end");
    assert!(required - bare < 400, "{bare} bytes without a module, {required} with one");
}

#[test]
fn a_lane_forgets_the_types_that_no_run_has() {
    let world = World::new("return function() require('time').sleep('1s') end", &[]).every_type();
    let mut player = world.player();
    let mut start = |run: &str, workflow_type: &str| {
        let start = Reader::default().read(&format!("start as {workflow_type}"));
        player.play(Activation { run_id: run.to_owned(), ..start });
        player.lane.known_names()
    };
    assert_eq!((start("one", "a"), start("two", "b"), start("three", "b")), (1, 2, 2));
    player.evict("one");
    assert_eq!(player.lane.known_names(), 1);
}
