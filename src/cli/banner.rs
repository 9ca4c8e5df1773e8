//! What `metonic dev` shows of a project: a line for each thing that runs.

use std::fmt::{self, Display};

use super::{
    output,
    style::{bang, cross, faint, strong, tick},
};
use crate::{
    app::{App, Engine, Started},
    entry::{EntryId, Relation},
    lifecycle::{ServiceStatus, State, Status},
    registry::Entry,
};

/// The first line: version, project, generation.
pub(super) fn heading(app: &App) -> impl Display {
    let (count, generation) = (app.registry().entries.len(), app.registry().generation);
    let version = env!("CARGO_PKG_VERSION");
    let folder = app.project().given().display().to_string();
    let folder = if folder == "." { "./" } else { &*folder };
    let entries = if count == 1 { "entry" } else { "entries" };
    format!(
        "{} · Luau · {count} {entries} from {folder} (generation {generation})\n\n",
        strong(format!("metonic {version}"))
    )
}

/// Who keeps the runs, if no server does.
pub(super) fn engine(app: &App) -> Option<impl Display> {
    (app.engine() == Engine::Local)
        .then(|| format!("  {} local engine: no server; nothing is kept after this process ends", Mark::Good))
}

/// What became of the search for a server.
pub(super) fn server(started: &Started) -> impl Display {
    match &started.result {
        Ok(ui) => {
            let ui = ui.as_ref().map(|ui| format!(" · UI {ui}")).unwrap_or_default();
            format!(
                "  {} started a dev server at {} (keeps its data in .metonic, stops with Ctrl-C){ui}",
                Mark::Good,
                started.address
            )
        }
        Err(error) => format!(
            "  {} no Temporal at {}: {error}\n    `--engine local` runs the project without a server",
            Mark::Bad,
            started.address
        ),
    }
}

/// One line for each entry that runs, or is part of what runs.
pub(super) fn rows(app: &App, status: &Status) -> impl Display {
    let mut shown: Vec<Row> = app.registry().iter().filter_map(|entry| Row::of(app, entry, status)).collect();
    shown.sort_by_key(|row| LABELS.iter().position(|(_, label)| *label == row.label));
    let width = |text: fn(&Row) -> usize| shown.iter().map(text).max().unwrap_or(0);
    let (labels, ids) = (width(|row| row.label.len()), width(|row| row.id.to_string().chars().count()));
    let mut text = String::new();
    for row in &shown {
        let (label, id) = (row.label, row.id.to_string());
        let detail = &row.detail;
        let line = format!("  {} {label:<labels$}  {id:<ids$}  {detail}", row.mark);
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// What one service is doing, when that is worth a line of its own.
pub(super) fn change(id: &EntryId, service: &ServiceStatus) -> impl Display {
    let mark = Mark::of(&service.state);
    format!("  {mark} {}  {id}  {}", label(service.kind), service.state)
}

/// One line of the banner.
struct Row {
    mark: Mark,
    label: &'static str,
    id: EntryId,
    detail: String,
}

/// The best one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Good,
    Doubtful,
    Bad,
}

impl Mark {
    fn of(state: &State) -> Self {
        match state {
            State::Running => Self::Good,
            State::Failed { .. } => Self::Bad,
            _ => Self::Doubtful,
        }
    }
}

impl Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let look = output::talk_look();
        match self {
            Self::Good => tick(look).fmt(f),
            Self::Doubtful => bang(look).fmt(f),
            Self::Bad => cross(look).fmt(f),
        }
    }
}

impl Row {
    fn of(app: &App, entry: &Entry, status: &Status) -> Option<Self> {
        let label = label(entry.kind.name);
        if let Some(service) = status.get(&entry.id) {
            let detail = match (&service.state, &service.note) {
                (State::Running, Some(note)) => note.clone(),
                (State::Running, None) => String::new(),
                (state, _) => state.to_string(),
            };
            return Some(Self { mark: Mark::of(&service.state), label, id: entry.id.clone(), detail });
        }
        let wholes = entry.references.iter().filter(|reference| reference.relation == Relation::PartOf);
        let mark_of = |id: &EntryId| status.get(id).map_or(Mark::Doubtful, |service| Mark::of(&service.state));
        // It runs where one of those does that it is a part of.
        let mark = wholes.map(|whole| mark_of(&whole.target.value)).min()?;
        let detail = app.source_of(entry).map(|path| faint(path).to_string()).unwrap_or_default();
        Some(Self { mark, label, id: entry.id.clone(), detail })
    }
}

/// Kinds as people call them, in the order they are shown.
const LABELS: &[(&str, &str)] = &[
    ("temporal.client", "temporal"),
    ("temporal.worker", "worker"),
    ("workflow.lua", "workflow"),
    ("function.lua", "activity"),
];

fn label(kind: &'static str) -> &'static str {
    LABELS.iter().find(|(name, _)| *name == kind).map_or(kind, |(_, label)| label)
}
