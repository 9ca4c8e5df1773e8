//! Random programs against a random server: whatever they do, a run that is rebuilt from what its history
//! keeps asks for the same again.
//!
//! `METONIC_SEED=5 make test-generated` plays one program and prints it; `METONIC_PROGRAMS` says how
//! many are played otherwise.

mod asked;
mod program;
mod server;

use std::{collections::BTreeSet, thread};

use program::Program;
use server::Server;

use crate::{
    lua::Random,
    workflow::{
        Activation, Command, Completion, Emitted, Job, Update, UpdateAnswer,
        script::{Player, World, matched, show},
    },
};

/// As many as fit into a minute of one core, without optimization.
const PROGRAMS: u64 = 10_000;

/// More than these ask for everything there is.
const FEW: u64 = 1000;

/// Longer histories say little more, and are rebuilt once for each step.
const MOST_STEPS: usize = 7;

/// So many smaller programs are tried, at most.
const SMALLER: usize = 1000;

/// So many programs share a Lua state.
const BATCH: usize = 20;

/// What programs did.
#[derive(Debug, Default)]
struct Played {
    steps: usize,
    /// What they asked for.
    asked: BTreeSet<&'static str>,
}

impl Played {
    fn and(mut self, mut more: Self) -> Self {
        self.steps += more.steps;
        self.asked.append(&mut more.asked);
        self
    }
}

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

/// Where programs run: their text, and what they call.
fn world(programs: &[Program]) -> World {
    World::new(&Program::lua(programs), &[]).workflow("app:child", "app:child", Some("app:worker"))
}

/// Plays the programs of some seeds; what they did, or the first that goes wrong.
fn play(seeds: &[u64], planted: &'static str) -> Result<Played, (u64, Wrong)> {
    let (programs, chances): (Vec<_>, Vec<_>) = seeds.iter().map(|seed| generated(*seed, planted)).unzip();
    let world = world(&programs);
    let mut player = world.player();
    let mut did = Played::default();
    for (at, (seed, chance)) in seeds.iter().zip(chances).enumerate() {
        did = did.and(check(&mut player, at + 1, chance).map_err(|wrong| (*seed, wrong))?);
    }
    Ok(did)
}

/// Plays one program of the player's world, and rebuilds it at every step. The run that is rebuilt is
/// asked no questions.
fn check(player: &mut Player<'_>, which: usize, chance: Random) -> Result<Played, Wrong> {
    let mut server = Server::new(chance);
    let mut did = Played::default();
    let (mut told, mut answers): (Vec<Activation>, Vec<Completion>) = (Vec::new(), Vec::new());
    let mut next = Some(server.start(which));
    while let Some(activation) = next {
        let completion = player.play(activation.clone());
        told.push(activation);
        rebuild(player, &told, &answers, &completion)?;
        if asked::is_unclear(&completion) {
            did.asked.insert(asked::UNCLEAR);
            break;
        }
        server
            .take(&completion)
            .map_err(|what| Wrong { step: told.len(), what: format!("{what}:\n{}", show(&completion)) })?;
        did.asked.extend(commands(&completion).iter().filter_map(|emitted| asked::name(&emitted.command)));
        answers.push(matched(completion));
        if let Some(question) = server.question() {
            answered(player.play(question)).map_err(|what| Wrong { step: told.len(), what })?;
        }
        next = if server.ended || told.len() == MOST_STEPS { None } else { server.next() };
    }
    player.evict(&told[0].run_id);
    did.steps = told.len();
    Ok(did)
}

/// What a completion asks for.
fn commands(completion: &Completion) -> &[Emitted] {
    match completion {
        Completion::Commands(commands) => commands,
        Completion::TaskFailed(_) => &[],
    }
}

/// A question is answered, and nothing is asked for.
fn answered(completion: Completion) -> Result<(), String> {
    match commands(&completion) {
        [Emitted { command: Command::AnswerQuery { .. }, .. }] => Ok(()),
        _ => Err(format!("a question is not all that is answered:\n{}", show(&completion))),
    }
}

/// Rebuilds the run from what its history keeps, up to the newest step; beside the first one, in the same VM.
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
        let mut before = newest.clone();
        if let Some(answer) = answers.get(at) {
            before = tell_again(&mut activation, answer);
            if activation.jobs.is_empty() && commands(&before).is_empty() {
                // Of this step the history has nothing.
                continue;
            }
        }
        let completion = matched(player.play(activation));
        // A task that failed names its run, and these are two.
        let failed = |one: &Completion| matches!(one, Completion::TaskFailed(_));
        if completion != before && !(failed(&completion) && failed(&before)) {
            let what = format!("first it asked for\n{}\nand rebuilt for\n{}", show(&before), show(&completion));
            return Err(Wrong { step: at + 1, what });
        }
    }
    player.evict(RUN);
    Ok(())
}

/// Makes of a step what its history keeps, and gives the answer that is expected then. Patches are told
/// of before; updates that were accepted are not validated again; of those that were refused nothing is
/// left.
fn tell_again(activation: &mut Activation, answer: &Completion) -> Completion {
    let Completion::Commands(first) = answer else { return answer.clone() };
    let patches = first.iter().filter_map(|emitted| match &emitted.command {
        Command::SetPatch { id, .. } => Some(Job::Patch(id.clone())),
        _ => None,
    });
    activation.jobs.splice(0..0, patches);
    let answered = |update: &Update, wanted: fn(&UpdateAnswer) -> bool| {
        first.iter().any(|emitted| match &emitted.command {
            Command::AnswerUpdate { protocol_id, answer } => *protocol_id == update.protocol_id && wanted(answer),
            _ => false,
        })
    };
    let mut refused = BTreeSet::new();
    activation.jobs.retain_mut(|job| {
        let Job::Update(update) = job else { return true };
        update.validate = !answered(update, |answer| *answer == UpdateAnswer::Accept);
        let is_refused = update.validate && answered(update, |answer| matches!(answer, UpdateAnswer::Reject(_)));
        if is_refused {
            refused.insert(update.protocol_id.clone());
        }
        !is_refused
    });
    let is_kept = |emitted: &&Emitted| match &emitted.command {
        Command::AnswerUpdate { protocol_id, .. } => !refused.contains(protocol_id),
        _ => true,
    };
    Completion::Commands(first.iter().filter(is_kept).cloned().collect())
}

/// A program by itself.
fn check_alone(program: &Program, chance: &Random) -> Result<Played, Wrong> {
    let world = world(std::slice::from_ref(program));
    check(&mut world.player(), 1, chance.clone())
}

/// The smallest program that goes wrong as the one of the seed does, as far as one is found.
fn shrunk(seed: u64, wrong: Wrong, planted: &'static str) -> (Program, Wrong) {
    let (program, chance) = generated(seed, planted);
    let mut best = (program, wrong);
    let mut tries = 0..SMALLER;
    while let Some(smaller) = best
        .0
        .smaller()
        .into_iter()
        .take_while(|_| tries.next().is_some())
        .find_map(|program| check_alone(&program, &chance).err().map(|wrong| (program, wrong)))
    {
        best = smaller;
    }
    best
}

fn told(seed: u64, wrong: Wrong, planted: &'static str) -> String {
    eprintln!("seed {seed}, step {}: {}", wrong.step, wrong.what);
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
    let played: Played = thread::scope(|scope| {
        let playing = seeds.chunks(seeds.len().div_ceil(threads)).map(|seeds| {
            let play_all = move || {
                let played = seeds.chunks(BATCH).map(|seeds| play(seeds, ""));
                played
                    .collect::<Result<Vec<Played>, _>>()
                    .map(|all| all.into_iter().fold(Played::default(), Played::and))
            };
            scope.spawn(play_all)
        });
        let playing: Vec<_> = playing.collect();
        let played = playing.into_iter().map(|thread| thread.join().unwrap());
        let played = played.map(|played| played.unwrap_or_else(|(seed, wrong)| panic!("{}", told(seed, wrong, ""))));
        played.fold(Played::default(), Played::and)
    });
    assert!(played.steps as u64 > 3 * programs, "the programs do little: {} steps", played.steps);
    let missing: Vec<_> = asked::ALL.into_iter().filter(|name| !played.asked.contains(name)).collect();
    // A few may leave out what is rare.
    assert!(programs < FEW || missing.is_empty(), "no program asks for {missing:?}");
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
