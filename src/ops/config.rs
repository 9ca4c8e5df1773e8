//! `metonic config show`: the settings of a project as they are now.

use crate::{
    kinds::{ClientFields, TemporalClient},
    registry::{BuildCx, Effective},
};

/// The settings of one entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EntryConfig {
    pub(crate) id: String,
    pub(crate) kind: &'static str,
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) settings: Effective,
}

/// The settings of all entries.
pub(crate) fn config(cx: &BuildCx) -> Vec<EntryConfig> {
    for (entry, _) in cx.registry.of_kind::<TemporalClient>() {
        // What it reads as a secret is known from here on, so that no output shows it.
        let _ = ClientFields::config(entry, cx);
    }
    let sources = &cx.registry.sources;
    let shown = cx.registry.iter().map(|entry| EntryConfig {
        id: entry.id.to_string(),
        kind: entry.kind.name,
        file: sources.get(entry.span.source).path.to_string(),
        line: sources.place(entry.span).line,
        settings: cx.effective(entry),
    });
    shown.collect()
}
