//! `metonic workflow export ID`: the history of a run, or the decisions in it.

use std::{fmt::Write as _, io};

use serde_json::{Value as Json, json};

use super::{arguments::ExportArguments, on_runs, trouble::Trouble};
use crate::{
    app::Environment,
    cli::{
        Exit,
        arguments::OutputFormat,
        output, step_json,
        steps::{self, Payloads},
    },
    ops::Runs,
    temporal::{Description, Step, What},
    value::{Value, format_time, redact},
};

/// The width of the columns for what was decided and for its value.
const STEP: usize = 24;
const VALUE: usize = 48;

pub(super) fn run(arguments: ExportArguments, environment: Environment) -> io::Result<Exit> {
    on_runs(&arguments.run.server, environment, async |runs| {
        let text = export(&runs, &arguments).await?;
        match &arguments.file {
            None => output::data(text)?,
            Some(path) => {
                let written = std::fs::write(path, redact(&text).as_bytes());
                written.map_err(|error| Trouble::File { path: path.clone(), error })?;
            }
        }
        Ok(Exit::Done)
    })
}

async fn export(runs: &Runs, arguments: &ExportArguments) -> Result<String, Trouble> {
    let unasked = |error| Trouble::refused("exported", &arguments.run.id, error);
    // The latest run stays the same one for all pages.
    let now = runs.describe(&arguments.run.key()).await.map_err(unasked)?;
    let history = runs.history(&now.row.run).await.map_err(unasked)?;
    if !arguments.audit {
        return history.to_json().map_err(Trouble::Unwritable);
    }
    let decisions: Vec<Step> = history.steps().into_iter().filter(|step| is_decision(&step.what)).collect();
    let payloads = if arguments.no_payloads { Payloads::LeftOut } else { Payloads::Shown };
    Ok(match arguments.format {
        OutputFormat::Text => text(&now, runs.namespace(), &decisions, payloads),
        OutputFormat::Json => json(&now, runs.namespace(), &decisions, payloads).to_string() + "\n",
    })
}

/// The passing of time and what the code broke at are none.
fn is_decision(what: &What) -> bool {
    !matches!(what, What::Timer { .. } | What::TaskFailed { .. } | What::TaskTimedOut)
}

fn text(now: &Description, namespace: &str, decisions: &[Step], payloads: Payloads) -> String {
    let row = &now.row;
    let mut text = format!(
        "{}  {}  run {}  namespace {namespace}  {}\n\n",
        row.workflow_type, row.run.workflow_id, row.run.run_id, row.status
    );
    for step in decisions {
        let described = steps::describe(&step.what, payloads);
        let value = anstream::adapter::strip_str(&described.value).to_string();
        let value = match given(&step.what) {
            [] => value,
            arguments => format!("{} {value}", payloads.list(arguments)),
        };
        let by = step.by.as_ref().map(|by| format!("by {by}")).unwrap_or_default();
        let line = format!(
            "  {}  {:>5}  {:<STEP$}  {value:<VALUE$}  {by}",
            format_time(step.time),
            step.event,
            described.name,
        );
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// What an activity was given, which the steps of a run do not show.
fn given(what: &What) -> &[Value] {
    match what {
        What::Activity { arguments, .. } => arguments,
        _ => &[],
    }
}

fn json(now: &Description, namespace: &str, decisions: &[Step], payloads: Payloads) -> Json {
    let row = &now.row;
    let decisions: Vec<_> = decisions.iter().map(|step| step_json::step(step, payloads == Payloads::Shown)).collect();
    json!({
        "workflowId": row.run.workflow_id,
        "runId": row.run.run_id,
        "type": row.workflow_type,
        "namespace": namespace,
        "status": row.status,
        "decisions": decisions,
    })
}
