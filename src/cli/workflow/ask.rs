//! `metonic workflow query`, `update`, `result` and `stack`: what a run answers.

use std::io;

use serde_json::json;

use super::{
    arguments::{Query, ResultArguments, RunArguments, Update},
    in_project, on_runs,
    trouble::Trouble,
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, shown::values, step_json},
    ops::{self, Prepared, Runs},
    temporal::{RunEnd, RunKey, UpdateCall},
    value::{Failure, Value},
};

/// The query that every SDK answers with what its code waits for.
const STACK: &str = "__stack_trace";

pub(super) fn query(query: Query, environment: Environment) -> io::Result<Exit> {
    let Query { run, name, input } = query;
    on_runs(&run.server, environment, async |runs| {
        let arguments = values(&input.all())?;
        let answer = runs.query(&run.key(), &name, &arguments).await;
        let answer = answer.map_err(|error| Trouble::refused("queried", &run.id, error))?;
        output::data(answer.to_json())?;
        Ok(Exit::Done)
    })
}

pub(super) fn stack(run: RunArguments, environment: Environment) -> io::Result<Exit> {
    on_runs(&run.server, environment, async |runs| {
        let answer = runs.query(&run.key(), STACK, &[]).await;
        let answer = answer.map_err(|error| Trouble::refused("queried", &run.id, error))?;
        output::data(answer.as_text().map_or_else(|| answer.to_json(), str::to_owned))?;
        Ok(Exit::Done)
    })
}

pub(super) fn update(update: Update, environment: Environment) -> io::Result<Exit> {
    let Update { run, start, name, input, update_id, output: shown } = update;
    in_project(&run.server, environment, async |cx| {
        let arguments = values(&input.all())?;
        let update = UpdateCall { name: &name, id: update_id.as_deref(), arguments: &arguments };
        let answer = match start.of(&run.id)? {
            None => ops::reach(cx, run.server.client.as_deref()).await?.update(&run.key(), &update).await,
            Some(input) => {
                let Prepared { runs, request, .. } = ops::prepare_start(cx, input).await?;
                runs.update_with_start(request, &update).await
            }
        };
        match answer.map_err(|error| Trouble::refused("updated", &run.id, error))? {
            Ok(value) => {
                answered(&value, shown.format)?;
                Ok(Exit::Done)
            }
            Err(failure) => failed(&failure, shown.format),
        }
    })
}

pub(super) fn result(arguments: ResultArguments, environment: Environment) -> io::Result<Exit> {
    let ResultArguments { run, output: shown } = arguments;
    on_runs(&run.server, environment, async |runs| {
        let end = last_end(&runs, run.key()).await?;
        let exit = if matches!(end, RunEnd::Completed(_)) { Exit::Done } else { Exit::Problems };
        if shown.format == OutputFormat::Json {
            output::data(serde_json::Value::Object(step_json::ending(&end)))?;
            return Ok(exit);
        }
        match &end {
            RunEnd::Completed(value) => answered(value, shown.format)?,
            RunEnd::Failed(failure) => return failed(failure, shown.format),
            RunEnd::Canceled => output::talk("error: the run was canceled"),
            RunEnd::Terminated(reason) if reason.is_empty() => output::talk("error: the run was terminated"),
            RunEnd::Terminated(reason) => output::talk(format_args!("error: the run was terminated: {reason}")),
            RunEnd::TimedOut => output::talk("error: the run timed out"),
            RunEnd::ContinuedAsNew { run_id, .. } => {
                output::talk(format_args!("error: the run goes on as the run {run_id}"));
            }
        }
        Ok(exit)
    })
}

/// Waits for the end, through the runs that continue each other.
async fn last_end(runs: &Runs, mut run: RunKey) -> Result<RunEnd, Trouble> {
    loop {
        let end = runs.result(&run).await.map_err(|error| Trouble::refused("waited for", &run.workflow_id, error))?;
        match end {
            RunEnd::ContinuedAsNew { run_id, .. } if !run_id.is_empty() => run.run_id = run_id,
            end => return Ok(end),
        }
    }
}

fn answered(value: &Value, format: OutputFormat) -> io::Result<()> {
    match format {
        OutputFormat::Text => output::data(value.to_json()),
        OutputFormat::Json => output::data(json!({ "result": value })),
    }
}

/// What went wrong in the run's own code, as `metonic call` tells it.
fn failed(failure: &Failure, format: OutputFormat) -> Result<Exit, Trouble> {
    match format {
        OutputFormat::Json => output::data(json!({ "failure": step_json::failure(failure) }))?,
        OutputFormat::Text if failure.kind.is_empty() => output::talk(format_args!("error: {}", failure.message)),
        OutputFormat::Text => output::talk(format_args!("error: {}: {}", failure.kind, failure.message)),
    }
    Ok(Exit::Problems)
}
