//! What all commands have in common: versions, help, usage, colours, completions.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::{Project, command, end_of, metonic};

fn run(arguments: &[&str]) -> String {
    metonic(Project::new(&[]).path(), arguments).to_string()
}

#[test]
fn the_version_is_data() {
    assert_snapshot!(run(&["version"]), @r"
    metonic 0.1.0
    --- exit 0
    ");
    assert_snapshot!(run(&["version", "-o", "json"]), @r#"
    {"name":"metonic","version":"0.1.0"}
    --- exit 0
    "#);
}

#[test]
fn a_command_that_does_not_exist_is_a_usage_error() {
    assert_snapshot!(run(&["chek"]), @r"
    --- stderr
    error: unrecognized subcommand 'chek'

      tip: some similar subcommands exist: 'schema', 'check'

    Usage: metonic [OPTIONS] <COMMAND>

    For more information, try '--help'.
    --- exit 2
    ");
}

#[test]
fn help_lists_the_exit_codes() {
    let help = run(&["--help"]);
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let codes: Vec<&str> = codes.lines().map(str::trim).collect();
    assert_snapshot!(codes.join("\n"), @r"
    0    done
    1    the project has problems, the workflow failed, a history does not fit
    2    the command line is wrong
    69   no Temporal server answers, no process runs the project, an address is taken
    70   a bug in metonic
    78   `run` or `dev` was given a project that cannot be run
    130  ended by a second SIGINT; 143 by a second SIGTERM
    --- exit 0
    ");
}

#[test]
fn a_log_filter_that_is_none_is_a_usage_error() {
    assert_snapshot!(run(&["run", "--log-level", "metonic=loud"]), @r#"
    --- stderr
    error: `metonic=loud` is no log level or filter: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    --- exit 2
    "#);
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = metonic(Project::new(&[]).path(), ["completions", shell]);
        assert_eq!(output.code, Some(0));
        assert!(output.stdout.contains("metonic"), "{shell}");
    }
}

#[test]
fn colour_is_shown_where_it_is_asked_for() {
    let project = Project::new(&[]);
    let output = metonic(project.path(), ["run", "nowhere", "--color", "always"]);
    assert!(output.stderr.contains("\u{1b}["), "{output}");
    let output = metonic(project.path(), ["run", "nowhere"]);
    assert!(!output.stderr.contains("\u{1b}["), "{output}");
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let project = Project::new(&[]);
    let mut command = command(project.path());
    command.args(["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = end_of(child, &command);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_guide_lists_the_same_exit_codes() {
    let guide = crate::support::repository::read(std::path::Path::new("docs/guide/commands.md"));
    let help = run(&["--help"]);
    let (_, codes) = help.split_once("Exit codes:").unwrap();
    for line in codes.lines().filter(|line| line.starts_with("  ") && !line.contains(';')) {
        let (code, means) = line.trim().split_once(' ').unwrap();
        assert!(guide.contains(&format!("| {code} | {} |", means.trim())), "{line}");
    }
}

#[test]
fn the_guide_lists_every_variable_of_the_environment() {
    let guide = crate::support::repository::read(std::path::Path::new("docs/guide/commands.md"));
    let commands =
        ["run", "dev", "check", "start", "stop", "call", "entries", "schema", "replay", "explain", "version"];
    let groups = [["workflow", "list"], ["workflow", "watch"], ["workflow", "export"]];
    let commands = commands.map(|command| vec![command]).into_iter().chain(groups.map(Vec::from));
    for mut command in commands {
        command.push("--help");
        let help = run(&command);
        for variable in help.split("[env: ").skip(1).filter_map(|rest| rest.split_once('=')).map(|(name, _)| name) {
            assert!(guide.contains(&format!("`{variable}`")), "{command:?}: {variable}");
        }
    }
}
