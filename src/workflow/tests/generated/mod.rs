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
        Activation, Command, Completion, Job, UpdateAnswer,
        script::{Player, World, matched, show},
    },
};

/// As many as fit into a minute of one core, without optimization.
const PROGRAMS: u64 = 10_000;

/// Longer histories say little more, and are rebuilt once for each step.
const MOST_STEPS: usize = 7;

/// So many programs share a Lua state.
const BATCH: usize = 20;

/// What a program did that it must not.
#[derive(Debug)]
struct Wrong {
    step: usize,
    what: String,
}

/// The program of a seed, and the chance that is left for its server.
fn generated(seed: u64, planted: &'static str) -> (Program, Random) {
    let mut random = Random::new(seed);
    (Program::random(&mut random, planted), random)
}

/// Plays the programs of some seeds; how many steps there were, or the first that goes wrong.
fn play(seeds: &[u64], planted: &'static str) -> Result<usize, (u64, Wrong)> {
    let (programs, chances): (Vec<_>, Vec<_>) = seeds.iter().map(|seed| generated(*seed, planted)).unzip();
    let world = World::new(&Program::lua(&programs), &[]);
    let mut player = world.player();
    let mut steps = 0;
    for (at, (seed, chance)) in seeds.iter().zip(chances).enumerate() {
        steps += check(&mut player, at + 1, chance).map_err(|wrong| (*seed, wrong))?;
    }
    Ok(steps)
}

/// Plays one program of the player's world, and rebuilds it at every step; how many there were.
fn check(player: &mut Player<'_>, which: usize, chance: Random) -> Result<usize, Wrong> {
    let mut server = Server::new(chance);
    let (mut told, mut answers): (Vec<Activation>, Vec<Completion>) = (Vec::new(), Vec::new());
    let mut next = Some(server.start(which));
    while let Some(activation) = next {
        let completion = player.play(activation.clone());
        told.push(activation);
        rebuild(player, &told, &answers, &completion)?;
        server
            .take(&completion)
            .map_err(|what| Wrong { step: told.len(), what: format!("{what}:\n{}", show(&completion)) })?;
        answers.push(matched(completion));
        next = if server.ended || told.len() == MOST_STEPS { None } else { server.next() };
    }
    player.evict(&told[0].run_id);
    Ok(told.len())
}

/// Rebuilds the run from what it was told, up to the newest step; beside the first one, in the same VM.
fn rebuild(
    player: &mut Player<'_>,
    told: &[Activation],
    answers: &[Completion],
    newest: &Completion,
) -> Result<(), Wrong> {
    const RUN: &str = "again";
    let newest = matched(newest.clone());
    for (at, activation) in told.iter().enumerate() {
        let replaying = at + 1 < told.len();
        let mut activation = Activation { run_id: RUN.to_owned(), replaying, ..activation.clone() };
        tell_again(&mut activation, answers.get(at));
        let completion = matched(player.play(activation));
        let before = answers.get(at).unwrap_or(&newest);
        // A task that failed names its run, and these are two.
        let failed = |one: &Completion| matches!(one, Completion::TaskFailed(_));
        if completion != *before && !(failed(&completion) && failed(before)) {
            let what = format!("first it asked for\n{}\nand rebuilt for\n{}", show(before), show(&completion));
            return Err(Wrong { step: at + 1, what });
        }
    }
    player.evict(RUN);
    Ok(())
}

/// What a history says beside what was told: the patches of the step, and which updates were accepted;
/// those are not validated again.
fn tell_again(activation: &mut Activation, answer: Option<&Completion>) {
    let Some(Completion::Commands(commands)) = answer else { return };
    let patches = commands.iter().filter_map(|emitted| match &emitted.command {
        Command::SetPatch { id, .. } => Some(Job::Patch(id.clone())),
        _ => None,
    });
    activation.jobs.splice(0..0, patches);
    for job in &mut activation.jobs {
        if let Job::Update(update) = job {
            update.validate = !commands.iter().any(|emitted| {
                let Command::AnswerUpdate { protocol_id, answer: UpdateAnswer::Accept } = &emitted.command else {
                    return false;
                };
                *protocol_id == update.protocol_id
            });
        }
    }
}

/// A program by itself.
fn check_alone(program: &Program, chance: &Random) -> Result<usize, Wrong> {
    let world = World::new(&Program::lua(std::slice::from_ref(program)), &[]);
    check(&mut world.player(), 1, chance.clone())
}

/// The smallest program that goes wrong as the one of the seed does.
fn shrunk(seed: u64, wrong: Wrong, planted: &'static str) -> (Program, Wrong) {
    let (program, chance) = generated(seed, planted);
    let mut best = (program, wrong);
    while let Some(smaller) = best
        .0
        .smaller()
        .into_iter()
        .find_map(|program| check_alone(&program, &chance).err().map(|wrong| (program, wrong)))
    {
        best = smaller;
    }
    best
}

fn told(seed: u64, wrong: Wrong, planted: &'static str) -> String {
    let (program, wrong) = shrunk(seed, wrong, planted);
    format!(
        "seed {seed}, step {}: {}\n\n{}\n`METONIC_SEED={seed} make test-generated` plays it again",
        wrong.step,
        wrong.what,
        Program::lua(&[program])
    )
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says it")]
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().filter(|text| !text.is_empty()).map(|text| text.parse().unwrap())
}

#[test]
fn rebuilt_programs_ask_for_the_same() {
    if let Some(seed) = number("METONIC_SEED") {
        println!("{}", Program::lua(&[generated(seed, "").0]));
        play(&[seed], "").unwrap_or_else(|(seed, wrong)| panic!("{}", told(seed, wrong, "")));
        return;
    }
    let programs = number("METONIC_PROGRAMS").unwrap_or(PROGRAMS);
    let seeds: Vec<u64> = (1..=programs).collect();
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let steps: usize = thread::scope(|scope| {
        let playing = seeds.chunks(seeds.len().div_ceil(threads)).map(|seeds| {
            let play_all = move || {
                let played = seeds.chunks(BATCH).map(|seeds| play(seeds, ""));
                played.collect::<Result<Vec<usize>, _>>().map(|steps| steps.iter().sum::<usize>())
            };
            scope.spawn(play_all)
        });
        let playing: Vec<_> = playing.collect();
        let played = playing.into_iter().map(|thread| thread.join().unwrap());
        played.map(|steps| steps.unwrap_or_else(|(seed, wrong)| panic!("{}", told(seed, wrong, "")))).sum()
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
    let seeds: Vec<u64> = (1..500).collect();
    let (seed, wrong) = play(&seeds, UNSTABLE_PAIRS).expect_err("one of 500 programs goes through a table");
    let (large, _) = generated(seed, UNSTABLE_PAIRS);
    let (small, _) = shrunk(seed, wrong, UNSTABLE_PAIRS);
    let lines = |program: Program| Program::lua(&[program]).lines().count();
    assert!(Program::lua(std::slice::from_ref(&small)).contains("in pairs("));
    assert!(lines(small) <= lines(large));
}
