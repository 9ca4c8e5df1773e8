//! `metonic workflow pause`, `signal`, `cancel` and their like: something is done to a run, and that
//! is said.

use std::io;

use serde_json::json;

use super::{
    arguments::{Hold, RunArguments, Signal},
    in_project, on_server,
    trouble::Trouble,
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, shown::values},
    ops::{self, Prepared},
};

pub(super) fn pause(hold: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = hold;
    on_server(&run.server, environment, async |client| {
        client.pause(&run.key(), &reason).await.map_err(|error| Trouble::not("paused", &run.id, error))?;
        done(&run, "paused", output.format)
    })
}

pub(super) fn unpause(hold: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = hold;
    on_server(&run.server, environment, async |client| {
        client.unpause(&run.key(), &reason).await.map_err(|error| Trouble::not("unpaused", &run.id, error))?;
        done(&run, "unpaused", output.format)
    })
}

pub(super) fn signal(signal: Signal, environment: Environment) -> io::Result<Exit> {
    let Signal { run, start, name, input, output } = signal;
    in_project(&run.server, environment, async |cx| {
        let arguments = values(&input.all())?;
        match start.of(&run.id)? {
            None => {
                let client = ops::reach(cx, run.server.client.as_deref()).await?;
                let sent = client.signal(&run.key(), &name, &arguments).await;
                sent.map_err(|error| Trouble::not("signaled", &run.id, error))?;
            }
            Some(input) => {
                let Prepared { client, request, .. } = ops::prepare_start(cx, input).await?;
                let sent = client.signal_with_start(request, &name, &arguments).await;
                sent.map_err(|error| Trouble::unasked("signaled", &run.id, error))?;
            }
        }
        done(&run, "signaled", output.format)
    })
}

pub(super) fn cancel(cancel: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = cancel;
    on_server(&run.server, environment, async |client| {
        client.cancel(&run.key(), &reason).await.map_err(|error| Trouble::not("asked to end", &run.id, error))?;
        done(&run, "asked to end", output.format)
    })
}

pub(super) fn terminate(terminate: Hold, environment: Environment) -> io::Result<Exit> {
    let Hold { run, reason, output } = terminate;
    on_server(&run.server, environment, async |client| {
        client.terminate(&run.key(), &reason).await.map_err(|error| Trouble::not("terminated", &run.id, error))?;
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
