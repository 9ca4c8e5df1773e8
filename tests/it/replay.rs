//! `metonic replay`: does the code still fit what was recorded?

use std::{
    path::Path,
    process::{Command, Stdio},
};

use insta::assert_snapshot;

use crate::support::{Parts, Project, Scenario, command, metonic, repository};

/// The history of an order, as `temporal workflow show -o json` wrote it.
const HISTORY: &str = "history/order-1001.json";

fn replay(project: &Project, arguments: &[&str]) -> String {
    metonic(project.path(), ["replay"].iter().chain(arguments)).to_string()
}

#[test]
fn the_code_that_was_recorded_fits() {
    assert_snapshot!(replay(&Project::example("orders"), &[HISTORY]), @r"
    ok   history/order-1001.json  orders:order  34 events
    --- exit 0
    ");
}

#[test]
fn a_history_comes_in_on_standard_input() {
    let project = Project::example("orders");
    let history = std::fs::File::open(project.path().join(HISTORY)).unwrap();
    // Through a pipe, as from the command that exports one.
    let mut export = Command::new("cat").stdin(history).stdout(Stdio::piped()).spawn().unwrap();
    let mut replay = command(project.path());
    replay.args(["replay", "-"]).stdin(export.stdout.take().unwrap());
    assert_eq!(replay.output().unwrap().stdout, b"ok   -  orders:order  34 events\n");
    assert!(export.wait().unwrap().success());
}

#[test]
fn a_verdict_is_one_line_of_json() {
    assert_snapshot!(replay(&Project::example("orders"), &[HISTORY, "-o", "json"]), @r#"
    {"file":"history/order-1001.json","workflowType":"orders:order","events":34,"ok":true,"diagnostics":[]}
    --- exit 0
    "#);
}

#[test]
fn other_code_does_not_fit() {
    let project = Project::example("orders");
    let code = repository::read(Path::new("examples/orders/order.lua"));
    project.write("order.lua", &code.replace("orders:charge_payment", "orders:send_receipt"));
    assert_snapshot!(replay(&project, &[HISTORY]), @r#"
    error[non-determinism]: this code does not match the history `history/order-1001.json`
      --> order.lua:26:5
       |
    26 |     local payment, charge_err = funcs.call("orders:send_receipt", { customer = order.customer, amount = total })
       |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ now asks for activity `orders:send_receipt`
       |
       = note: the core says: [TMPRL1100] Nondeterminism error: Activity type of scheduled event 'orders:charge_payment' does not match activity type of activity command 'orders:send_receipt'
       = help: a run that has begun needs the requests it made before, in the same order

    FAIL history/order-1001.json  orders:order  34 events
    --- exit 1
    "#);
}

#[test]
fn a_file_is_named_as_it_is_from_where_the_command_runs() {
    let project = Project::example("orders");
    let code = repository::read(Path::new("examples/orders/order.lua"));
    project.write("order.lua", &code.replace("orders:charge_payment", "orders:send_receipt"));
    let name = project.path().file_name().unwrap().to_str().unwrap();
    let above = project.path().parent().unwrap();
    let output = metonic(above, ["replay", "-C", name, &format!("{name}/{HISTORY}")]);
    assert!(output.stdout.contains(&format!("--> {name}/order.lua:26:5")), "{output}");
}

#[test]
fn a_file_that_is_no_history_is_told_from_one_that_does_not_fit() {
    assert_snapshot!(replay(&Project::example("orders"), &["order.json", "nothing.json"]), @r"
    error[bad-history]: `order.json` cannot be replayed: not a history: it has no `events`
     |
     = help: export one with `temporal workflow show -w ID -o json`

    error[bad-history]: `nothing.json` cannot be replayed: there is no such file
     |
     = help: export one with `temporal workflow show -w ID -o json`

    FAIL order.json  ?  0 events
    FAIL nothing.json  ?  0 events
    --- exit 1
    ");
}

#[test]
fn the_history_of_a_run_is_taken_from_the_server() {
    let flow = "local time = require('time')\nreturn { main = function() time.sleep('1ms') end }\n";
    let mut scenario = Scenario::start("replay-from-server", Parts { flow, ..Parts::default() });
    let id = scenario.begin(&[]);
    assert!(scenario.end(&id).is_ok());
    let replay = || metonic(scenario.folder(), ["replay", "--from-server", &id]);
    let output = replay();
    assert_eq!((output.code, output.stdout.starts_with(&format!("ok   {id}  t:flow  "))), (Some(0), true), "{output}");
    scenario.rewrite("return { main = function() end }\n");
    let output = replay();
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stdout.starts_with(&format!("error[non-determinism]: this code does not match the history `{id}`")));
}

#[test]
fn a_run_that_the_server_does_not_have_is_not_replayed() {
    let flow = "return { main = function() end }\n";
    let scenario = Scenario::start("replay-of-nothing", Parts { flow, ..Parts::default() });
    let output = metonic(scenario.folder(), ["replay", "--from-server", "replay-of-nobody"]);
    assert_eq!(output.code, Some(1), "{output}");
    assert!(output.stderr.starts_with("error: the history of `replay-of-nobody` was not read: "), "{output}");
}
