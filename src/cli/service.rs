//! Services by command: the side that is told, in `run` and `dev`, and the side that tells, `metonic
//! start` and `metonic stop`.

use std::{io, path::Path};

use serde_json::json;

use super::{
    Exit,
    arguments::{OutputFormat, Stop},
    output,
};
use crate::app::{Answer, App, AskProcess, Doorway, Engine, NoControl, Request, ask};

/// Lets people tell this process what to do, if they can be let: now, or once the process ends that is told.
pub(super) fn open(app: &App) -> Doorway {
    let mut door = Doorway::new(app.project().root().to_owned(), app.status(), app.local_engine());
    match door.open() {
        Ok(()) => {}
        // Nobody else knows what the local engine keeps.
        Err(reason) if app.engine() == Engine::Local => {
            tracing::warn!(%reason, "No command reaches this process: neither its services nor its runs.");
        }
        Err(reason @ NoControl::Taken) => {
            tracing::warn!(%reason, "Services of this process cannot be started and stopped by command.");
        }
        // A folder that cannot be written to is how projects are mounted.
        Err(reason @ NoControl::Io(_)) => {
            tracing::info!(%reason, "Services of this process cannot be started and stopped by command.");
        }
    }
    door
}

/// `metonic stop ENTRY`.
pub(super) fn stop(arguments: Stop) -> io::Result<Exit> {
    let request = Request::Stop { entry: arguments.entry };
    super::block_on(tell(&arguments.project.folder, request, arguments.output.format))
}

/// Tells the process that runs the project, and shows what it answers.
pub(super) async fn tell(folder: &Path, request: Request, format: OutputFormat) -> io::Result<Exit> {
    let answer = match ask(folder, &request).await {
        Ok(answer) => answer,
        Err(error) => {
            output::talk(format_args!("error: {error}"));
            return Ok(match error {
                AskProcess::NobodyRuns(_) | AskProcess::Deaf(_) => Exit::Unavailable,
                AskProcess::Io(_) => Exit::Problems,
            });
        }
    };
    let (Request::Start { entry } | Request::Stop { entry }) = &request;
    if format == OutputFormat::Json {
        let mut shown = json!({ "entry": entry });
        if let (Some(shown), serde_json::Value::Object(answer)) =
            (shown.as_object_mut(), serde_json::to_value(&answer)?)
        {
            shown.extend(answer);
        }
        output::data(shown)?;
        return Ok(exit_of(&request, &answer));
    }
    match &answer {
        Answer::Running { already: false } => output::data(format_args!("{entry} is running"))?,
        Answer::Running { already: true } => output::data(format_args!("{entry} is running already"))?,
        Answer::Stopped { already: false } => output::data(format_args!("{entry} is stopped"))?,
        Answer::Stopped { already: true } => output::data(format_args!("{entry} does not run"))?,
        Answer::Trying { state } => {
            output::talk(format_args!("error: `{entry}` does not run yet: {state}; the process goes on trying"));
        }
        Answer::Failed { error } => output::talk(format_args!("error: `{entry}` failed: {error}")),
        Answer::Refused { why } => output::talk(format_args!("error: {why}")),
    }
    Ok(exit_of(&request, &answer))
}

fn exit_of(request: &Request, answer: &Answer) -> Exit {
    match (request, answer) {
        (Request::Start { .. }, Answer::Running { .. }) | (Request::Stop { .. }, Answer::Stopped { .. }) => Exit::Done,
        (_, Answer::Refused { .. }) => Exit::Usage,
        _ => Exit::Problems,
    }
}
