//! Services by command: `metonic start` and `metonic stop` tell the process that runs the project.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Parts, Project, Running, Scenario, metonic, server};

const FLOW: &str = "return { main = function() return \"done\" end }";

/// A project of one client that nobody answers, and of a worker of it.
fn lonely() -> Project {
    let entries = "namespace: app\nentries:\n  - {name: temporal, kind: temporal.client, address: \"127.0.0.1:1\", \
                   lifecycle: {restart: {initial_delay: 1h, max_delay: 1h}}}\n  \
                   - {name: worker, kind: temporal.worker, client: temporal, task_queue: q}\n";
    Project::new(&[("_index.yaml", entries)])
}

#[test]
fn a_worker_that_does_not_start_by_itself_polls_once_it_is_told_to() {
    let mut scenario = Scenario::started_by_command("by-command", Parts { flow: FLOW, ..Parts::default() });
    let id = scenario.begin(&[]);
    assert_eq!(server().pollers("by-command"), 0);
    assert_snapshot!(metonic(scenario.folder(), ["start", "t:worker"]), @r"
    t:worker is running
    --- exit 0
    ");
    assert_eq!(scenario.end(&id), Ok(json!("done")));
    assert_snapshot!(metonic(scenario.folder(), ["start", "t:worker"]), @r"
    t:worker is running already
    --- exit 0
    ");
    assert_snapshot!(metonic(scenario.folder(), ["stop", "t:worker", "-o", "json"]), @r#"
    {"entry":"t:worker","outcome":"stopped","already":false}
    --- exit 0
    "#);
    scenario.process().wait_for("Stopped by command.");
    assert_snapshot!(metonic(scenario.folder(), ["stop", "t:worker"]), @r"
    t:worker does not run
    --- exit 0
    ");
}

#[test]
fn without_a_process_one_is_told_how_to_start_it() {
    let project = lonely();
    assert_snapshot!(metonic(project.path(), ["start", "app:worker"]), @r"
    --- stderr
    error: no process runs the project `.`: start one with `metonic run .`
    --- exit 69
    ");
}

#[test]
fn the_socket_of_a_killed_process_is_no_process() {
    let project = lonely();
    let mut first = Running::start(project.path(), ["run", "--log-format", "text"]);
    first.wait_for("Started.");
    first.signal("KILL");
    first.end();
    assert_eq!(metonic(project.path(), ["stop", "app:worker"]).code, Some(69));
    let mut second = Running::start(project.path(), ["run", "--log-format", "text"]);
    second.wait_for("Started.");
    assert_eq!(metonic(project.path(), ["stop", "app:worker"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn of_a_process_whose_socket_is_gone_one_is_told_that_it_runs() {
    let project = lonely();
    let mut first = Running::start(project.path(), ["run", "--log-format", "text"]);
    first.wait_for("Started.");
    std::fs::remove_file(project.path().join(".metonic/control.sock")).unwrap();
    assert_snapshot!(metonic(project.path(), ["stop", "app:worker"]), @r"
    --- stderr
    error: a process runs the project `.`, and its control socket is gone: it can be neither told nor asked anything; end it and start it anew with `metonic run .`
    --- exit 69
    ");
}

#[test]
fn the_first_process_of_a_project_is_the_one_that_is_told() {
    let project = lonely();
    let mut first = Running::start(project.path(), ["run", "--log-format", "text"]);
    first.wait_for("Started.");
    let mut second = Running::start(project.path(), ["run", "--log-format", "text"]);
    second.wait_for("another process runs this project");
    second.signal("TERM");
    assert_eq!(second.end(), Some(0), "{}", second.said);
    assert_eq!(metonic(project.path(), ["stop", "app:worker"]).code, Some(0));
}

#[test]
fn another_process_of_a_project_is_told_once_the_first_has_ended() {
    let project = lonely();
    let mut first = Running::start(project.path(), ["run", "--log-format", "text"]);
    first.wait_for("Started.");
    let mut second = Running::start(project.path(), ["run", "--log-format", "text"]);
    second.wait_for("another process runs this project");
    first.signal("TERM");
    assert_eq!(first.end(), Some(0), "{}", first.said);
    second.wait_for("this one is told from now on");
    assert_eq!(metonic(project.path(), ["stop", "app:worker"]).code, Some(0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_project_in_a_folder_with_a_long_path_is_told_as_well() {
    let project = lonely();
    let long = project.path().join("long".repeat(40));
    std::fs::create_dir(&long).unwrap();
    std::fs::rename(project.path().join("_index.yaml"), long.join("_index.yaml")).unwrap();
    let mut running = Running::start(&long, ["run", "--log-format", "text"]);
    running.wait_for("Started.");
    assert_snapshot!(metonic(&long, ["stop", "app:worker"]), @r"
    app:worker does not run
    --- exit 0
    ");
}

#[test]
fn a_start_that_meets_trouble_says_which_and_ends_nothing() {
    let project = lonely();
    let mut running = Running::start(project.path(), ["run", "--log-format", "text"]);
    running.wait_for("Started.");
    let output = metonic(project.path(), ["start", "app:worker"]);
    assert_eq!(output.code, Some(1), "{output}");
    let begins = "error: `app:worker` does not run yet: waiting: app:temporal (retry 1 in ";
    assert!(output.stderr.starts_with(begins), "{output}");
    assert_eq!(metonic(project.path(), ["stop", "app:worker"]).code, Some(0));
}

#[test]
fn what_is_no_service_is_refused_by_name() {
    let project = lonely();
    let mut running = Running::start(project.path(), ["run", "--log-format", "text"]);
    running.wait_for("Started.");
    assert_snapshot!(metonic(project.path(), ["stop", "app:worke"]), @r"
    --- stderr
    error: no entry of the running project is called `app:worke`; did you mean `app:worker`?
    --- exit 2
    ");
    assert_snapshot!(metonic(project.path(), ["start", "app:worker", "{}"]), @r"
    --- stderr
    error: `app:worker` is a `temporal.worker`: it takes no input, no id, no options and no `--wait`
    --- exit 2
    ");
}

#[test]
fn an_edit_of_something_else_leaves_what_was_started_by_command_alone() {
    let scenario = Scenario::written(&server().address(), "by-command-dev", Parts { flow: FLOW, ..Parts::default() });
    let mut scenario = scenario.without_auto_start();
    let mut dev = Running::start(scenario.folder(), ["dev", "--log-format", "text"]);
    dev.wait_for("Watching");
    assert_eq!(metonic(scenario.folder(), ["start", "t:worker"]).code, Some(0));
    scenario.write("more.yaml", "namespace: more\nentries:\n  - {name: note, kind: registry.entry}\n");
    let told = dev.wait_for("Reloaded.");
    assert!(told.contains("added=1 changed=0 removed=0 services=0"), "{told}");
    assert_eq!(scenario.run(&[]), Ok(json!("done")));
}

#[test]
fn a_database_that_cannot_be_opened_is_a_start_that_failed() {
    let entries = "namespace: app\nentries:\n  - name: db\n    kind: db.sql.sqlite\n    file: notes.db\n    \
                   lifecycle: {auto_start: true, restart: {max_attempts: 1}}\n";
    let project = Project::new(&[("_index.yaml", entries), ("notes.db", &"no database ".repeat(100))]);
    let mut running = Running::start(project.path(), ["run", "--log-format", "text"]);
    running.wait_for("service=app:db error=`app:db` cannot be opened: file is not a database");
    assert_eq!(running.end(), Some(69));
}
