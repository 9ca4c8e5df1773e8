//! `metonic dev --engine local`: shows what a server's dev shows, and loads again what was edited.

use std::path::Path;

use insta::assert_snapshot;

use super::project;
use crate::support::{
    Project, Running, command, metonic,
    orders::{SHIPPED, SOLD_OUT, UNICORN, order, shipped_steps, steps},
    repository,
};

/// `metonic dev --engine local`, with nothing on the `PATH` that could be started.
fn dev(project: &Project, more: &[&str]) -> Running {
    let mut command = command(project.path());
    command.args(["dev", "--engine", "local", "--log-format", "text"]).args(more).env("PATH", "");
    Running::spawn(command)
}

#[test]
fn the_banner_says_who_keeps_the_runs_and_that_they_are_forgotten() {
    let project = project("return { main = function() return 1 end }\n");
    let mut dev = dev(&project, &[]);
    dev.wait_for("Watching");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    let said: Vec<&str> = dev.said.lines().filter(|line| !line.contains("Ready in ")).collect();
    assert_snapshot!(said.join("\n"), @r"
    metonic 0.1.0 · 4 entries from . (generation 1)

      ok local engine: no server; nothing is kept after this process ends
      ok temporal  t:temporal  local engine · namespace default
      ok worker    t:worker    serving q
      ok workflow  t:flow      flow.lua
      ok activity  t:work      work.lua

    Watching for changes. Ctrl-C ends.
    Stopping; a second signal ends it at once.
    ");
}

#[test]
fn an_order_is_shipped_in_the_steps_that_a_server_tells() {
    let orders = Project::example("orders");
    let mut dev = dev(&orders, &["--start", "orders:order", "--id", "order-1", "--input", &order(), "--exit"]);
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_eq!(shipped_steps(&dev.said), SHIPPED);
}

#[test]
fn a_workflow_that_fails_is_exit_code_1() {
    let orders = Project::example("orders");
    let mut dev = dev(&orders, &["--start", "orders:order", "--id", "order-1", "--input", UNICORN, "--exit"]);
    assert_eq!(dev.end(), Some(1), "{}", dev.said);
    assert_eq!(steps(&dev.said), SOLD_OUT);
}

#[test]
fn an_error_in_lua_is_shown_where_it_is_and_a_fixed_file_heals_the_run() {
    let orders = Project::example("orders");
    let pricing = repository::read(Path::new("examples/orders/pricing.lua"));
    orders.write("pricing.lua", &pricing.replace("local total = 0", "local total = nil"));
    let mut dev = dev(&orders, &["--start", "orders:order", "--id", "order-1", "--input", &order(), "--exit"]);
    dev.wait_for("error[lua-error]: attempt to perform arithmetic (add) on nil and number");
    dev.wait_for("--> pricing.lua:8:9");
    dev.wait_for("note: workflow orders:order, id order-1");
    orders.write("pricing.lua", &pricing);
    dev.wait_for("Reloaded.");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    let steps = steps(&dev.said);
    assert_eq!(steps.lines().filter(|step| step.starts_with("started")).count(), 1, "{steps}");
}

/// Waits for a signal between two calls; the word is what an edit changes.
const FLOW: &str = r#"
local funcs = require("funcs")
return { main = function()
    local first = funcs.call("t:work", "first")
    local told = process.listen("go"):receive()
    return { first, told, "WORD" }
end }
"#;

#[test]
fn a_run_that_is_under_way_goes_on_on_the_new_code() {
    let project = project(&FLOW.replace("WORD", "old"));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("→ \"first!\"");
    project.write("flow.lua", &FLOW.replace("WORD", "new"));
    dev.wait_for("Reloaded.");
    let output = metonic(project.path(), ["workflow", "signal", "flow-1", "go", "1"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_snapshot!(steps(&dev.said), @r#"
    started
    t:work  → "first!"
    signal go  1
    completed  ["first!",1,"new"]
    "#);
}

#[test]
fn a_run_that_nobody_works_on_is_told_and_waits_for_its_worker() {
    let entries = "namespace: t\nentries:\n  \
                   - {name: temporal, kind: temporal.client, address: \"127.0.0.1:1\", lifecycle: {auto_start: true}}\n  \
                   - {name: worker, kind: temporal.worker, client: temporal, task_queue: q}\n  \
                   - {name: flow, kind: workflow.lua, source: \"return function() return 1 end\", \
                   meta: {temporal: {workflow: {worker: worker}}}}\n";
    let project = Project::new(&[("_index.yaml", entries)]);
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for(
        "nothing is polling task queue q in namespace default; its worker may lack `lifecycle: {auto_start: true}`",
    );
    let output = metonic(project.path(), ["start", "t:worker"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
}

#[test]
fn an_edit_with_an_error_stops_nothing() {
    let project = project(&FLOW.replace("WORD", "old"));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("→ \"first!\"");
    project.write("flow.lua", "return {");
    dev.wait_for("Nothing was reloaded; what ran goes on.");
    project.write("flow.lua", &FLOW.replace("WORD", "old"));
    dev.wait_for("The files are again what runs.");
    let output = metonic(project.path(), ["workflow", "signal", "flow-1", "go", "1"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.contains(r#"["first!",1,"old"]"#), "{}", dev.said);
}

#[test]
fn code_that_asks_for_something_else_is_shown_and_taken_back() {
    let project = project(&FLOW.replace("WORD", "old"));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("→ \"first!\"");
    project.write("flow.lua", &FLOW.replace("funcs.call(\"t:work\", \"first\")", "require(\"time\").sleep(\"1s\")"));
    dev.wait_for("Reloaded.");
    let output = metonic(project.path(), ["workflow", "signal", "flow-1", "go", "1"]);
    assert_eq!(output.code, Some(0), "{output}");
    dev.wait_for("error[non-determinism]");
    project.write("flow.lua", &FLOW.replace("WORD", "new"));
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.contains(r#"["first!",1,"new"]"#), "{}", dev.said);
}
