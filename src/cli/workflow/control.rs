//! `metonic workflow pause` and its like: something is done to a run, and that is said.

use std::io;

use serde_json::json;

use super::{
    arguments::{Hold, RunArguments},
    on_server,
    trouble::Trouble,
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output},
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

/// `order-1 is paused`.
fn done(run: &RunArguments, what: &str, format: OutputFormat) -> Result<Exit, Trouble> {
    match format {
        OutputFormat::Text => output::data(format_args!("{} is {what}", run.id))?,
        OutputFormat::Json => output::data(json!({ "workflowId": run.id, "done": what }))?,
    }
    Ok(Exit::Done)
}
