//! `metonic replay FILE…`.

use std::io;

use super::{
    Exit,
    arguments::{OutputFormat, Replay},
    output, problems,
};
use crate::{
    app::{Environment, Project},
    ops,
    registry::BuildCx,
    service::Exports,
};

pub(super) fn run(arguments: Replay, environment: Environment) -> io::Result<Exit> {
    let project = match Project::open(&arguments.project.folder, environment) {
        Ok(project) => project,
        Err(wrong) => return Ok(problems::no_project(&wrong, Exit::Problems)),
    };
    let loaded = project.load(1);
    problems::talk(&loaded);
    let Some(registry) = loaded.registry else { return Ok(Exit::Problems) };
    let cx = BuildCx { registry, env: loaded.env, process: Exports::default() };
    super::block_on(async {
        let report = ops::replay(&cx, &arguments.files).await;
        output::data(match arguments.output.format {
            OutputFormat::Text => report.human(output::data_look()),
            OutputFormat::Json => report.json(),
        })?;
        Ok(if report.has_problems() { Exit::Problems } else { Exit::Done })
    })
}
