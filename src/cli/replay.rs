//! `metonic replay FILE…`.

use std::io;

use super::{
    Exit,
    arguments::{OutputFormat, Replay},
    output, problems,
};
use crate::{app::Environment, ops};

pub(super) fn run(arguments: Replay, environment: Environment) -> io::Result<Exit> {
    let cx = match problems::load(&arguments.project.folder, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    super::block_on(async {
        let report = ops::replay(&cx, &arguments.files).await;
        output::data(match arguments.output.format {
            OutputFormat::Text => report.human(output::data_look()),
            OutputFormat::Json => report.json(),
        })?;
        Ok(if report.has_problems() { Exit::Problems } else { Exit::Done })
    })
}
