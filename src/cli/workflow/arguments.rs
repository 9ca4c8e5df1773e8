//! The arguments of `metonic workflow`.

use clap::{Args, Subcommand};

use crate::cli::arguments::{OutputOption, ProjectOption};

#[derive(Args, Debug)]
pub(in crate::cli) struct Workflow {
    #[command(subcommand)]
    pub(super) command: WorkflowCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum WorkflowCommand {
    /// Holds a run: none of its code runs and no activity begins until it is let go.
    Pause(Hold),
    /// Lets a run go on that was held.
    Unpause(Hold),
}

/// The server that the runs are on.
#[derive(Args, Debug)]
pub(super) struct ServerOptions {
    #[command(flatten)]
    pub(super) project: ProjectOption,
    /// The connection's entry, as in `app:temporal`; needed if the project has several.
    #[arg(long, value_name = "ENTRY")]
    pub(super) client: Option<String>,
}

/// One run.
#[derive(Args, Debug)]
pub(super) struct RunArguments {
    /// The workflow's id.
    #[arg(value_name = "ID")]
    pub(super) id: String,
    /// One of the runs of that id; without it the latest.
    #[arg(long, short, value_name = "RUN")]
    pub(super) run_id: Option<String>,
    #[command(flatten)]
    pub(super) server: ServerOptions,
}

#[derive(Args, Debug)]
pub(super) struct Hold {
    #[command(flatten)]
    pub(super) run: RunArguments,
    /// Why; kept in the history.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(super) reason: String,
    #[command(flatten)]
    pub(super) output: OutputOption,
}
