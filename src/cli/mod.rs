//! The command line: parses, asks, prints.
//!
//! Each command is a file. A command answers with an [`Exit`]; what it cannot write to stdout is
//! the one error that all share, and a reader that has gone away is none.

mod arguments;
mod banner;
mod call;
mod check;
mod completions;
mod config;
mod dev;
mod engine;
mod entries;
mod exit;
mod explain;
mod failing;
mod metrics;
mod output;
mod polls;
mod problems;
mod replay;
mod run;
mod schema;
mod service;
mod shown;
mod start;
mod start_options;
mod step_json;
mod steps;
mod style;
mod told;
mod version;
mod visible;
mod workflow;

use std::{io, panic, process::ExitCode};

use clap::Parser;

use arguments::{Arguments, Command, Config, ConfigCommand, Talk};
use exit::Exit;

use crate::{app::Environment, telemetry};

/// What is logged by commands that answer and end.
const QUIET: &str = "warn,temporalio_client=error,temporalio_sdk_core=error";

/// Runs the command line and gives its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to stdout and is no error; nobody reading it is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    let environment = Environment::read();
    output::set_colour(arguments.talk.color);
    if let Err(error) = start_logs(&arguments.talk, &arguments.command, &environment) {
        output::talk(format_args!("error: {error}"));
        return Exit::Usage.into();
    }
    telemetry::say_that_it_is_our_fault();
    let answer = panic::catch_unwind(panic::AssertUnwindSafe(|| dispatch(arguments.command, environment)));
    match answer {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Ok(Err(error)) => {
            output::talk(format_args!("error: stdout cannot be written: {error}"));
            Exit::Problems
        }
        // The hook has said all there is to say.
        Err(_) => Exit::Bug,
    }
    .into()
}

fn dispatch(command: Command, environment: Environment) -> io::Result<Exit> {
    match command {
        Command::Run(run) => run::run(run, environment),
        Command::Dev(dev) => dev::run(dev, environment),
        Command::Check(check) => check::run(check, environment),
        Command::Config(Config { command: ConfigCommand::Show(show) }) => config::show(show, environment),
        Command::Entries(entries) => entries::run(entries, environment),
        Command::Schema(schema) => schema::run(schema),
        Command::Explain(explain) => explain::run(explain),
        Command::Start(start) => start::run(start, environment),
        Command::Stop(stop) => service::stop(stop),
        Command::Call(call) => call::run(call, environment),
        Command::Replay(replay) => replay::run(replay, environment),
        Command::Workflow(workflow) => workflow::run(workflow, environment),
        Command::Version(version) => version::run(version),
        Command::Completions(completions) => completions::run(completions),
    }
}

/// Runs what waits for others. What is left when it has answered is not waited for.
fn block_on(answer: impl Future<Output = io::Result<Exit>>) -> io::Result<Exit> {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::talk(format_args!("error: the operating system gives no threads: {error}"));
            return Ok(Exit::Unavailable);
        }
    };
    let exit = runtime.block_on(answer);
    runtime.shutdown_background();
    exit
}

fn start_logs(talk: &Talk, command: &Command, environment: &Environment) -> Result<(), telemetry::FilterError> {
    let usual = match command {
        Command::Run(_) => telemetry::DEFAULT_LEVEL,
        Command::Dev(_) => dev::LOG_LEVEL,
        _ => QUIET,
    };
    let level = talk.log_level.as_deref().or_else(|| environment.get("RUST_LOG")).unwrap_or(usual);
    telemetry::start(talk.log_format.into(), level, output::talk_look().color)
}
