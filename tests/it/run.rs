//! `metonic run`: refuses what is wrong, tries again what is not there, ends when it is told to.

use insta::assert_snapshot;

use crate::support::{Project, Running, metonic};

/// A project of one client that nobody answers.
fn lonely() -> Project {
    let entries = "namespace: app\nentries:\n  - name: temporal\n    kind: temporal.client\n    address: 127.0.0.1:1\n    \
                   lifecycle: {auto_start: true}\n";
    Project::new(&[("_index.yaml", entries)])
}

#[test]
fn a_folder_that_is_not_there_is_no_project() {
    let project = Project::new(&[]);
    assert_snapshot!(metonic(project.path(), ["run", "orders"]), @r"
    --- stderr
    error[no-project]: there is no folder `orders`
     |
     = help: name the folder that holds your entry files, as in `metonic dev examples/orders`

    --- exit 78
    ");
}

#[test]
fn a_folder_without_entries_is_not_run() {
    let project = Project::new(&[("notes.yaml", "milk: 1\n")]);
    assert_snapshot!(metonic(project.path(), ["run"]), @r"
    --- stderr
    error[no-entries]: the project has no entries: no YAML or JSON file has a `namespace`
     |
     = help: name the folder that holds your entry files, or write one: `metonic explain no-entries`

    FAIL 1 error, 0 warnings in 0 files (0 entries)   more: metonic explain no-entries
    --- exit 78
    ");
}

#[test]
fn everything_wrong_is_said_and_nothing_starts() {
    let project = Project::new(&[
        (
            "a.yaml",
            "namespace: app\nentries:\n  - name: worker\n    kind: temporal.worker\n    client: app:temporl\n    \
             task_queue: q\n  - name: temporal\n    kind: temporal.client\n    address: localhost:7233\n",
        ),
        ("b.yaml", "namespace: app\nentries:\n  - name: flow\n    kind: workflow.luau\n"),
    ]);
    assert_snapshot!(metonic(project.path(), ["run", "."]), @r"
    --- stderr
    error[unknown-reference]: no entry is called `app:temporl`
     --> a.yaml:5:13
      |
    5 |     client: app:temporl
      |             ^^^^^^^^^^^ nothing registered under this id
      |
    help: did you mean `app:temporal`?
      |
    5 |     client: app:temporal
      |                       +

    error[unknown-kind]: no kind of entry is called `workflow.luau`
     --> b.yaml:4:11
      |
    4 |     kind: workflow.luau
      |           ^^^^^^^^^^^^^ unknown kind
      |
    help: did you mean `workflow.lua`?
      |
    4 -     kind: workflow.luau
    4 +     kind: workflow.lua
      |

    FAIL 2 errors, 0 warnings in 2 files (3 entries)   more: metonic explain unknown-reference   fix: metonic check --fix
    --- exit 78
    ");
}

#[test]
fn a_server_that_does_not_answer_in_time_is_unavailable() {
    let project = lonely();
    let output = metonic(project.path(), ["run", "--connect-timeout", "300ms", "--log-level", "error"]);
    assert_eq!(output.code, Some(69), "{output}");
    assert!(output.stderr.contains("The project does not run in time."), "{output}");
}

#[test]
fn a_client_that_cannot_connect_tries_again_until_it_is_told_to_stop() {
    let project = lonely();
    let mut running = Running::start(project.path(), ["run"]);
    running.wait_for("\"attempt\":1");
    running.wait_for("\"attempt\":2");
    running.signal("TERM");
    assert_eq!(running.end(), Some(0), "{}", running.said);
    assert!(running.said.contains("\"message\":\"Draining.\",\"signal\":\"SIGTERM\""), "{}", running.said);
    assert!(running.said.contains("\"message\":\"Stopped.\""), "{}", running.said);
}

#[test]
fn stdout_holds_no_talk() {
    let project = lonely();
    let output = metonic(project.path(), ["run", "--connect-timeout", "1ms"]);
    assert_eq!(output.stdout, "");
}

#[test]
fn files_are_named_as_a_check_names_them() {
    let project = Project::new(&[("shop/a.yaml", "namespace: app\nentries:\n  - {name: c, kind: nothing}\n")]);
    let of = |command: &str| {
        let output = metonic(project.path(), [command, "shop"]);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("--> shop/a.yaml:3:"), "{said}");
        said
    };
    assert_eq!(of("run"), of("check"));
}
