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
    metonic 0.1.0 · Luau · 4 entries from ./ (generation 1)

      ok local engine: no server; nothing is kept after this process ends
      ok temporal  t:temporal  local engine · namespace default
      ok worker    t:worker    serving task queue q
      ok workflow  t:flow      flow.lua
      ok activity  t:work      work.lua

    Watching for changes. Ctrl-C ends.
    Stopping; a second signal ends it at once.
    ");
}

#[test]
fn a_workflow_is_shown_with_the_input_that_it_names() {
    let flow = |name: &str, more: &str| {
        format!(
            "  - name: {name}\n    kind: workflow.lua\n    source: return {{ main = function(who) return who end }}\n    method: main\n    \
             meta: {{temporal: {{workflow: {{worker: worker}}}}{more}}}\n"
        )
    };
    let head = "namespace: t\nentries:\n  - {name: temporal, kind: temporal.client, address: localhost:7233, lifecycle: {auto_start: true}}\n  \
         - {name: worker, kind: temporal.worker, client: temporal, task_queue: q, lifecycle: {auto_start: true}}\n";
    let (first, bare) = (flow("first", ""), flow("second", ""));
    let shown = flow("second", ", example: {who: \"it's me\"}");
    for (flows, command) in [
        (format!("{first}{bare}"), "t:first INPUT --wait"),
        (format!("{first}{shown}"), r#"t:second '{"who":"it'\''s me"}' --wait"#),
    ] {
        let project = Project::new(&[("_index.yaml", &format!("{head}{flows}"))]);
        let mut dev = dev(&project, &[]);
        dev.wait_for("Watching");
        dev.signal("INT");
        assert_eq!(dev.end(), Some(0), "{}", dev.said);
        let tried = dev.said.lines().find_map(|line| Some(line.split_once("Try:")?.1));
        assert!(tried.is_some_and(|tried| tried.ends_with(&format!(" {command}"))), "{}", dev.said);
    }
}

#[test]
fn what_is_part_of_a_worker_that_does_not_run_is_not_said_to_run() {
    let project = Project::new(&[(
        "_index.yaml",
        "namespace: t\nentries:\n  - {name: temporal, kind: temporal.client, address: localhost:7233, lifecycle: {auto_start: true}}\n  \
         - {name: worker, kind: temporal.worker, client: temporal, task_queue: q}\n  \
         - name: flow\n    kind: workflow.lua\n    source: return { main = function() end }\n    method: main\n    \
         meta: {temporal: {workflow: {worker: worker}}}\n",
    )]);
    let mut dev = dev(&project, &[]);
    dev.wait_for("Watching");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.contains("warn workflow  t:flow"), "{}", dev.said);
    assert!(!dev.said.contains("Try:"), "{}", dev.said);
}

#[test]
fn what_is_part_of_several_workers_runs_where_one_of_them_does() {
    let project = Project::new(&[(
        "_index.yaml",
        "namespace: t\nentries:\n  - {name: temporal, kind: temporal.client, address: localhost:7233, lifecycle: {auto_start: true}}\n  \
         - {name: asleep, kind: temporal.worker, client: temporal, task_queue: a}\n  \
         - {name: awake, kind: temporal.worker, client: temporal, task_queue: b, lifecycle: {auto_start: true}}\n  \
         - name: work\n    kind: function.lua\n    source: return { main = function() end }\n    method: main\n    \
         meta: {temporal: {activity: {worker: [asleep, awake]}}}\n",
    )]);
    let mut dev = dev(&project, &[]);
    dev.wait_for("Watching");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.contains("ok activity  t:work"), "{}", dev.said);
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
fn a_run_that_is_renewed_in_its_first_task_is_followed_to_the_end() {
    let flow = "local workflow = require(\"workflow\")\n\
                return { main = function(round)\n\
                    if round < 3 then workflow.continue_as_new(round + 1) end\n\
                    return round\n\
                end }\n";
    let project = project(flow);
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--input", "1", "--exit"]);
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_eq!(steps(&dev.said).lines().last(), Some("completed  3"), "{}", dev.said);
}

#[test]
fn an_error_in_lua_is_shown_where_it_is_and_a_fixed_file_heals_the_run() {
    let orders = Project::example("orders");
    let pricing = repository::read(Path::new("examples/orders/pricing.lua"));
    orders.write("pricing.lua", &pricing.replace("local total = 0", "local total = nil"));
    let mut dev = dev(&orders, &["--start", "orders:order", "--id", "order-1", "--input", &order(), "--exit"]);
    dev.wait_for("error[lua-error]: attempt to perform arithmetic (add) on nil and number");
    dev.wait_for("--> pricing.lua:8:17");
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
fn a_run_that_is_under_way_keeps_its_code_and_a_new_one_takes_the_new() {
    let project = project(&FLOW.replace("WORD", "old"));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("→ \"first!\"");
    project.write("flow.lua", &FLOW.replace("WORD", "new"));
    dev.wait_for("Reloaded. New runs take the new code, open runs keep theirs.");
    let begun = metonic(project.path(), ["start", "t:flow", "--id", "flow-2"]);
    assert_eq!(begun.code, Some(0), "{begun}");
    for run in ["flow-2", "flow-1"] {
        let told = metonic(project.path(), ["workflow", "signal", run, "go", "1"]);
        assert_eq!(told.code, Some(0), "{told}");
        if run == "flow-2" {
            let result = metonic(project.path(), ["workflow", "result", run]);
            assert_eq!(result.stdout.trim(), r#"["first!",1,"new"]"#, "{result}");
        }
    }
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_snapshot!(steps(&dev.said), @r#"
    started
    t:work  → "first!"
    signal go  1
    completed  ["first!",1,"old"]
    "#);
}

#[test]
fn a_mended_file_heals_a_run_whose_commands_were_refused() {
    let flow = |options: &str| {
        format!(
            "local workflow = require(\"workflow\")\n\
             return {{ main = function()\n\
                 if workflow.info().workflow_id ~= \"flow-1\" then return \"child\" end\n\
                 process.listen(\"go\"):receive()\n\
                 return workflow.with_options({{ {options} }}):exec(\"t:flow\")\n\
             end }}\n"
        )
    };
    let project = project(&flow("cron_schedule = \"0 9 * * *\""));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("started");
    let told = metonic(project.path(), ["workflow", "signal", "flow-1", "go", "1"]);
    assert_eq!(told.code, Some(0), "{told}");
    dev.wait_for("the local engine does not know `cron_schedule`");
    dev.wait_for("note: workflow t:flow, id flow-1, run ");
    project.write("flow.lua", &flow("id = \"child\""));
    dev.wait_for("Reloaded.");
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert_eq!(steps(&dev.said).lines().last(), Some("completed  \"child\""), "{}", dev.said);
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

/// Two workers: one that lets its work go on for ten minutes when it is stopped, one that does not.
const PATIENT: &str = r#"
namespace: t
entries:
  - {name: temporal, kind: temporal.client, address: "127.0.0.1:1", lifecycle: {auto_start: true}}
  - name: patient
    kind: temporal.worker
    client: temporal
    task_queue: patient
    worker_options: {worker_stop_timeout: 10m}
    lifecycle: {auto_start: true, stop_timeout: 11m}
  - name: hasty
    kind: temporal.worker
    client: temporal
    task_queue: hasty
    worker_options: {worker_stop_timeout: 1ms}
    lifecycle: {auto_start: true}
  - {name: flow, kind: workflow.lua, source: "file://flow.lua", modules: [funcs], meta: {temporal: {workflow: {worker: hasty}}}}
  - {name: long, kind: function.lua, source: "file://long.lua", modules: [logger, time], meta: {temporal: {activity: {worker: patient}}}}
  - {name: short, kind: function.lua, source: "file://long.lua", modules: [logger, time], meta: {temporal: {activity: {worker: hasty}}}}
"#;

#[test]
fn a_reload_that_waits_for_work_is_ended_by_two_signals() {
    let flow = "local funcs = require(\"funcs\")\n\
                return function()\n\
                    coroutine.spawn(function() funcs.call(\"t:long\") end)\n\
                    return funcs.call(\"t:short\")\n\
                end\n";
    let long = "local logger, time = require(\"logger\"), require(\"time\")\n\
                return function()\n\
                    logger:info(\"Begun.\")\n\
                    time.sleep(\"1h\")\n\
                    logger:info(\"Told to end.\")\n\
                end\n";
    let project = Project::new(&[("_index.yaml", PATIENT), ("flow.lua", flow), ("long.lua", long)]);
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1"]);
    dev.wait_for("Begun.");
    dev.wait_for("Begun.");
    project.write("long.lua", &long.replace("1h", "2h"));
    // The reload has begun, and waits for the other worker.
    dev.wait_for("Told to end.");
    dev.signal("INT");
    dev.wait_for("Stopping; a second signal ends it at once.");
    dev.signal("INT");
    assert_eq!(dev.end(), Some(130), "{}", dev.said);
}

#[test]
fn code_that_asks_for_something_else_is_shown_and_taken_back() {
    let project = project(&FLOW.replace("\"WORD\"", "nothing.at_all"));
    let mut dev = dev(&project, &["--start", "t:flow", "--id", "flow-1", "--exit"]);
    dev.wait_for("→ \"first!\"");
    let output = metonic(project.path(), ["workflow", "signal", "flow-1", "go", "1"]);
    assert_eq!(output.code, Some(0), "{output}");
    // A run whose task failed takes the code that is there.
    dev.wait_for("error[lua-error]");
    project.write("flow.lua", &FLOW.replace("funcs.call(\"t:work\", \"first\")", "require(\"time\").sleep(\"1s\")"));
    dev.wait_for("error[non-determinism]");
    project.write("flow.lua", &FLOW.replace("WORD", "new"));
    assert_eq!(dev.end(), Some(0), "{}", dev.said);
    assert!(dev.said.contains(r#"["first!",1,"new"]"#), "{}", dev.said);
}
