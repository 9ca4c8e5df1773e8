//! What people are shown when a workflow task fails.

use crate::workflow::{
    Completion, HostOptions,
    script::{Reader, World, show},
};

#[test]
fn the_diagnostic_tells_place_run_and_way_out() {
    let main = "local function email(order)\n    return order.customer.email\nend\nreturn function(order)\n    return email(order) .. '!'\nend";
    let world = World::new(main, &[]);
    let report = match world.player().play(Reader::default().read("start")) {
        Completion::TaskFailed(failed) => failed.diagnostic.unwrap(),
        other @ Completion::Commands(_) => panic!("{}", show(&other)),
    };
    insta::assert_snapshot!(report.render(), @r"
    error[lua-error]: attempt to index nil with 'customer'
     --> main.lua:2:12
      |
    2 |     return order.customer.email
      |            ^^^^^ this is nil
    ...
    5 |     return email(order) .. '!'
      |            ------------ called from here
      |
      = note: workflow app:main, id order-1, run run-1, attempt 1, history of 4 events
      = help: the run is not lost: fix the file, and the next attempt of the task goes on from here
    ");
}

#[test]
fn the_function_that_is_not_there_is_underlined_and_named() {
    let main = "return function(order)\n    local total = 2\n    return totl(order) + total\nend";
    let report = match World::new(main, &[]).player().play(Reader::default().read("start")) {
        Completion::TaskFailed(failed) => failed.diagnostic.unwrap().render(),
        other @ Completion::Commands(_) => panic!("{}", show(&other)),
    };
    let shown: Vec<&str> = report.lines().take(5).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    error[lua-error]: attempt to call a nil value
     --> main.lua:3:12
      |
    3 |     return totl(order) + total
      |            ^^^^ `totl` is nil
    ");
}

#[test]
fn the_author_is_shown_what_the_run_was_called_with() {
    let main = "return function(order)\n    require('time').sleep('1s')\n    return order.customer.email\nend";
    let notes = |input: &str, shows_input: bool| {
        let mut world = World::new(main, &[]);
        world.options = HostOptions { shows_input, ..world.options };
        let mut player = world.player();
        let mut reader = Reader::default();
        player.play(reader.read(&format!("start {input}")));
        match player.play(reader.read("resolve 1")) {
            Completion::TaskFailed(failed) => failed.diagnostic.unwrap().diagnostic.notes.split_off(1),
            other @ Completion::Commands(_) => panic!("{}", show(&other)),
        }
    };
    let missing = r#"input was {"total":42}: it has no key `customer`"#;
    assert_eq!(notes(r#"{"total":42}"#, true), [missing]);
    assert_eq!(notes(r#"{"customer":null}"#, true), [r#"input was {"customer":null}"#]);
    let long = format!(r#"{{"total":"{}"}}"#, "x".repeat(500));
    assert_eq!(notes(&long, true), [format!("input was {}…: it has no key `customer`", &long[..200])]);
    assert_eq!(notes(r#"{"total":42}"#, false), [""; 0]);
}
