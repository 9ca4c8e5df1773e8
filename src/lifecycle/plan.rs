//! From a change of the project to what has to stop and start.
//!
//! A change travels: to who needs or uses the changed entry, and to what it is part of. So an
//! edited library reaches the workflow that imports it, and the worker that runs the workflow.

use std::collections::BTreeSet;

use super::LifecycleGraph;
use crate::{entry::EntryId, registry::Registry};

/// Which entries differ between two generations.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Changes {
    pub(crate) added: BTreeSet<EntryId>,
    pub(crate) changed: BTreeSet<EntryId>,
    pub(crate) removed: BTreeSet<EntryId>,
    /// Those that are as they were, but have to hear of the change all the same.
    pub(crate) touched: BTreeSet<EntryId>,
}

/// What has to be done, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Plan {
    /// Groups that stop one after another: who needs an entry stops before it.
    pub(crate) stop: Vec<Vec<EntryId>>,
    /// Groups that can start together: what an entry needs stands before it.
    pub(crate) start: Vec<Vec<EntryId>>,
}

impl Changes {
    pub(crate) fn between(old: &Registry, new: &Registry) -> Self {
        let mut changes = Self::default();
        for entry in new.iter() {
            match old.get(&entry.id) {
                None => changes.added.insert(entry.id.clone()),
                Some(before) if before.digest != entry.digest => changes.changed.insert(entry.id.clone()),
                Some(_) => false,
            };
        }
        changes.removed.extend(old.iter().filter(|entry| new.get(&entry.id).is_none()).map(|entry| entry.id.clone()));
        changes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    pub(crate) fn count(&self) -> usize {
        self.added.len() + self.changed.len() + self.removed.len()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &EntryId> {
        self.added.iter().chain(&self.changed).chain(&self.removed).chain(&self.touched)
    }
}

impl Plan {
    /// Starts everything that is wanted.
    pub(crate) fn first(graph: &LifecycleGraph) -> Self {
        Self { stop: Vec::new(), start: graph.levels(&graph.wanted()) }
    }

    /// Brings what is `running` in line with `new`.
    pub(crate) fn between(
        old: &LifecycleGraph,
        new: &LifecycleGraph,
        changes: &Changes,
        running: &BTreeSet<EntryId>,
    ) -> Self {
        let wanted = new.wanted();
        let affected = affected(old, new, changes);
        let stop: BTreeSet<EntryId> =
            running.iter().filter(|id| affected.contains(*id) || !wanted.contains(*id)).cloned().collect();
        let start = wanted.iter().filter(|id| stop.contains(*id) || !running.contains(*id)).cloned().collect();
        let mut stop = old.levels(&stop);
        stop.reverse();
        Self { stop, start: new.levels(&start) }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.stop.is_empty() && self.start.is_empty()
    }
}

/// Everything that a change reaches, in the old project or in the new.
fn affected(old: &LifecycleGraph, new: &LifecycleGraph, changes: &Changes) -> BTreeSet<EntryId> {
    let mut affected = BTreeSet::new();
    let mut open: Vec<EntryId> = changes.all().cloned().collect();
    while let Some(id) = open.pop() {
        if affected.insert(id.clone()) {
            open.extend(old.told_by(&id).chain(new.told_by(&id)).cloned());
        }
    }
    affected
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        entry::Relation::{Needs, PartOf, Uses},
        lifecycle::graph::tests::{graph, id},
    };

    fn project() -> LifecycleGraph {
        graph(&[
            ("+client", &[]),
            ("+worker", &[("client", Needs)]),
            ("+other", &[("client", Needs)]),
            ("flow", &[("worker", PartOf), ("library", Uses)]),
            ("library", &[]),
            ("idle", &[]),
        ])
    }

    fn changed(names: &[&str]) -> Changes {
        Changes { changed: names.iter().map(|name| id(name)).collect(), ..Changes::default() }
    }

    fn plan(changes: &Changes) -> Plan {
        Plan::between(&project(), &project(), changes, &project().wanted())
    }

    #[test]
    fn everything_wanted_starts_by_level() {
        let plan = Plan::first(&project());
        assert_eq!(plan.start, [vec![id("client")], vec![id("worker"), id("other")]]);
    }

    #[test]
    fn a_changed_client_restarts_with_who_needs_it() {
        let plan = plan(&changed(&["client"]));
        assert_eq!(plan.stop, [vec![id("worker"), id("other")], vec![id("client")]]);
        assert_eq!(plan.start, [vec![id("client")], vec![id("worker"), id("other")]]);
    }

    #[test]
    fn a_changed_library_restarts_the_worker_of_its_workflow() {
        let plan = plan(&changed(&["library"]));
        assert_eq!(plan, Plan { stop: vec![vec![id("worker")]], start: vec![vec![id("worker")]] });
    }

    #[test]
    fn what_is_touched_is_restarted_and_not_counted() {
        let changes = Changes { touched: [id("other")].into(), ..Changes::default() };
        assert!(changes.is_empty());
        assert_eq!(plan(&changes), Plan { stop: vec![vec![id("other")]], start: vec![vec![id("other")]] });
    }

    #[test]
    fn a_change_that_no_service_hears_of_restarts_nothing() {
        assert!(plan(&changed(&["idle"])).is_empty());
    }

    #[test]
    fn a_workflow_that_is_new_or_gone_restarts_its_worker() {
        let without = graph(&[("+client", &[]), ("+worker", &[("client", Needs)]), ("+other", &[("client", Needs)])]);
        let flow: BTreeSet<EntryId> = [id("flow"), id("library"), id("idle")].into();
        let added = Changes { added: flow.clone(), ..Changes::default() };
        let removed = Changes { removed: flow, ..Changes::default() };
        let restart = Plan { stop: vec![vec![id("worker")]], start: vec![vec![id("worker")]] };
        assert_eq!(Plan::between(&without, &project(), &added, &without.wanted()), restart);
        assert_eq!(Plan::between(&project(), &without, &removed, &without.wanted()), restart);
    }

    #[test]
    fn what_nobody_wants_any_longer_stops() {
        let idle = graph(&[("client", &[]), ("worker", &[("client", Needs)])]);
        let plan =
            Plan::between(&project(), &idle, &changed(&["client", "worker"]), &[id("client"), id("worker")].into());
        assert_eq!(plan, Plan { stop: vec![vec![id("worker")], vec![id("client")]], start: Vec::new() });
    }

    #[test]
    fn what_was_stopped_by_hand_starts_again() {
        let running = [id("client"), id("other")].into();
        let plan = Plan::between(&project(), &project(), &Changes::default(), &running);
        assert_eq!(plan, Plan { stop: Vec::new(), start: vec![vec![id("worker")]] });
    }
}
