//! Tests that deterministic code sees the same in every process: one script of everything that
//! leaks elsewhere, run in twenty fresh processes, against a text that is checked in.
//!
//! The text is a contract with old histories. Where an upgrade of the engine changes a line of it,
//! runs that look at that value replay differently.

use std::{cell::RefCell, process::Command, rc::Rc, time::Duration};

use mlua::Lua;

use crate::lua::{
    Ambient,
    testing::{lua, run},
};

const SCRIPT: &str = include_str!("observables.lua");
const EXPECTED: &str = include_str!("observables.txt");
/// What nobody catches ends up in histories.
const UNCAUGHT: [&str; 8] = [
    "error()",
    "error({})",
    "error({ message = 'mine' })",
    "error(print)",
    "error(coroutine.create(print))",
    "error(setmetatable({}, { __tostring = error }))",
    "error('text', 2)",
    "local function inner() return nil + 1 end inner()",
];
const BEGIN: &str = "<<<";
const END: &str = ">>>";

/// What the script prints in this process.
fn observed() -> String {
    let lua = lua();
    let lines = Rc::new(RefCell::new(String::new()));
    let target = lines.clone();
    let printer = move |_: &Lua, line: &str| {
        let mut lines = target.borrow_mut();
        lines.push_str(line);
        lines.push('\n');
    };
    let ambient =
        Ambient::new(42).with_clock(Rc::new(|| Duration::from_secs(1_800_000_000))).with_printer(Rc::new(printer));
    Ambient::enter(&lua, &Rc::new(ambient));
    if let Err(error) = run::<()>(&lua, SCRIPT) {
        panic!("{}", error.located());
    }
    let mut observed = lines.take();
    for code in UNCAUGHT {
        let failure = run::<()>(&lua, code).expect_err("it raises").to_failure();
        let stack = failure.stack.replace('\n', "|");
        observed += &format!("uncaught {code} = {}: {} ({stack})\n", failure.kind, failure.message);
    }
    observed
}

#[test]
#[ignore = "run by the test below, in processes of its own"]
fn prints_what_it_observes() {
    print!("{BEGIN}{}{END}", observed());
}

#[test]
fn twenty_processes_observe_the_same() {
    let this = std::env::current_exe().unwrap();
    for number in 0..20 {
        let mut command = Command::new(&this);
        command.args(["--exact", "lua::determinism::prints_what_it_observes", "--ignored", "--nocapture"]);
        // Moves the stack, and with it what addresses make of themselves.
        command.env("METONIC_TEST_FILLER", "x".repeat(number * 997));
        command.env("TZ", ["UTC", "Asia/Tokyo", "America/New_York"][number % 3]);
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        let (_, rest) = output.split_once(BEGIN).unwrap_or_else(|| panic!("process {number}: {output}"));
        let (observed, _) = rest.split_once(END).unwrap();
        for (line, expected) in observed.lines().zip(EXPECTED.lines()) {
            assert_eq!(line, expected, "process {number}");
        }
        assert_eq!(observed.lines().count(), EXPECTED.lines().count(), "process {number}: {observed}");
    }
}
