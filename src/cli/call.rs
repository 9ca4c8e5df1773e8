//! `metonic call ENTRY [INPUT…]`: runs a function once, without a server.

use std::io;

use serde_json::json;

use super::{
    Exit,
    arguments::{Call, OutputFormat},
    output, problems,
    shown::values,
};
use crate::{
    app::Environment,
    ops::{self, CallError},
};

pub(super) fn run(arguments: Call, environment: Environment) -> io::Result<Exit> {
    let cx = match problems::load(&arguments.project.folder, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    let inputs = match values(&[arguments.arguments.as_slice(), &arguments.input].concat()) {
        Ok(inputs) => inputs,
        Err(trouble) => return trouble.tell(&cx, &arguments.project.folder),
    };
    super::block_on(async {
        match ops::call(&cx, &arguments.entry, inputs).await {
            Ok(Ok(value)) => {
                output::data(value.to_json())?;
                Ok(Exit::Done)
            }
            Ok(Err(failure)) => {
                let (kind, message) = (&failure.kind, &failure.message);
                match arguments.output.format {
                    OutputFormat::Json => output::data(json!({"failure": {"type": kind, "message": message}}))?,
                    OutputFormat::Text if kind.is_empty() => output::talk(format_args!("error: {message}")),
                    OutputFormat::Text => output::talk(format_args!("error: {kind}: {message}")),
                }
                Ok(Exit::Problems)
            }
            Err(CallError::Broken(wrong)) => {
                problems::show(&wrong, &cx.registry.sources, &arguments.project.folder);
                Ok(Exit::Problems)
            }
            Err(error) => {
                output::talk(format_args!("error: {error}"));
                Ok(if matches!(error, CallError::NoThread(_)) { Exit::Problems } else { Exit::Usage })
            }
        }
    })
}
