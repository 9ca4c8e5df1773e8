//! The project as one immutable snapshot.

mod entry;
mod kind;

use std::{any::Any, sync::Arc};

use indexmap::IndexMap;

use crate::{entry::EntryId, source::SourceMap};

pub(crate) use entry::{Entry, Lifecycle, Startup};
pub(crate) use kind::{BuildCx, CheckCx, Kind, KindDef};

/// All entries of one load of a project.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    pub(crate) entries: IndexMap<EntryId, Arc<Entry>>,
    pub(crate) sources: Arc<SourceMap>,
    /// Counts the loads of one process, from 1.
    pub(crate) generation: u64,
}

impl Registry {
    pub(crate) fn get(&self, id: &EntryId) -> Option<&Arc<Entry>> {
        self.entries.get(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.entries.values()
    }

    /// The entries of one kind with their specs, in order.
    pub(crate) fn of_kind<K: Kind>(&self) -> impl Iterator<Item = (&Arc<Entry>, &K::Spec)> {
        self.iter().filter_map(|entry| Some((entry, entry.spec::<K>()?)))
    }
}

impl Entry {
    /// The spec, if the entry is of this kind.
    pub(crate) fn spec<K: Kind>(&self) -> Option<&K::Spec> {
        (self.spec.as_ref() as &dyn Any).downcast_ref()
    }
}
