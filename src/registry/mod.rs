//! The project as one immutable snapshot.
//!
//! [`load`] reads every file and reports every error. An entry's placeholders are filled when its
//! service starts ([`BuildCx::spec`]), so loading needs no secret and no network.

mod broken;
mod cycle;
mod document;
mod effective;
mod entry;
mod fields;
mod include;
mod kind;
mod lifecycle;
mod load;
mod ours;
mod reading;
mod resolve;
mod schema;
mod secrets;
mod slips;
mod unfit;
mod variables;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::{
    entry::{EntryId, Reference, Relation},
    source::SourceMap,
};

use fields::bad_id;
use variables::{AtLoad, AtStart, NoVariables};

pub(crate) use effective::{Effective, NoValue, Origin, STARS};
pub(crate) use entry::{Entry, Lifecycle, Startup};
pub(crate) use fields::{Ref, Target, VariableName};
pub(crate) use kind::{BuildCx, CheckCx, Kind, KindDef, Spec};
pub(crate) use lifecycle::LifecycleFields;
pub(crate) use load::{Loaded, Project, load};
pub(crate) use schema::schema;
pub(crate) use unfit::Unfit;

/// All entries of one load of a project.
#[derive(Clone, Debug)]
pub(crate) struct Registry {
    /// In the order of their ids.
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

    /// The entries that are part of `whole`: the workflows and functions of a worker. Each comes
    /// with the reference that says so.
    pub(crate) fn parts_of(&self, whole: &EntryId) -> impl Iterator<Item = (&Arc<Entry>, &Reference)> {
        self.iter().flat_map(move |entry| {
            let parts = entry
                .references
                .iter()
                .filter(move |reference| reference.relation == Relation::PartOf && reference.target.value == *whole);
            parts.map(move |reference| (entry, reference))
        })
    }
}

impl Entry {
    /// The spec, if the entry is of this kind.
    pub(crate) fn spec<K: Kind>(&self) -> Option<&K::Spec> {
        self.spec.downcast_ref().filter(|_| self.kind.name == K::NAME)
    }
}

#[cfg(test)]
mod tests;
