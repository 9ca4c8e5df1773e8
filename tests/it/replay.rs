//! `metonic replay`: does the code still fit what was recorded?

use std::path::Path;

use insta::assert_snapshot;

use crate::support::{Project, metonic, repository};

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
