//! A pointer from one entry to another, with the place it was written at.

use crate::{entry::EntryId, source::Spanned};

/// One entry's pointer to another.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) target: Spanned<EntryId>,
    /// The kinds the target may have; a name that ends in `.*` allows every kind below it. Empty:
    /// any kind.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) relation: Relation,
}

/// What a reference means for starting and stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// The target has to run first.
    Needs,
    /// The entry is part of the target, which has to hear of its changes: a workflow of its worker.
    PartOf,
    /// The entry is made with the target, which has to be loaded: an import.
    Uses,
}
