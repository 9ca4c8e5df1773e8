//! The arguments of `metonic workflow`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum, ValueHint, builder::NonEmptyStringValueParser};

use super::trouble::Trouble;
use crate::{
    cli::{
        arguments::{AskedEngine, OutputFormat, OutputOption, ProjectOption},
        shown::values,
    },
    ops::StartInput,
    temporal::{RejectCondition, UpdateStage},
    value::parse_duration,
};

/// A server is not asked more often than this.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

#[derive(Args, Debug)]
pub(in crate::cli) struct Workflow {
    #[command(subcommand)]
    pub(super) command: WorkflowCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum WorkflowCommand {
    /// Lists runs, the newest first.
    List(List),
    /// Counts runs.
    Count(Count),
    /// Shows what the server knows of a run, and what the run waits for.
    Describe(Describe),
    /// Shows what moves about a run, until it ends: 0 if it completed, else 1.
    Watch(WatchArguments),
    /// Waits for the end of a run and prints its result.
    Result(ResultArguments),
    /// Sends a signal.
    Signal(Signal),
    /// Asks a run something and prints its answer.
    Query(Query),
    /// Updates a run and prints what its handler gives.
    Update(Update),
    /// Prints what a run's code waits for.
    Stack(RunArguments),
    /// Holds a run: none of its code runs and no activity begins until it is let go.
    Pause(Hold),
    /// Lets a run go on that was held.
    Unpause(Hold),
    /// Asks a run to end; its code decides how.
    Cancel(Hold),
    /// Ends a run; its code is not told.
    Terminate(Hold),
    /// Writes the history of a run, as `metonic replay` reads it, or the decisions in it.
    Export(ExportArguments),
}

/// Where the runs are kept.
#[derive(Args, Debug)]
pub(super) struct ServerOptions {
    #[command(flatten)]
    pub(super) project: ProjectOption,
    /// The connection's entry, as in `app:temporal`; needed if the project has several.
    #[arg(long, value_name = "ENTRY")]
    pub(super) client: Option<String>,
    #[command(flatten)]
    pub(super) engine: AskedEngine,
}

/// One run.
#[derive(Args, Debug)]
pub(super) struct RunArguments {
    /// The workflow's id.
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
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

/// What a message carries.
#[derive(Args, Debug)]
pub(super) struct InputArguments {
    /// Its input, as JSON; several for several arguments.
    #[arg(value_name = "INPUT")]
    arguments: Vec<String>,
    /// Its input, as JSON; several for several arguments.
    #[arg(long, short, value_name = "JSON", conflicts_with = "arguments")]
    input: Vec<String>,
}

impl InputArguments {
    pub(super) fn all(&self) -> Vec<String> {
        [self.arguments.as_slice(), &self.input].concat()
    }
}

/// What to start if no run of the id goes on.
#[derive(Args, Debug)]
pub(super) struct StartFirst {
    /// A workflow's entry, as in `app:order`. If no run of the id goes on, one is started, in the same
    /// request.
    #[arg(id = "start", long = "start", value_name = "ENTRY", conflicts_with_all = ["run_id", "client"])]
    entry: Option<String>,
    /// The input of the run that is started, as JSON; several for several arguments.
    #[arg(id = "start_input", long = "start-input", value_name = "JSON", requires = "start")]
    input: Vec<String>,
}

impl StartFirst {
    /// What starts the run, if that was asked for.
    pub(super) fn of(&self, id: &str) -> Result<Option<StartInput>, Trouble> {
        let Some(entry) = self.entry.clone() else { return Ok(None) };
        let arguments = values(&self.input)?;
        Ok(Some(StartInput { entry, arguments, id: Some(id.to_owned()), attach: true, ..StartInput::default() }))
    }
}

#[derive(Args, Debug)]
pub(super) struct Signal {
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) start: StartFirst,
    /// The signal's name.
    pub(super) name: String,
    #[command(flatten)]
    pub(super) input: InputArguments,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Query {
    #[command(flatten)]
    pub(super) run: RunArguments,
    /// The query's name.
    pub(super) name: String,
    #[command(flatten)]
    pub(super) input: InputArguments,
    /// Does not ask a run that has ended, or one that has ended other than by completing.
    #[arg(long, value_name = "STATE")]
    pub(super) reject_condition: Option<RejectWord>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum RejectWord {
    NotOpen,
    NotCompletedCleanly,
}

impl From<RejectWord> for RejectCondition {
    fn from(word: RejectWord) -> Self {
        match word {
            RejectWord::NotOpen => Self::NotOpen,
            RejectWord::NotCompletedCleanly => Self::NotCompletedCleanly,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Update {
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) start: StartFirst,
    /// The update's name.
    #[arg(required_unless_present = "result")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) input: InputArguments,
    /// Names this update: one that is sent twice is handled once.
    #[arg(long, value_name = "ID")]
    pub(super) update_id: Option<String>,
    /// How far to wait: until the run has accepted or rejected it, or until its handler has answered.
    #[arg(long, visible_alias = "wait-for-stage", value_name = "STAGE", default_value = "completed")]
    pub(super) wait_for: StageWord,
    /// Sends nothing: waits for what becomes of the update that `--update-id` names.
    #[arg(long, requires = "update_id", conflicts_with_all = ["name", "arguments", "input", "start", "wait_for"])]
    pub(super) result: bool,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum StageWord {
    Accepted,
    Completed,
}

impl From<StageWord> for UpdateStage {
    fn from(word: StageWord) -> Self {
        match word {
            StageWord::Accepted => Self::Accepted,
            StageWord::Completed => Self::Completed,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Describe {
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct ResultArguments {
    #[command(flatten)]
    pub(super) run: RunArguments,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct List {
    /// Which, as in `WorkflowType = "app:order" AND ExecutionStatus = "Running"`.
    #[arg(long, short, value_name = "QUERY", default_value = "")]
    pub(super) query: String,
    /// How many at most.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(super) limit: usize,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Count {
    /// Which; with `GROUP BY ExecutionStatus` at its end, how many of each.
    #[arg(long, short, value_name = "QUERY", default_value = "")]
    pub(super) query: String,
    #[command(flatten)]
    pub(super) server: ServerOptions,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct WatchArguments {
    #[command(flatten)]
    pub(super) run: RunArguments,
    /// How often to look at what the history does not tell.
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = interval)]
    pub(super) interval: Duration,
    /// How the answer is written.
    #[arg(
        long = "output",
        visible_alias = "format",
        short = 'o',
        value_name = "FORMAT",
        env = "METONIC_OUTPUT",
        default_value = "text"
    )]
    pub(super) format: OutputFormat,
}

#[derive(Args, Debug)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub(super) run: RunArguments,
    /// The file to write; without it, stdout.
    #[arg(long = "output", short = 'o', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) file: Option<PathBuf>,
    /// Lists the decisions instead: who started it, told it and changed it, what its activities led
    /// to, how it ended.
    #[arg(long)]
    pub(super) audit: bool,
    /// How the list is written.
    #[arg(long, value_name = "FORMAT", default_value = "text", requires = "audit")]
    pub(super) format: OutputFormat,
    /// Leaves out what the run was given and gave.
    #[arg(long, requires = "audit")]
    pub(super) no_payloads: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    match parse_duration(text) {
        Ok(every) if every < SHORTEST_INTERVAL => Err("the shortest is 50ms".to_owned()),
        Ok(every) => Ok(every),
        Err(error) => Err(error.to_string()),
    }
}
