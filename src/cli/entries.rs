//! `metonic entries DIR`.

use std::io;

use super::{
    Exit,
    arguments::{Entries, OutputFormat},
    output, problems,
    style::{faint, strong},
};
use crate::{
    app::{Environment, Project},
    ops::{self, EntryRow},
};

pub(super) fn run(arguments: Entries, environment: Environment) -> io::Result<Exit> {
    let project = match Project::open(&arguments.project, environment) {
        Ok(project) => project,
        Err(wrong) => return Ok(problems::no_project(&wrong, Exit::Problems)),
    };
    let loaded = project.load(1);
    problems::talk(&loaded, &arguments.project);
    let Some(registry) = loaded.registry else { return Ok(Exit::Problems) };
    let rows = ops::entries(&registry, &arguments.project, arguments.filter.as_deref());
    output::data(match arguments.output.format {
        OutputFormat::Text => table(&rows),
        OutputFormat::Json => serde_json::to_string_pretty(&rows)? + "\n",
    })?;
    Ok(Exit::Done)
}

/// A line for each entry, in columns.
fn table(rows: &[EntryRow]) -> String {
    let width = |text: fn(&EntryRow) -> &str| rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0);
    let (ids, kinds, details) = (width(|row| &row.id), width(|row| row.kind), width(|row| &row.detail));
    let line = |row: &EntryRow| {
        let id = strong(format!("{:ids$}", row.id));
        let place = faint(format!("{}:{}", row.file, row.line));
        format!("{id}  {:kinds$}  {:details$}  {place}\n", row.kind, row.detail)
    };
    rows.iter().map(line).collect()
}
