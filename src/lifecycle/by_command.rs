//! What a person has started or stopped: it stands above what the files say, until the process ends.

use std::collections::BTreeSet;

use crate::entry::EntryId;

/// The last word of a person on each entry they spoke of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ByCommand {
    started: BTreeSet<EntryId>,
    stopped: BTreeSet<EntryId>,
}

impl ByCommand {
    pub(super) fn start(&mut self, id: &EntryId) {
        self.stopped.remove(id);
        self.started.insert(id.clone());
    }

    /// What a start needs runs too, whatever was said of it before.
    pub(super) fn allow(&mut self, id: &EntryId) {
        self.stopped.remove(id);
    }

    pub(super) fn stop(&mut self, id: &EntryId) {
        self.started.remove(id);
        self.stopped.insert(id.clone());
    }

    pub(super) fn is_started(&self, id: &EntryId) -> bool {
        self.started.contains(id)
    }

    pub(super) fn is_stopped(&self, id: &EntryId) -> bool {
        self.stopped.contains(id)
    }

    /// Nothing is remembered of an entry that is gone.
    pub(super) fn retain(&mut self, is_there: impl Fn(&EntryId) -> bool) {
        self.started.retain(&is_there);
        self.stopped.retain(&is_there);
    }
}
