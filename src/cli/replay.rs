//! `metonic replay FILE…`, and `metonic replay --from-server ID`.

use std::io;

use super::{
    Exit,
    arguments::{OutputFormat, Replay},
    output, problems,
    shown::Trouble,
};
use crate::{app::Environment, ops, temporal::RunKey};

pub(super) fn run(arguments: Replay, environment: Environment) -> io::Result<Exit> {
    let cx = match problems::load(&arguments.project.folder, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    let folder = &arguments.project.folder;
    super::block_on(async {
        let report = match &arguments.from_server {
            None => ops::replay(&cx, folder, &arguments.files).await,
            Some(id) => {
                let run = RunKey { workflow_id: id.clone(), run_id: arguments.run_id.clone().unwrap_or_default() };
                match ops::replay_run(&cx, folder, arguments.client.as_deref(), &run).await {
                    Ok(report) => report,
                    Err(error) => return Trouble::from(error).tell(&cx, folder),
                }
            }
        };
        let shown = match arguments.output.format {
            OutputFormat::Text => report.human(output::data_look()),
            OutputFormat::Json => report.json(),
        };
        output::verdict(shown, if report.has_problems() { Exit::Problems } else { Exit::Done })
    })
}
