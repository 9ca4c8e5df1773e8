//! `metonic version`.

use std::io;

use super::{
    Exit,
    arguments::{OutputFormat, Version},
    output,
};

pub(super) fn run(version: Version) -> io::Result<Exit> {
    let number = env!("CARGO_PKG_VERSION");
    match version.output.format {
        OutputFormat::Text => output::data(format_args!("metonic {number}"))?,
        OutputFormat::Json => output::data(serde_json::json!({ "name": "metonic", "version": number }))?,
    }
    Ok(Exit::Done)
}
