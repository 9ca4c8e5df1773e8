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
    ops::{self, Prepared},
    temporal::{RunEnd, UpdateCall, Updated},
    value::{Failure, Value},
};

/// The query that every SDK answers with what its code waits for.
const STACK: &str = "__stack_trace";

pub(super) fn query(query: Query, environment: Environment) -> io::Result<Exit> {
    let Query { run, name, input, reject_condition } = query;
    on_runs(&run.server, environment, async |runs| {
        let arguments = values(&input.all())?;
        let answer = runs.query(&run.key(), &name, &arguments, reject_condition.map(Into::into)).await;
        let answer = answer.map_err(|error| Trouble::refused("queried", &run.id, error))?;
        output::data(answer.to_json())?;
        Ok(Exit::Done)
    })
}

pub(super) fn stack(run: RunArguments, environment: Environment) -> io::Result<Exit> {
    on_runs(&run.server, environment, async |runs| {
        let answer = runs.query(&run.key(), STACK, &[], None).await;
        let answer = answer.map_err(|error| Trouble::refused("queried", &run.id, error))?;
        output::data(answer.as_text().map_or_else(|| answer.to_json(), str::to_owned))?;
        Ok(Exit::Done)
    })
}

pub(super) fn update(update: Update, environment: Environment) -> io::Result<Exit> {
    let Update { run, start, name, input, update_id, wait_for, result, output: shown } = update;
    in_project(&run.server, environment, async |cx| {
        let reach = ops::reach(cx, run.server.client.as_deref());
        let refused = |error| Trouble::refused("updated", &run.id, error);
        if let (true, Some(id)) = (result, &update_id) {
            let outcome = reach.await?.update_outcome(&run.key(), id).await;
            return told(
                outcome.map_err(|error| Trouble::refused("asked for the update", &run.id, error))?,
                shown.format,
            );
        }
        let arguments = values(&input.all())?;
        let name = name.as_deref().unwrap_or_default();
        let update = UpdateCall { name, id: update_id.as_deref(), arguments: &arguments, until: wait_for.into() };
        let updated = match start.of(&run.id)? {
            None => reach.await?.update(&run.key(), &update).await,
            Some(input) => {
                let Prepared { runs, request, .. } = ops::prepare_start(cx, input).await?;
                runs.update_with_start(request, &update).await
            }
        };
        let Updated { id, outcome } = updated.map_err(refused)?;
        match outcome {
            Some(outcome) => told(outcome, shown.format),
            None => {
                match shown.format {
                    OutputFormat::Text => output::data(format_args!("the update {id} is accepted"))?,
                    OutputFormat::Json => output::data(json!({ "updateId": id, "stage": "accepted" }))?,
                }
                Ok(Exit::Done)
            }
        }
    })
}

/// What became of an update.
fn told(outcome: Result<Value, Box<Failure>>, format: OutputFormat) -> Result<Exit, Trouble> {
    match outcome {
        Ok(value) => {
            answered(&value, format)?;
            Ok(Exit::Done)
        }
        Err(failure) => failed(&failure, format),
    }
}

pub(super) fn result(arguments: ResultArguments, environment: Environment) -> io::Result<Exit> {
    let ResultArguments { run, output: shown } = arguments;
    on_runs(&run.server, environment, async |runs| {
        let end = runs.result(&run.key()).await.map_err(|error| Trouble::refused("waited for", &run.id, error))?;
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
