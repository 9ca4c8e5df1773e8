//! What could not be loaded: nobody is told again where it is pointed at.

use std::collections::{BTreeMap, BTreeSet};

use super::{KindDef, document::RawEntry, slips};
use crate::{
    entry::{EntryId, Reference, UNKNOWN},
    source::Span,
    yaml::Node,
};

/// Everything that is known of entries and files with errors.
#[derive(Debug, Default)]
pub(super) struct Broken {
    entries: BTreeMap<EntryId, Vec<Known>>,
    /// Of files that cannot be read, or that do not say it.
    namespaces: BTreeSet<String>,
    /// Of entries whose namespace nobody knows.
    names: BTreeSet<String>,
    /// What entries with errors point at has to be there all the same. Without who points where two
    /// entries have one id.
    pub(super) references: Vec<(Option<EntryId>, Reference)>,
    /// Names that variables would have.
    pub(super) variables: BTreeSet<String>,
}

/// What is known of an entry with errors: its place, and its kind if it has a good one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) kind: Option<&'static KindDef>,
    pub(super) span: Span,
}

impl Broken {
    pub(super) fn add_namespace(&mut self, namespace: String) {
        self.namespaces.insert(namespace);
    }

    pub(super) fn add(&mut self, raw: &RawEntry, kind: Option<&'static KindDef>) {
        self.entries.entry(raw.id.clone()).or_default().push(Known { kind, span: raw.span });
        self.variables.insert(raw.id.to_string());
        if raw.id.namespace() == UNKNOWN {
            self.namespaces.insert(UNKNOWN.to_owned());
            self.names.insert(raw.id.name().to_owned());
            self.variables.insert(raw.id.name().to_owned());
        }
        let slip = || slips::meant(raw.body.as_map()?, "variable", &[]).map(|pair| &pair.value);
        if let Some(name) = raw.body.get("variable").or_else(slip).and_then(Node::as_scalar) {
            self.variables.insert(name.text.to_string());
        }
    }

    /// Whether an id may be one of something that was reported.
    pub(super) fn may_be(&self, id: &EntryId) -> bool {
        self.entries.contains_key(id) || self.namespaces.contains(id.namespace()) || self.names.contains(id.name())
    }

    /// The entries with errors that have an id.
    pub(super) fn called(&self, id: &EntryId) -> &[Known] {
        self.entries.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entries with errors whose kinds are known.
    pub(super) fn of_known_kind(&self) -> impl Iterator<Item = (&EntryId, &'static KindDef)> {
        let kinds = |known: &[Known]| known.iter().find_map(|known| known.kind);
        self.entries.iter().filter_map(move |(id, known)| Some((id, kinds(known)?)))
    }
}
