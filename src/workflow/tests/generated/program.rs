//! Random workflow programs: trees of statements, and how each looks in Lua.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::lua::Random;

/// What every program begins with. `note` keeps what the program saw; its last word goes into the
/// arguments of calls, so that what differs is soon a command that differs.
const PREAMBLE: &str = include_str!("preamble.lua");

/// So many are drawn from, of which some are the same.
const SIMPLE: u64 = 58;
const COMPOUND: u64 = 16;

/// What the caller of a child that is cancelled waits for.
const CHILD_CANCELLATIONS: [&str; 4] = ["wait_completed", "wait_requested", "try_cancel", "abandon"];

/// Statements within statements within statements.
const DEEPEST: usize = 3;

/// One statement, with the blocks inside it and the line that ends each.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    head: String,
    blocks: Vec<(Vec<Statement>, &'static str)>,
}

/// A program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) body: Vec<Statement>,
    /// Replaces the preamble's `pairs`, if a bug is planted.
    planted: &'static str,
}

impl Program {
    pub(super) fn random(random: &mut Random, planted: &'static str) -> Self {
        let count = 2 + random.below(5);
        let body = (0..count).map(|_| statement(random, 0)).collect();
        Self { body, planted }
    }

    /// Several programs as one text; its function takes the number of the one to run, from 1. A Lua
    /// state costs more than a program.
    pub(super) fn lua(programs: &[Self]) -> String {
        let planted = programs.first().map_or("", |program| program.planted);
        let mut text = format!("{PREAMBLE}\n{planted}\nlocal programs = {{}}\n");
        for program in programs {
            text += "programs[#programs + 1] = function()\n";
            write_block(&mut text, &program.body, 1);
            text += "    return trace\nend\n";
        }
        text + "return function(which)\n    return programs[which]()\nend\n"
    }

    /// All programs that have one statement less.
    pub(super) fn smaller(&self) -> Vec<Self> {
        shorter(&self.body).into_iter().map(|body| Self { body, planted: self.planted }).collect()
    }
}

fn shorter(block: &[Statement]) -> Vec<Vec<Statement>> {
    let mut all = Vec::new();
    for at in 0..block.len() {
        let mut without = block.to_vec();
        let removed = without.remove(at);
        all.push(without.clone());
        for (inner, _) in &removed.blocks {
            // The statements inside, without what is around them.
            let mut unwrapped = without.clone();
            unwrapped.splice(at..at, inner.iter().cloned());
            all.push(unwrapped);
        }
        for (which, (inner, _)) in removed.blocks.iter().enumerate() {
            for smaller in shorter(inner) {
                let mut changed = block.to_vec();
                changed[at].blocks[which].0 = smaller;
                all.push(changed);
            }
        }
    }
    all
}

fn write_block(text: &mut String, block: &[Statement], depth: usize) {
    let indent = "    ".repeat(depth);
    for statement in block {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{indent}{}", statement.head);
        for (inner, end) in &statement.blocks {
            write_block(text, inner, depth + 1);
            let _ = writeln!(text, "{indent}{end}");
        }
    }
}

fn line(head: impl Into<String>) -> Statement {
    Statement { head: head.into(), blocks: Vec::new() }
}

fn around(head: impl Into<String>, blocks: Vec<(Vec<Statement>, &'static str)>) -> Statement {
    Statement { head: head.into(), blocks }
}

fn block(random: &mut Random, depth: usize) -> Vec<Statement> {
    let count = 1 + random.below(3);
    (0..count).map(|_| statement(random, depth + 1)).collect()
}

fn statement(random: &mut Random, depth: usize) -> Statement {
    if depth < DEEPEST && random.below(10) < 4 {
        compound(random.below(COMPOUND), random, depth)
    } else {
        simple(random.below(SIMPLE), random)
    }
}

fn compound(choice: u64, random: &mut Random, depth: usize) -> Statement {
    // Each takes what it needs.
    let (first, second) = (block(random, depth), block(random, depth));
    let number = random.below(3) + 1;
    let one = |head: &str, end| around(head, vec![(first.clone(), end)]);
    match choice {
        0 | 1 => one("coroutine.spawn(function()", "end)"),
        2 => around("if math.random(2) == 1 then", vec![(first, "else"), (second, "end")]),
        3 => one("for key, value in pairs({ zeta = 1, alpha = 2, [3] = 3, mid = 4 }) do note(key, value)", "end"),
        4 => one("note(pcall(function()", "end))"),
        5 => one("for turn = 1, 2 do", "end"),
        6 => one("note(coroutine.wrap(function()", "end)())"),
        7 => one("table.sort({ 3, 1, 2 }, function(a, b)", "return a < b end)"),
        8 => one(&format!("scopes[{number}] = workflow.scope(function()"), "end)"),
        9 => one("note(workflow.shield(function()", "end))"),
        10 => one("note(workflow.with_timeout(\"3s\", function()", "end))"),
        11 => around("note(workflow.all({ function()", vec![(first, "end, function()"), (second, "end }))")]),
        12 => around("note(workflow.race({ function()", vec![(first, "end, function()"), (second, "end }))")]),
        13 => around("settle(workflow.all, function()", vec![(first, "end, function()"), (second, "end)")]),
        14 => one(
            "note(saga.run(function(steps) steps:add(\"app:work\", last())",
            "return nil, errors.new({ kind = \"Undone\", message = last() }) end))",
        ),
        _ => around("settle(workflow.race, function()", vec![(first, "end, function()"), (second, "end)")]),
    }
}

fn simple(choice: u64, random: &mut Random) -> Statement {
    let number = random.below(3) + 1;
    let wait = ["0s", "1s", "2s", "5s"][usize::try_from(random.below(4)).unwrap_or_default()];
    let coin = usize::from(random.below(2) == 0);
    let long = ["3s", "10s"][coin];
    let how = CHILD_CANCELLATIONS[usize::try_from(random.below(4)).unwrap_or_default()];
    line(match choice {
        0 | 1 => format!("note(funcs.call(\"app:work\", {number}, last()))"),
        2 | 3 => format!("start({number}, funcs.async(\"app:work\", {number}, last()))"),
        4 => format!("start({number}, waiting:async(\"app:work\", last()))"),
        5 | 6 => format!("finish({number})"),
        7 => format!("cancel({number})"),
        8 | 9 => format!("note(time.sleep(\"{wait}\"))"),
        10 => format!("note(workflow.local_call(\"app:near\", {number}, last()))"),
        11 => format!("start({number}, nearby:async(\"app:near\", last()))"),
        12 => format!("note(workflow.side_effect(function() return math.random(1000) + {number} end))"),
        13 => format!("note(workflow.side_effect(function() error(errors.new(\"effect {number}\")) end))"),
        14 => format!("note(channels[{number}]:send(last()))"),
        15 => format!(
            "note(pick({{ channels[{number}]:case_receive(), channels[{}]:case_receive(), \
             after(\"{long}\"):case_receive() }}))",
            number % 3 + 1
        ),
        16 => format!("note(pick({{ channels[{number}]:case_send(last()), default = true }}))"),
        17 => format!(
            "note(pick({{ process.listen(\"topic{number}\"):case_receive(), after(\"{long}\"):case_receive() }}))"
        ),
        18 => format!("note(process.send(process.pid(), \"topic{number}\", last()))"),
        19 => format!("arm({number}, \"{long}\")"),
        20 => format!("disarm({number})"),
        21 => format!("rearm({number}, \"{long}\")"),
        22 => "note(uuid.v4(), math.random(1000))".to_owned(),
        23 => "note(time.now():unix(), os.time(), tostring({}))".to_owned(),
        24 => format!("hear(\"{long}\")"),
        25 => format!("tick({number}, \"{long}\")"),
        26 => format!("leave({number})"),
        27 => format!("if scopes[{number}] then note(scopes[{number}]:result()) end"),
        // However often it is looked at, the chance that it draws is not the run's.
        28 => {
            format!(
                "note(workflow.await(function() return math.random(9) < 10 and #trace > {number} * 4 end, \"{long}\"))"
            )
        }
        29 => "mutex:with(function() note(time.sleep(\"1s\")) end)".to_owned(),
        30 => "note(workflow.cancelled(), workflow.handlers_finished())".to_owned(),
        31 => format!("serve({number})"),
        32 => "pause()".to_owned(),
        33 => format!("note(workflow.exec(\"app:child\", {number}, last()))"),
        34 => format!("note(workflow.patched(\"patch{number}\"))"),
        35 | 36 => format!("bear({number}, \"{how}\")"),
        37 => format!("tell({number})"),
        38 => format!("abort({number})"),
        39 => format!("reap({number})"),
        40 => "note(workflow.external(\"other\"):signal(\"topic\", last()))".to_owned(),
        41 => format!("note(workflow.external(\"other\"):{})", ["cancel(last())", "post(\"topic\", last())"][coin]),
        42 => format!("renew({number})"),
        43 => format!("note(workflow.wait_signal(\"word{number}\", {{ timeout = \"{long}\" }}))"),
        44 => format!("note(workflow.attrs({{ memo = {{ word{number} = last() }} }}))"),
        45 => format!("note(workflow.attrs({{ search = {{ Word{number} = last() }} }}))"),
        46 => "semaphore:with(function() note(time.sleep(\"1s\")) end)".to_owned(),
        47 => {
            "if semaphore:try_acquire() then note(funcs.call(\"app:work\", last())) semaphore:release() end".to_owned()
        }
        48 => format!("give_up({number})"),
        49 => format!("note(workflow.version(\"change{number}\", 1, {number}))"),
        // A place whose code was changed further than that of the others.
        50 => format!("note(pcall(workflow.version, \"change{number}\", {}, 3))", coin + 1),
        // The names of these two are like those that versions of other changes are recorded under.
        51 => format!("note(pcall(workflow.patched, \"change{number}-{}\"))", coin + 1),
        52 => format!("note(pcall(workflow.version, \"odd{number}{}\", -3, {}))", ["", "-"][coin], [-2, 1][coin]),
        53 => format!("collect(\"{long}\")"),
        54 => format!("process.unlisten(process.listen(\"topic{number}\"))"),
        55 => "note(process.spawn_monitored(\"app:child\", \"app:worker\", last()))".to_owned(),
        56 => format!("note(time.sleep_until(time.now():add(\"{long}\")))"),
        _ => format!("workflow.deprecate_patch(\"patch{number}\")"),
    })
}

/// How a statement begins, whatever its numbers are.
fn form(statement: &Statement) -> String {
    statement.head.chars().filter(|letter| !letter.is_ascii_digit()).collect()
}

fn count(block: &[Statement], counts: &mut BTreeMap<String, usize>) {
    for statement in block {
        *counts.entry(form(statement)).or_default() += 1;
        for (inner, _) in &statement.blocks {
            count(inner, counts);
        }
    }
}

#[test]
fn every_statement_is_written_often() {
    let mut counts = BTreeMap::new();
    for seed in 1..=1000 {
        count(&Program::random(&mut Random::new(seed), "").body, &mut counts);
    }
    let mut random = Random::new(1);
    let mut wanted: Vec<Statement> = (0..SIMPLE).map(|choice| simple(choice, &mut random)).collect();
    wanted.extend((0..COMPOUND).map(|choice| compound(choice, &mut random, DEEPEST)));
    let is_rare = |statement: &Statement| counts.get(&form(statement)).is_none_or(|count| *count < 10);
    let rare: Vec<String> = wanted.iter().filter(|statement| is_rare(statement)).map(form).collect();
    assert_eq!(rare, Vec::<String>::new());
}
