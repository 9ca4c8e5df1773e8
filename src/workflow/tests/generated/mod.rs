//! Random programs against a random server: whatever they do, a run that is rebuilt from what it was
//! told asks for the same again.
//!
//! `METONIC_SEED=5 make test-generated` plays one program and prints it; `METONIC_PROGRAMS` says how
//! many are played otherwise.

mod program;
mod server;

use std::thread;

use program::Program;
use server::Server;

use crate::{
    lua::Random,
    workflow::{
        Activation, Completion,
        script::{Player, World, matched, show},
    },
};

/// As many as fit into a minute of one core, without optimization.
const PROGRAMS: u64 = 10_000;

/// Longer histories say little more, and are rebuilt once for each step.
const MOST_STEPS: usize = 10;

/// Every program that goes on for long enough.
const SEEDS: std::ops::Range<u64> = 1..u64::MAX;

/// What a program did that it must not.
#[derive(Debug)]
struct Wrong {
    step: usize,
    what: String,
}

/// Plays the program of a seed.
fn play(seed: u64, planted: &'static str) -> Result<usize, (Program, Wrong)> {
    let mut random = Random::new(seed);
    let program = Program::random(&mut random, planted);
    match check(&program, &random) {
        Ok(steps) => Ok(steps),
        Err(wrong) => Err((program, wrong)),
    }
}

/// Plays a program, and rebuilds it at every step; how many there were.
fn check(program: &Program, chance: &Random) -> Result<usize, Wrong> {
    let world = World::new(&program.lua(), &[]);
    let (mut first, mut again) = (world.player(), world.player());
    let mut server = Server::new(chance.clone());
    let (mut told, mut answers): (Vec<Activation>, Vec<Completion>) = (Vec::new(), Vec::new());
    let mut next = Some(server.start());
    while let Some(activation) = next {
        let completion = first.play(activation.clone());
        told.push(activation);
        rebuild(&mut again, &told, &answers, &completion)?;
        server.take(&completion).map_err(|what| Wrong {
            step: told.len(),
            what: format!("{what}:\n{}", show(&completion)),
        })?;
        answers.push(matched(completion));
        next = if server.ended || told.len() == MOST_STEPS { None } else { server.next() };
    }
    Ok(told.len())
}

/// Rebuilds the run from what it was told, up to the newest step.
fn rebuild(
    player: &mut Player<'_>,
    told: &[Activation],
    answers: &[Completion],
    newest: &Completion,
) -> Result<(), Wrong> {
    let newest = matched(newest.clone());
    for (at, activation) in told.iter().enumerate() {
        let replaying = at + 1 < told.len();
        let completion = matched(player.play(Activation { replaying, ..activation.clone() }));
        let before = answers.get(at).unwrap_or(&newest);
        if completion != *before {
            let what = format!("first it asked for\n{}\nand rebuilt for\n{}", show(before), show(&completion));
            return Err(Wrong { step: at + 1, what });
        }
    }
    player.evict(&told[0].run_id);
    Ok(())
}

/// The smallest program that goes wrong, too.
fn shrunk(program: Program, wrong: Wrong, seed: u64, planted: &'static str) -> (Program, Wrong) {
    let mut chance = Random::new(seed);
    Program::random(&mut chance, planted);
    let mut best = (program, wrong);
    while let Some(smaller) =
        best.0.smaller().into_iter().find_map(|program| Some((program.clone(), check(&program, &chance).err()?)))
    {
        best = smaller;
    }
    best
}

fn told(seed: u64, program: &Program, wrong: &Wrong) -> String {
    format!(
        "seed {seed}, step {}: {}\n\n{}\n`METONIC_SEED={seed} make test-generated` plays it again",
        wrong.step,
        wrong.what,
        program.lua()
    )
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
}

#[test]
fn rebuilt_programs_ask_for_the_same() {
    if let Some(seed) = number("METONIC_SEED") {
        let mut random = Random::new(seed);
        println!("{}", Program::random(&mut random, "").lua());
        if let Err((program, wrong)) = play(seed, "") {
            panic!("{}", told(seed, &program, &wrong));
        }
        return;
    }
    let programs = number("METONIC_PROGRAMS").unwrap_or(PROGRAMS);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let steps: usize = thread::scope(|scope| {
        let of_thread = |first: u64| {
            let seeds = (SEEDS.start + first..=programs).step_by(usize::try_from(threads).unwrap());
            seeds.map(|seed| play(seed, "").unwrap_or_else(|(program, wrong)| {
                let (program, wrong) = shrunk(program, wrong, seed, "");
                panic!("{}", told(seed, &program, &wrong))
            })).sum::<usize>()
        };
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || of_thread(first))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(steps as u64 > 3 * programs, "the programs do little: {steps} steps");
}

/// What a table that is kept in the order of hashes would do.
const UNSTABLE_PAIRS: &str = "local stable = pairs
    local function pairs(list)
        local keys, at = {}, 0
        for key in stable(list) do
            if workflow.is_replaying() then table.insert(keys, 1, key) else keys[#keys + 1] = key end
        end
        return function()
            at += 1
            return keys[at], list[keys[at]]
        end
    end";

#[test]
fn an_order_that_changes_is_found_and_shown_small() {
    let found = SEEDS.take(500).find_map(|seed| Some((seed, play(seed, UNSTABLE_PAIRS).err()?)));
    let (seed, (program, wrong)) = found.expect("one of 500 programs goes through a table");
    let before = program.lua().lines().count();
    let (small, wrong) = shrunk(program, wrong, seed, UNSTABLE_PAIRS);
    assert!(small.lua().contains("in pairs("), "{}", told(seed, &small, &wrong));
    assert!(small.lua().lines().count() <= before);
}
