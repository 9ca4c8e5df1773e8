//! One entry of a project.

use std::time::Duration;

use super::lifecycle;
use crate::{
    entry::{EntryId, Reference, Relation},
    registry::{KindDef, Spec},
    service::Restart,
    source::{Digest, Span},
    yaml::Node,
};

/// One entry, checked.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: EntryId,
    pub(crate) kind: &'static KindDef,
    pub(crate) lifecycle: Lifecycle,
    /// The kind's own struct, with placeholders that only a start can fill left at what they
    /// default to.
    pub(crate) spec: Spec,
    /// The fields of the kind as they were written; a start fills their placeholders and decodes
    /// them again.
    pub(crate) body: Node,
    /// The meta as it was written, for what a kind reads of it.
    pub(crate) meta_node: Node,
    /// The lifecycle as it was written, if it was.
    pub(crate) lifecycle_node: Option<Node>,
    /// From the spec, the lifecycle and the meta.
    pub(crate) references: Vec<Reference>,
    /// Of everything that makes the entry what it is, the texts it includes among them.
    pub(crate) digest: Digest,
    /// The entry's name in its file.
    pub(crate) span: Span,
}

impl Entry {
    /// Whether a field of its lifecycle is not left to a start.
    pub(crate) fn is_fixed(&self, key: &str) -> bool {
        lifecycle::is_fixed(self.lifecycle_node.as_ref(), key)
    }

    /// Whether the entry is part of `whole`, as a workflow is of its worker.
    pub(crate) fn is_part_of(&self, whole: &EntryId) -> bool {
        let mut parts = self.references.iter().filter(|reference| reference.relation == Relation::PartOf);
        parts.any(|reference| reference.target.value == *whole)
    }
}

/// How an entry is started and stopped: the same for every kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lifecycle {
    pub(crate) auto_start: bool,
    pub(crate) startup: Startup,
    /// `requires` and `depends_on`, without repetition.
    pub(crate) requires: Vec<EntryId>,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) restart: Restart,
}

/// Whether the process counts as started without the entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Startup {
    #[default]
    Required,
    Optional,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            auto_start: false,
            startup: Startup::Required,
            requires: Vec::new(),
            start_timeout: Duration::from_secs(10),
            stop_timeout: Duration::from_secs(10),
            restart: Restart::default(),
        }
    }
}
