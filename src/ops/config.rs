//! `metonic config show`: the settings of a project as they are now.

use std::path::Path;

use crate::{
    kinds::{ClientFields, TemporalClient},
    registry::{BuildCx, Effective, Entry, Origin},
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

/// The settings of all entries of the project in `folder`.
pub(crate) fn config(cx: &BuildCx, folder: &Path) -> Vec<EntryConfig> {
    for (entry, _) in cx.registry.of_kind::<TemporalClient>() {
        // What it reads as a secret is known from here on, so that no output shows it.
        let _ = ClientFields::config(entry, cx);
    }
    let sources = cx.registry.sources.seen_from_outside(folder);
    let shown = cx.registry.iter().map(|entry| EntryConfig {
        id: entry.id.to_string(),
        kind: entry.kind.name,
        file: sources.get(entry.span.source).path.to_string(),
        line: sources.place(entry.span).line,
        settings: settings(entry, cx),
    });
    shown.collect()
}

fn settings(entry: &Entry, cx: &BuildCx) -> Effective {
    let mut settings = cx.effective(entry);
    if entry.spec::<TemporalClient>().is_some()
        && let Ok(client) = cx.spec::<TemporalClient>(entry)
        && let Effective::Map(fields) = &mut settings
    {
        // What stands for it depends on `auth`, so it is the default of no field.
        let tls = fields.iter_mut().find(|(key, _)| key == "tls");
        if let Some((_, Effective::Map(tls))) = tls
            && tls.iter().all(|(key, _)| key != "enabled")
        {
            let value = client.is_encrypted().into();
            tls.insert(0, ("enabled".to_owned(), Effective::Value { value, origin: Origin::Default }));
        }
    }
    settings
}
