//! The command line as clap sees it: flags, values, help.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint, builder::NonEmptyStringValueParser};

use super::{exit::CODES, start_options::StartOptions, workflow::Workflow};
use crate::{
    app::{self, scrape_address},
    telemetry,
    value::parse_duration,
};

/// Runs durable workflows: declared in YAML, written in Lua, kept by Temporal.
#[derive(Debug, Parser)]
#[command(name = "metonic", version, after_help = CODES, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) talk: Talk,
}

/// How the process talks.
#[derive(Args, Clone, Debug)]
pub(super) struct Talk {
    /// How log lines look: text on a terminal and JSON otherwise, or always one of them.
    #[arg(long, global = true, env = "METONIC_LOG_FORMAT", value_name = "FORMAT", default_value = "auto")]
    pub(super) log_format: LogFormat,
    /// What is logged: a level, or levels by target, as in `info,hyper=warn`.
    #[arg(long, global = true, env = "METONIC_LOG_LEVEL", value_name = "LEVEL")]
    pub(super) log_level: Option<String>,
    /// Whether output has colour.
    #[arg(long, global = true, env = "METONIC_COLOR", value_name = "WHEN", default_value = "auto")]
    pub(super) color: Colour,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs a project until it is told to stop.
    Run(Run),
    /// Runs a project for its author: finds or starts a Temporal server, or does without; watches the
    /// files.
    Dev(Dev),
    /// Says everything that is wrong with a project. Needs no network.
    Check(Check),
    /// Starts a workflow; or a service of the project that runs, as a worker.
    Start(Start),
    /// Stops a service of the project that runs.
    Stop(Stop),
    /// Runs of workflows, by their ids: watch, pause, export.
    Workflow(Workflow),
    /// Runs a function once, in this process, without a server.
    Call(Call),
    /// What the settings of a project are.
    Config(Config),
    /// Lists the entries of a project.
    Entries(Entries),
    /// Prints the JSON Schema of entry files.
    Schema(Schema),
    /// Tells whether the code still fits recorded histories.
    Replay(Replay),
    /// Prints the page of a diagnostic or of a kind of entry.
    Explain(Explain),
    /// Prints the version.
    Version(Version),
    /// Prints a script that completes commands in a shell.
    Completions(Completions),
}

#[derive(Args, Debug)]
pub(super) struct Run {
    /// The folder of the project.
    #[arg(value_name = "DIR", env = "METONIC_PROJECT", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) project: PathBuf,
    /// Ends with exit code 69 if the project does not run within this time; else it goes on trying.
    #[arg(long, env = "METONIC_CONNECT_TIMEOUT", value_name = "DURATION", value_parser = duration)]
    pub(super) connect_timeout: Option<std::time::Duration>,
    #[command(flatten)]
    pub(super) engine: EngineOption,
    #[command(flatten)]
    pub(super) metrics: MetricsOption,
}

#[derive(Args, Debug)]
pub(super) struct Dev {
    /// The folder of the project.
    #[arg(value_name = "DIR", env = "METONIC_PROJECT", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) project: PathBuf,
    /// Starts this workflow once the project runs, and shows its steps and result.
    #[arg(long, value_name = "ENTRY")]
    pub(super) start: Option<String>,
    /// The input of that workflow, as JSON.
    #[arg(long, short, value_name = "JSON", requires = "start")]
    pub(super) input: Vec<String>,
    /// The id of that workflow. One that runs already is shown, not started again.
    #[arg(long, visible_alias = "workflow-id", short = 'w', value_name = "ID", requires = "start", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: Option<String>,
    /// Ends once that workflow has ended: 0 if it completed, else 1.
    #[arg(long, requires = "start")]
    pub(super) exit: bool,
    #[command(flatten)]
    pub(super) engine: EngineOption,
    #[command(flatten)]
    pub(super) metrics: MetricsOption,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// The folder of the project.
    #[arg(value_name = "DIR", env = "METONIC_PROJECT", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) project: PathBuf,
    /// How problems are shown.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: CheckFormat,
    /// Ends with exit code 1 if there is a warning, too.
    #[arg(long)]
    pub(super) deny_warnings: bool,
    /// First writes into the files what is suggested, wherever one thing is.
    #[arg(long)]
    pub(super) fix: bool,
}

#[derive(Args, Debug)]
pub(super) struct Start {
    /// The workflow's entry, as in `app:order`; or the service's, as in `app:worker`.
    pub(super) entry: String,
    /// Its input, as JSON; several for several arguments.
    #[arg(value_name = "INPUT")]
    pub(super) arguments: Vec<String>,
    /// Its input, as JSON; several for several arguments.
    #[arg(long, short, value_name = "JSON", conflicts_with = "arguments")]
    pub(super) input: Vec<String>,
    /// A file with its input, as JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arguments", "input"], value_hint = ValueHint::FilePath)]
    pub(super) input_file: Option<PathBuf>,
    /// The workflow's id; one is made if none is given.
    #[arg(long, visible_alias = "workflow-id", short = 'w', value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(super) id: Option<String>,
    /// Waits for the end and shows steps and result.
    #[arg(long)]
    pub(super) wait: bool,
    #[command(flatten)]
    pub(super) options: StartOptions,
    #[command(flatten)]
    pub(super) engine: AskedEngine,
    #[command(flatten)]
    pub(super) project: ProjectOption,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Stop {
    /// The service's entry, as in `app:worker`.
    pub(super) entry: String,
    #[command(flatten)]
    pub(super) project: ProjectOption,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Call {
    /// The function's entry, as in `app:charge`.
    pub(super) entry: String,
    /// Its input, as JSON; several for several arguments.
    #[arg(value_name = "INPUT")]
    pub(super) arguments: Vec<String>,
    /// Its input, as JSON; several for several arguments.
    #[arg(long, short, value_name = "JSON", conflicts_with = "arguments")]
    pub(super) input: Vec<String>,
    #[command(flatten)]
    pub(super) project: ProjectOption,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Config {
    #[command(subcommand)]
    pub(super) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Prints the settings of every entry as they are now, and where each comes from.
    Show(ConfigShow),
}

#[derive(Args, Debug)]
pub(super) struct ConfigShow {
    /// The folder of the project.
    #[arg(value_name = "DIR", env = "METONIC_PROJECT", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) project: PathBuf,
    /// How the settings are written.
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    pub(super) format: ConfigFormat,
}

#[derive(Args, Debug)]
pub(super) struct Entries {
    /// Only those whose kind or id begins with this.
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// The folder of the project.
    #[arg(value_name = "DIR", env = "METONIC_PROJECT", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) project: PathBuf,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Schema {
    /// Writes the schema's files into `registry/schema` of the current folder instead.
    #[arg(long)]
    pub(super) write: bool,
}

#[derive(Args, Debug)]
pub(super) struct Replay {
    /// Histories as JSON, as the Temporal command line, UI and SDKs export them; `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present = "from_server", value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// Replays what the server has of the run with this id instead, so far.
    #[arg(long, value_name = "ID", conflicts_with = "files", value_parser = NonEmptyStringValueParser::new())]
    pub(super) from_server: Option<String>,
    /// One of the runs of that id; without it the latest.
    #[arg(long, short, value_name = "RUN", requires = "from_server")]
    pub(super) run_id: Option<String>,
    /// The connection's entry, as in `app:temporal`; needed if the project has several.
    #[arg(long, value_name = "ENTRY", requires = "from_server")]
    pub(super) client: Option<String>,
    #[command(flatten)]
    pub(super) project: ProjectOption,
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Explain {
    /// A diagnostic, as `unknown-kind`, or a kind, as `temporal.worker`.
    #[arg(value_name = "CODE|KIND")]
    pub(super) topic: String,
}

#[derive(Args, Debug)]
pub(super) struct Version {
    #[command(flatten)]
    pub(super) output: OutputOption,
}

#[derive(Args, Debug)]
pub(super) struct Completions {
    pub(super) shell: clap_complete::Shell,
}

/// Who keeps the runs of a project that is run.
#[derive(Args, Debug)]
pub(super) struct EngineOption {
    /// Who keeps the runs: a Temporal server, or this process alone, which forgets them at its end.
    #[arg(long, env = "METONIC_ENGINE", value_name = "ENGINE", default_value = "temporal")]
    pub(super) engine: Engine,
}

/// Who is asked about runs.
#[derive(Args, Debug)]
pub(super) struct AskedEngine {
    /// Who is asked: the Temporal server, or the process that runs the project with the local engine;
    /// without it that process if there is one.
    #[arg(long, env = "METONIC_ENGINE", value_name = "ENGINE")]
    pub(super) engine: Option<Engine>,
}

#[derive(Args, Debug)]
pub(super) struct ProjectOption {
    /// The folder of the project.
    #[arg(id = "project", long = "project", short = 'C', value_name = "DIR", env = "METONIC_PROJECT", default_value = ".",
        value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct MetricsOption {
    /// Where Prometheus reads metrics: `9464` is `127.0.0.1:9464`, 0 any free port. Off unless given.
    #[arg(long, value_name = "ADDRESS", env = "METONIC_METRICS_ADDRESS", value_parser = scrape_address)]
    pub(super) metrics_address: Option<std::net::SocketAddr>,
}

#[derive(Args, Debug)]
pub(super) struct OutputOption {
    /// How the answer is written.
    #[arg(
        id = "output",
        long = "output",
        short = 'o',
        value_name = "FORMAT",
        env = "METONIC_OUTPUT",
        default_value = "text"
    )]
    pub(super) format: OutputFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    Temporal,
    Local,
}

impl From<Engine> for app::Engine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Temporal => Self::Temporal,
            Engine::Local => Self::Local,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    Human,
    Json,
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ConfigFormat {
    Yaml,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Auto,
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

impl From<LogFormat> for telemetry::LogFormat {
    fn from(format: LogFormat) -> Self {
        match format {
            LogFormat::Auto => Self::Auto,
            LogFormat::Text => Self::Text,
            LogFormat::Json => Self::Json,
        }
    }
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
