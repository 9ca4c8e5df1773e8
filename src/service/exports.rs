//! Typed things that a running service lends to those who need it.

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    sync::Arc,
};

use crate::entry::EntryId;

/// What is lent, by lender and type. The process itself lends under no id.
#[derive(Clone, Default)]
pub(crate) struct Exports(BTreeMap<(Option<EntryId>, TypeId), Arc<dyn Any + Send + Sync>>);

impl Exports {
    /// One thing that the process lends.
    pub(crate) fn with_root<T: Send + Sync + 'static>(mut self, thing: Arc<T>) -> Self {
        self.0.insert((None, TypeId::of::<T>()), thing);
        self
    }

    /// One thing that the entry `lender` lends.
    pub(crate) fn with<T: Send + Sync + 'static>(mut self, lender: &EntryId, thing: Arc<T>) -> Self {
        self.0.insert((Some(lender.clone()), TypeId::of::<T>()), thing);
        self
    }

    /// Adds what another has lent.
    pub(crate) fn merge(&mut self, other: &Exports) {
        self.0.extend(other.0.iter().map(|(key, thing)| (key.clone(), Arc::clone(thing))));
    }

    pub(crate) fn root<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.find(None)
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self, lender: &EntryId) -> Option<Arc<T>> {
        self.find(Some(lender.clone()))
    }

    fn find<T: Send + Sync + 'static>(&self, lender: Option<EntryId>) -> Option<Arc<T>> {
        let thing = self.0.get(&(lender, TypeId::of::<T>()))?;
        Some(Arc::clone(thing).downcast().expect("a thing is stored under its own type"))
    }
}

impl std::fmt::Debug for Exports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Exports({})", self.0.len())
    }
}
