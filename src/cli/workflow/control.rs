//! `metonic workflow pause`, `signal`, `cancel` and their like: something is done to a run, and that
//! is said.

use std::io;

use serde_json::json;

use super::{
    arguments::{Hold, RunArguments, Signal},
    in_project, on_runs,
    trouble::Trouble,
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, shown::values},
    ops::{self, Prepared},
};

pub(super) fn pause(hold: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = hold;
    on_runs(&run.server, environment, async |runs| {
        runs.pause(&run.key(), &reason).await.map_err(|error| Trouble::refused("paused", &run.id, error))?;
        done(&run, "paused", output.format)
    })
}

pub(super) fn unpause(hold: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = hold;
    on_runs(&run.server, environment, async |runs| {
        runs.unpause(&run.key(), &reason).await.map_err(|error| Trouble::refused("unpaused", &run.id, error))?;
        done(&run, "unpaused", output.format)
    })
}

pub(super) fn signal(signal: Signal, environment: Environment) -> io::Result<Exit> {
    let Signal { run, start, name, input, output } = signal;
    in_project(&run.server, environment, async |cx| {
        let arguments = values(&input.all())?;
        let sent = match start.of(&run.id)? {
            None => {
                let runs = ops::reach(cx, run.server.client.as_deref()).await?;
                runs.signal(&run.key(), &name, &arguments).await
            }
            Some(input) => {
                let Prepared { runs, request, .. } = ops::prepare_start(cx, input).await?;
                runs.signal_with_start(request, &name, &arguments).await
            }
        };
        sent.map_err(|error| Trouble::refused("signaled", &run.id, error))?;
        done(&run, "signaled", output.format)
    })
}

pub(super) fn cancel(cancel: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = cancel;
    on_runs(&run.server, environment, async |runs| {
        runs.cancel(&run.key(), &reason).await.map_err(|error| Trouble::refused("asked to end", &run.id, error))?;
        done(&run, "asked to end", output.format)
    })
}

pub(super) fn terminate(terminate: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = terminate;
    on_runs(&run.server, environment, async |runs| {
        runs.terminate(&run.key(), &reason).await.map_err(|error| Trouble::refused("terminated", &run.id, error))?;
        done(&run, "terminated", output.format)
    })
}

/// `order-1 is paused`.
fn done(run: &RunArguments, what: &str, format: OutputFormat) -> Result<Exit, Trouble> {
    match format {
        OutputFormat::Text => output::data(format_args!("{} is {what}", run.id))?,
        OutputFormat::Json => output::data(json!({ "workflowId": run.id, "done": what }))?,
    }
    Ok(Exit::Done)
}
