//! What the group of commands says of itself.

use insta::assert_snapshot;

use crate::support::{Project, metonic};

fn help(arguments: &[&str]) -> String {
    metonic(Project::new(&[]).path(), ["workflow"].iter().chain(arguments).chain(&["--help"])).to_string()
}

/// The same without the flags that every command has.
fn own_help(arguments: &[&str]) -> String {
    let text = help(arguments);
    let (own, common) = text.split_once("      --log-format <FORMAT>").expect("every command can log");
    assert!(common.ends_with("Print help\n--- exit 0"), "{text}");
    own.trim_end().to_owned()
}

#[test]
fn the_group_lists_its_commands() {
    assert_snapshot!(help(&[]), @r"
    Runs of workflows, by their ids: watch, pause, export

    Usage: metonic workflow [OPTIONS] <COMMAND>

    Commands:
      list       Lists runs, the newest first
      count      Counts runs
      describe   Shows what the server knows of a run, and what the run waits for
      watch      Shows what moves about a run, until it ends: 0 if it completed, else 1
      result     Waits for the end of a run and prints its result
      signal     Sends a signal
      query      Asks a run something and prints its answer
      update     Updates a run and prints what its handler gives
      stack      Prints what a run's code waits for
      pause      Holds a run: none of its code runs and no activity begins until it is let go
      unpause    Lets a run go on that was held
      cancel     Asks a run to end; its code decides how
      terminate  Ends a run; its code is not told
      export     Writes the history of a run, as `metonic replay` reads it, or the decisions in it

    Options:
          --log-format <FORMAT>  How log lines look: text on a terminal and JSON otherwise, or always
                                 one of them [env: METONIC_LOG_FORMAT=] [default: auto] [possible
                                 values: auto, text, json]
          --log-level <LEVEL>    What is logged: a level, or levels by target, as in `info,hyper=warn`
                                 [env: METONIC_LOG_LEVEL=]
          --color <WHEN>         Whether output has colour [env: METONIC_COLOR=] [default: auto]
                                 [possible values: auto, always, never]
      -h, --help                 Print help
    --- exit 0
    ");
}

#[test]
fn a_command_about_a_run_lists_its_flags() {
    assert_snapshot!(own_help(&["export"]), @r"
    Writes the history of a run, as `metonic replay` reads it, or the decisions in it

    Usage: metonic workflow export [OPTIONS] <ID>

    Arguments:
      <ID>  The workflow's id

    Options:
      -r, --run-id <RUN>         One of the runs of that id; without it the latest
      -C, --project <DIR>        The folder of the project [env: METONIC_PROJECT=] [default: .]
          --client <ENTRY>       The connection's entry, as in `app:temporal`; needed if the project has
                                 several
          --engine <ENGINE>      Who is asked: the Temporal server, or the process that runs the project
                                 with the local engine; without it that process if there is one [env:
                                 METONIC_ENGINE=] [possible values: temporal, local]
      -o, --output <FILE>        The file to write; without it, stdout
          --audit                Lists the decisions instead: who started it, told it and changed it,
                                 what its activities led to, how it ended
          --format <FORMAT>      How the list is written [default: text] [possible values: text, json]
          --no-payloads          Leaves out what the run was given and gave
    ");
    assert_snapshot!(own_help(&["watch"]), @r"
    Shows what moves about a run, until it ends: 0 if it completed, else 1

    Usage: metonic workflow watch [OPTIONS] <ID>

    Arguments:
      <ID>  The workflow's id

    Options:
      -r, --run-id <RUN>         One of the runs of that id; without it the latest
      -C, --project <DIR>        The folder of the project [env: METONIC_PROJECT=] [default: .]
          --client <ENTRY>       The connection's entry, as in `app:temporal`; needed if the project has
                                 several
          --engine <ENGINE>      Who is asked: the Temporal server, or the process that runs the project
                                 with the local engine; without it that process if there is one [env:
                                 METONIC_ENGINE=] [possible values: temporal, local]
          --interval <DURATION>  How often to look at what the history does not tell [default: 1s]
      -o, --output <FORMAT>      How the answer is written [env: METONIC_OUTPUT=] [default: text]
                                 [alias: --format] [possible values: text, json]
    ");
}
