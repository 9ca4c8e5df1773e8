//! What could not be loaded: nobody is told again where it is pointed at.

use std::collections::BTreeSet;

use super::document::{RawEntry, UNKNOWN};
use crate::{
    entry::{EntryId, Reference},
    yaml::Node,
};

/// Everything that is known of entries and files with errors.
#[derive(Debug, Default)]
pub(super) struct Broken {
    entries: BTreeSet<EntryId>,
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

impl Broken {
    pub(super) fn add_namespace(&mut self, namespace: String) {
        self.namespaces.insert(namespace);
    }

    pub(super) fn add(&mut self, raw: &RawEntry) {
        self.entries.insert(raw.id.clone());
        self.variables.insert(raw.id.to_string());
        if raw.id.namespace() == UNKNOWN {
            self.namespaces.insert(UNKNOWN.to_owned());
            self.names.insert(raw.id.name().to_owned());
            self.variables.insert(raw.id.name().to_owned());
        }
        if let Some(name) = raw.body.get("variable").and_then(Node::as_scalar) {
            self.variables.insert(name.text.to_string());
        }
    }

    /// Whether an id may be one of something that was reported.
    pub(super) fn may_be(&self, id: &EntryId) -> bool {
        self.entries.contains(id) || self.namespaces.contains(id.namespace()) || self.names.contains(id.name())
    }
}
