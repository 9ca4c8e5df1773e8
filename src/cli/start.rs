//! `metonic start ENTRY [INPUT…]`: starts a workflow, and shows it to its end if it is told to. An
//! entry that is a service is started by the process that runs the project.

use std::{io, path::Path};

use serde_json::{Value as Json, json};

use super::{
    Exit,
    arguments::{OutputFormat, Start},
    engine::with_engine,
    output, problems, service,
    shown::{Shown, Trouble, heading, values},
    step_json, steps,
};
use crate::{
    app::{Environment, Request, is_run},
    diag::folder_argument,
    entry::EntryId,
    ops::{self, StartInput, Started},
    registry::BuildCx,
    source::{FileError, Files},
    temporal::What,
};

pub(super) fn run(arguments: Start, environment: Environment) -> io::Result<Exit> {
    let cx = match problems::load(&arguments.project.folder, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    if let Some(kind) = service_kind(&cx, &arguments.entry) {
        if has_input(&arguments) {
            output::talk(format_args!(
                "error: `{}` is a `{kind}`: it takes no input, no id, no options and no `--wait`",
                arguments.entry
            ));
            return Ok(Exit::Usage);
        }
        let request = Request::Start { entry: arguments.entry };
        return super::block_on(service::tell(&arguments.project.folder, request, arguments.output.format));
    }
    super::block_on(async {
        let cx = match with_engine(cx, &arguments.project.folder, arguments.engine.engine).await {
            Ok(cx) => cx,
            Err(exit) => return Ok(exit),
        };
        match start(&cx, &arguments).await {
            Ok(exit) => Ok(exit),
            Err(trouble) => trouble.tell(&cx, &arguments.project.folder),
        }
    })
}

/// The kind of the entry, if it is one that runs as long as it is not stopped.
fn service_kind(cx: &BuildCx, entry: &str) -> Option<&'static str> {
    let id = EntryId::parse(entry, None).ok()?;
    cx.registry.get(&id).map(|entry| entry.kind).filter(|kind| kind.runs).map(|kind| kind.name)
}

fn has_input(arguments: &Start) -> bool {
    let Start { arguments: values, input, input_file, id, wait, options, .. } = arguments;
    *wait || !values.is_empty() || !input.is_empty() || input_file.is_some() || id.is_some() || !options.is_empty()
}

async fn start(cx: &BuildCx, arguments: &Start) -> Result<Exit, Trouble> {
    let input = StartInput {
        entry: arguments.entry.clone(),
        arguments: values(&inputs(arguments)?)?,
        id: arguments.id.clone(),
        attach: false,
        options: arguments.options.read()?,
    };
    let started = ops::start(cx, input).await?;
    let remedy = remedy(&started, &arguments.project.folder);
    match (arguments.output.format, arguments.wait) {
        (OutputFormat::Text, false) => output::data(heading(&started).await)?,
        (OutputFormat::Json, false) => output::data(facts(&started))?,
        (OutputFormat::Text, true) => {
            output::data(heading(&started).await)?;
            return Shown::of(started, remedy).with_failures().end(|step| output::data(steps::line(step))).await;
        }
        (OutputFormat::Json, true) => {
            let (mut answer, mut end) = (facts(&started), None);
            let exit = Shown::of(started, remedy)
                .with_failures()
                .end(|step| {
                    if let What::Ended(how) = &step.what {
                        end = Some(how.clone());
                    }
                    Ok(())
                })
                .await?;
            if let (Json::Object(answer), Some(end)) = (&mut answer, end) {
                answer.extend(step_json::ending(&end));
            }
            output::data(answer)?;
            return Ok(exit);
        }
    }
    Ok(Exit::Done)
}

/// What to do if nobody works on the run.
fn remedy(started: &Started, folder: &Path) -> String {
    match &started.worker {
        Some(worker) if is_run(folder) => {
            format!("if its worker is stopped, start it with: metonic start{} {worker}", folder_argument("-C ", folder))
        }
        _ => format!("start one with: metonic run{}", folder_argument("", folder)),
    }
}

/// The inputs as they were given, in one of three ways.
fn inputs(arguments: &Start) -> Result<Vec<String>, Trouble> {
    let Some(path) = &arguments.input_file else {
        return Ok([arguments.arguments.as_slice(), &arguments.input].concat());
    };
    let unreadable = |error: FileError| Trouble::InputFile { path: path.clone(), error };
    let files = Files::disk(Path::new(".")).map_err(|error| unreadable(FileError::Io(error)))?;
    let text = files.read_named(&path.to_string_lossy()).map_err(unreadable)?;
    Ok(vec![text])
}

/// The names that other tools know the run by, as the Temporal command line prints them.
fn facts(started: &Started) -> Json {
    json!({
        "workflowId": started.run.workflow_id,
        "runId": started.run.run_id,
        "type": started.workflow_type,
        "namespace": started.runs.namespace(),
        "taskQueue": started.task_queue,
    })
}
