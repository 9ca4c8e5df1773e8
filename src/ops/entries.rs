//! `metonic entries`: what a project consists of.

use std::path::Path;

use serde::Serialize;

use crate::{
    entry::Relation,
    kinds::{ClientFields, FunctionLua, TemporalClient, TemporalWorker, WorkflowLua},
    registry::{Entry, Registry},
    source::SourceMap,
};

/// One entry, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct EntryRow {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    /// What one wants to know of it first: an address, a queue, a type.
    pub(crate) detail: String,
    /// What it points at.
    pub(crate) references: Vec<String>,
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// The entries of the project in `folder` whose kind or id begins with `filter`; all without one.
pub(crate) fn entries(registry: &Registry, folder: &Path, filter: Option<&str>) -> Vec<EntryRow> {
    let sources = registry.sources.seen_from_outside(folder);
    let fits = |entry: &Entry| {
        filter.is_none_or(|filter| entry.kind.name.starts_with(filter) || entry.id.to_string().starts_with(filter))
    };
    registry.iter().filter(|entry| fits(entry)).map(|entry| row(entry, &sources)).collect()
}

fn row(entry: &Entry, sources: &SourceMap) -> EntryRow {
    let mut references: Vec<String> =
        entry.references.iter().map(|reference| reference.target.value.to_string()).collect();
    references.sort();
    references.dedup();
    EntryRow {
        id: entry.id.to_string(),
        kind: entry.kind.name,
        detail: detail(entry),
        references,
        file: sources.get(entry.span.source).path.to_string(),
        line: sources.place(entry.span).line,
    }
}

/// Of a placeholder, what is written is shown: its value is known when a service starts.
fn detail(entry: &Entry) -> String {
    let written = |key: &str| {
        let scalar = entry.body.get(key).and_then(|node| node.as_scalar());
        scalar.map(|scalar| scalar.text.to_string()).unwrap_or_default()
    };
    if let Some(ClientFields { namespace, .. }) = entry.spec::<TemporalClient>() {
        return format!("{} namespace {namespace}", written("address"));
    }
    if entry.spec::<TemporalWorker>().is_some() {
        return format!("queue {}", written("task_queue"));
    }
    let worker = entry.references.iter().find(|reference| reference.relation == Relation::PartOf);
    let on = worker.map_or_else(|| "on no worker".to_owned(), |worker| format!("on {}", worker.target.value));
    if let Some(workflow) = entry.spec::<WorkflowLua>() {
        return format!("type {} {on}", workflow.type_name(&entry.id));
    }
    if let Some(function) = entry.spec::<FunctionLua>() {
        return format!("type {} {on}", function.type_name(&entry.id));
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kinds, registry, source::Files};

    #[test]
    fn a_row_says_what_one_wants_to_know_first() {
        let text = "namespace: a\nentries:\n\
                    - {name: c, kind: temporal.client, address: 'x:1'}\n\
                    - {name: w, kind: temporal.worker, client: c, task_queue: q}\n\
                    - {name: f, kind: workflow.lua, source: 'return function() end', meta: {temporal: {workflow: {worker: w, name: F}}}}\n\
                    - {name: g, kind: function.lua, source: 'return function() end'}\n";
        let files = Files::memory([("a.yaml", text)]);
        let project =
            registry::Project { files: &files, kinds: kinds::ALL, system: std::sync::Arc::default(), generation: 1 };
        let registry = registry::load(&project).registry.unwrap();
        let rows: Vec<String> = entries(&registry, Path::new("."), None)
            .into_iter()
            .map(|row| format!("{}:{} {} {}", row.file, row.line, row.id, row.detail))
            .collect();
        assert_eq!(
            rows,
            [
                "a.yaml:3 a:c x:1 namespace default",
                "a.yaml:5 a:f type F on a:w",
                "a.yaml:6 a:g type a:g on no worker",
                "a.yaml:4 a:w queue q",
            ]
        );
        assert_eq!(entries(&registry, Path::new("."), Some("temporal.")).len(), 2);
    }
}
