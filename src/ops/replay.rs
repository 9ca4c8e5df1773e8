//! `metonic replay`: do recorded histories still fit the code of the project?

use std::{fmt::Write as _, path::Path};

use serde_json::json;

use crate::{
    diag::{Diagnostic, Diagnostics, Look, closest, json as diagnostic_json, render_all},
    kinds::{NoReplayer, replayer},
    registry::BuildCx,
    replay::{unusable, verdict},
    source::{Files, SourceMap},
    temporal::{History, RunKey, read_history, replay as replay_history},
};

use super::{AskError, ReachError, reach};

/// The server ends a run whose history is larger than 50 MiB; JSON takes twice as much.
const LARGEST: u64 = 128 * 1024 * 1024;

/// What became of some histories.
#[derive(Debug)]
pub(crate) struct ReplayReport {
    rows: Vec<Row>,
    /// As they are called where the command runs.
    sources: SourceMap,
}

#[derive(Debug)]
struct Row {
    file: String,
    workflow_type: Option<String>,
    events: usize,
    problems: Diagnostics,
}

/// Replays each file with the code of the project in `folder`.
pub(crate) async fn replay(cx: &BuildCx, folder: &Path, files: &[impl AsRef<Path>]) -> ReplayReport {
    let mut rows = Vec::new();
    for file in files {
        rows.push(replay_file(cx, &file.as_ref().to_string_lossy()).await);
    }
    ReplayReport { rows, sources: cx.registry.sources.seen_from_outside(folder) }
}

/// Why the server's history of a run cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error(transparent)]
    Reach(#[from] ReachError),
    #[error("the history of `{id}` was not read: {error}")]
    Ask { id: String, error: AskError },
}

/// Replays what the server of the project in `folder` has of a run, so far.
pub(crate) async fn replay_run(
    cx: &BuildCx,
    folder: &Path,
    client: Option<&str>,
    run: &RunKey,
) -> Result<ReplayReport, FetchError> {
    let id = &run.workflow_id;
    let history = reach(cx, client).await?.history(run).await;
    let history = history.map_err(|error| FetchError::Ask { id: id.clone(), error })?;
    let rows = vec![replay_one(cx, id, history).await];
    Ok(ReplayReport { rows, sources: cx.registry.sources.seen_from_outside(folder) })
}

/// What stands for standard input among files.
const INPUT: &str = "-";

async fn replay_file(cx: &BuildCx, file: &str) -> Row {
    let text = if file == INPUT {
        Files::read_input(LARGEST).map_err(|error| error.to_string())
    } else {
        let files = Files::disk(Path::new(".")).map_err(|error| error.to_string());
        files.and_then(|files| files.read_large(file, LARGEST).map_err(|error| error.to_string()))
    };
    match text.and_then(|text| read_history(&text)) {
        Ok(history) => replay_one(cx, file, history).await,
        Err(problem) => Row::of(file).with(unusable(file, &problem)),
    }
}

/// `file`: what the history is called in the report.
async fn replay_one(cx: &BuildCx, file: &str, history: History) -> Row {
    let mut row = Row { events: history.event_count(), ..Row::of(file) };
    let Some((workflow_type, _)) = history.begins_as() else {
        return row.with(unusable(file, "its first event is not `WorkflowExecutionStarted`"));
    };
    row.workflow_type = Some(workflow_type.clone());
    match replayer(&workflow_type, cx) {
        Ok(workflows) => match verdict(file, &history, replay_history(history.clone(), workflows).await) {
            Some(problem) => row.with(problem),
            None => row,
        },
        Err(NoReplayer::UnknownType(known)) => row.with(no_such_type(file, &workflow_type, &known)),
        Err(NoReplayer::Broken(problems)) => {
            row.problems.extend(problems);
            row
        }
        Err(NoReplayer::NoThread(error)) => row.with(unusable(file, &error.to_string())),
    }
}

fn no_such_type(file: &str, workflow_type: &str, known: &[String]) -> Diagnostic {
    let diagnostic = unusable(file, &format!("no worker of the project runs the workflow type `{workflow_type}`"));
    match closest(workflow_type, known.iter().map(String::as_str)) {
        Some(close) => diagnostic.help(format!("a type with a similar name is there: `{close}`")),
        None if known.is_empty() => diagnostic.help("the project has no workflow that a worker runs"),
        None => diagnostic.help(format!("the types are {}", known.join(", "))),
    }
}

impl Row {
    fn of(file: &str) -> Self {
        Self { file: file.to_owned(), workflow_type: None, events: 0, problems: Diagnostics::default() }
    }

    fn with(mut self, problem: Diagnostic) -> Self {
        self.problems.push(problem);
        self
    }
}

impl ReplayReport {
    pub(crate) fn has_problems(&self) -> bool {
        self.rows.iter().any(|row| !row.problems.is_empty())
    }

    /// For people: what is wrong, and a line for each file.
    pub(crate) fn human(&self, look: Look) -> String {
        let mut text = String::new();
        for row in &self.rows {
            text += &render_all(&row.problems, &self.sources, look);
        }
        for row in &self.rows {
            let verdict = if row.problems.is_empty() { "ok  " } else { "FAIL" };
            let workflow_type = row.workflow_type.as_deref().unwrap_or("?");
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{verdict} {}  {workflow_type}  {} events", row.file, row.events);
        }
        text
    }

    /// One JSON object a line.
    pub(crate) fn json(&self) -> String {
        let line = |row: &Row| {
            let problems: Vec<_> = row.problems.iter().map(|problem| diagnostic_json(problem, &self.sources)).collect();
            let ok = problems.is_empty();
            let row = json!({
                "file": row.file, "workflowType": row.workflow_type, "events": row.events, "ok": ok,
                "diagnostics": problems,
            });
            format!("{row}\n")
        };
        self.rows.iter().map(line).collect()
    }
}
