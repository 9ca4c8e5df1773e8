//! Who needs whom, who is part of whom, and the order that follows.
//!
//! The order is stable: entries that do not need each other stay as they were loaded. Cycles are
//! reported by the registry with their places; a graph is not built over one.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::ByCommand;
use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity},
    entry::{EntryId, Relation},
    registry::{Entry, Registry},
};

/// One entry, as far as starting and stopping is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) id: EntryId,
    pub(crate) auto_start: bool,
    pub(crate) requires: Vec<EntryId>,
    pub(crate) references: Vec<(EntryId, Relation)>,
}

/// Who needs whom, in the order of starting.
#[derive(Clone, Debug, Default)]
pub(crate) struct LifecycleGraph {
    /// In the order of starting: what an entry needs stands before it.
    nodes: IndexMap<EntryId, Node>,
    by_command: ByCommand,
}

impl Node {
    /// What has to run before this entry, without repetition.
    pub(crate) fn needs(&self) -> Vec<EntryId> {
        let mut needs = self.requires.clone();
        needs.extend(self.related(Relation::Needs).cloned());
        let mut seen = BTreeSet::new();
        needs.retain(|id| seen.insert(id.clone()));
        needs
    }

    fn related(&self, relation: Relation) -> impl Iterator<Item = &EntryId> {
        self.references.iter().filter(move |(_, other)| *other == relation).map(|(id, _)| id)
    }
}

impl LifecycleGraph {
    /// `starts_by_itself` says which entries start with the process.
    pub(crate) fn build(registry: &Registry, starts_by_itself: impl Fn(&Entry) -> bool) -> Result<Self, Diagnostics> {
        let node = |entry: &Entry| {
            let references = entry.references.iter().map(|to| (to.target.value.clone(), to.relation)).collect();
            let requires = entry.lifecycle.requires.clone();
            Node { id: entry.id.clone(), auto_start: starts_by_itself(entry), requires, references }
        };
        Self::of(registry.iter().map(|entry| node(entry)))
    }

    /// Orders `nodes`. What points at an entry that is not there is passed over: that was reported
    /// when the entry was loaded.
    pub(crate) fn of(nodes: impl IntoIterator<Item = Node>) -> Result<Self, Diagnostics> {
        let mut left: IndexMap<EntryId, Node> = nodes.into_iter().map(|node| (node.id.clone(), node)).collect();
        let mut ordered = IndexMap::new();
        while !left.is_empty() {
            let known: BTreeSet<EntryId> = left.keys().cloned().collect();
            let is_free = |node: &Node| node.needs().iter().all(|need| !known.contains(need));
            let (free, rest): (IndexMap<_, _>, IndexMap<_, _>) = left.into_iter().partition(|(_, node)| is_free(node));
            if free.is_empty() {
                return Err(cycle(rest.keys()).into());
            }
            ordered.extend(free);
            left = rest;
        }
        Ok(Self { nodes: ordered, by_command: ByCommand::default() })
    }

    pub(crate) fn get(&self, id: &EntryId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// All ids, what is needed before who needs it.
    #[cfg(test)]
    pub(crate) fn order(&self) -> impl DoubleEndedIterator<Item = &EntryId> {
        self.nodes.keys()
    }

    /// `ids` in groups of which each needs only the groups before it.
    pub(crate) fn levels(&self, ids: &BTreeSet<EntryId>) -> Vec<Vec<EntryId>> {
        let mut depths: IndexMap<&EntryId, usize> = IndexMap::new();
        let mut levels: Vec<Vec<EntryId>> = Vec::new();
        for (id, node) in self.nodes.iter().filter(|(id, _)| ids.contains(*id)) {
            let depth = self.needs_among(node, ids).iter().filter_map(|need| depths.get(need)).max();
            let depth = depth.map_or(0, |deepest| deepest + 1);
            depths.insert(id, depth);
            if levels.len() == depth {
                levels.push(Vec::new());
            }
            levels[depth].push(id.clone());
        }
        levels
    }

    /// What is to run: what starts by itself or was started by command, and what that needs. What
    /// was stopped by command is not; who needs it waits.
    pub(crate) fn wanted(&self) -> BTreeSet<EntryId> {
        let by_command = &self.by_command;
        let is_root = |node: &&Node| node.auto_start || by_command.is_started(&node.id);
        self.closure(self.nodes.values().filter(is_root), |id| !by_command.is_stopped(id))
    }

    /// Whether the entry would run without any command.
    pub(crate) fn starts_by_itself(&self, id: &EntryId) -> bool {
        self.closure(self.nodes.values().filter(|node| node.auto_start), |_| true).contains(id)
    }

    /// The entry and all that has to run for it.
    fn with_needs(&self, id: &EntryId) -> BTreeSet<EntryId> {
        self.closure(self.nodes.get(id), |_| true)
    }

    /// Wants the entry to run, with what it needs; gives all of these.
    pub(crate) fn start_by_command(&mut self, id: &EntryId) -> BTreeSet<EntryId> {
        let all = self.with_needs(id);
        for need in &all {
            self.by_command.allow(need);
        }
        self.by_command.start(id);
        all
    }

    /// Wants the entry not to run.
    pub(crate) fn stop_by_command(&mut self, id: &EntryId) {
        self.by_command.stop(id);
    }

    /// What was said of the entries of an older graph holds for this one.
    pub(crate) fn keep_commands_of(&mut self, old: &Self) {
        self.by_command = old.by_command.clone();
        self.by_command.retain(|id| self.nodes.contains_key(id));
    }

    /// `roots` and what they need, as far as `may` allows.
    fn closure<'a>(
        &'a self,
        roots: impl IntoIterator<Item = &'a Node>,
        may: impl Fn(&EntryId) -> bool,
    ) -> BTreeSet<EntryId> {
        let mut found = BTreeSet::new();
        let mut open: Vec<EntryId> = roots.into_iter().map(|node| node.id.clone()).collect();
        while let Some(id) = open.pop() {
            if let Some(node) = self.nodes.get(&id)
                && may(&id)
                && found.insert(id)
            {
                open.extend(node.needs());
            }
        }
        found
    }

    /// Who has to hear of a change of `id`: who needs or uses it, and what it is part of.
    pub(super) fn told_by(&self, id: &EntryId) -> impl Iterator<Item = &EntryId> {
        let users = self.nodes.values().filter(move |node| {
            node.requires.contains(id)
                || node.references.iter().any(|(to, relation)| to == id && *relation != Relation::PartOf)
        });
        let wholes = self.nodes.get(id).into_iter().flat_map(|node| node.related(Relation::PartOf));
        users.map(|node| &node.id).chain(wholes)
    }

    /// All of `ids` that the entry needs, also by way of entries that are not among `ids`.
    fn needs_among(&self, node: &Node, ids: &BTreeSet<EntryId>) -> BTreeSet<EntryId> {
        let mut found = BTreeSet::new();
        let mut open = node.needs();
        while let Some(id) = open.pop() {
            if ids.contains(&id) {
                found.insert(id);
            } else if let Some(node) = self.nodes.get(&id) {
                open.extend(node.needs());
            }
        }
        found
    }
}

fn cycle<'a>(ids: impl Iterator<Item = &'a EntryId>) -> Diagnostic {
    let names: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    let headline = format!("these entries need each other to start: {}", names.join(", "));
    Diagnostic::without_place(Code::DependencyCycle, Severity::Error, Blame::Project, headline)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::lifecycle) fn id(name: &str) -> EntryId {
        EntryId::parse(name, Some("app")).unwrap()
    }

    /// `worker: needs client, requires gate, part of x, uses lib`; a leading `+` starts it.
    pub(in crate::lifecycle) fn graph(lines: &[(&str, &[(&str, Relation)])]) -> LifecycleGraph {
        LifecycleGraph::of(lines.iter().map(|(name, references)| node(name, references))).unwrap()
    }

    fn node(name: &str, references: &[(&str, Relation)]) -> Node {
        Node {
            id: id(name.trim_start_matches('+')),
            auto_start: name.starts_with('+'),
            requires: Vec::new(),
            references: references.iter().map(|(to, relation)| (id(to), *relation)).collect(),
        }
    }

    fn names<'a>(ids: impl IntoIterator<Item = &'a EntryId>) -> Vec<&'a str> {
        ids.into_iter().map(EntryId::name).collect()
    }

    #[test]
    fn what_is_needed_comes_first_and_the_rest_stays() {
        let graph = graph(&[("worker", &[("client", Relation::Needs)]), ("b", &[]), ("client", &[]), ("a", &[])]);
        assert_eq!(names(graph.order()), ["b", "client", "a", "worker"]);
    }

    #[test]
    fn what_is_required_is_needed_once() {
        let mut worker = node("worker", &[("client", Relation::Needs)]);
        worker.requires = vec![id("gate"), id("client"), id("gate")];
        assert_eq!(names(&worker.needs()), ["gate", "client"]);
    }

    #[test]
    fn levels_hold_what_can_start_together() {
        let graph = graph(&[
            ("client", &[]),
            ("other", &[]),
            ("worker", &[("client", Relation::Needs)]),
            ("last", &[("worker", Relation::Needs), ("other", Relation::Needs)]),
        ]);
        let levels = graph.levels(&graph.order().cloned().collect());
        let levels: Vec<Vec<&str>> = levels.iter().map(names).collect();
        assert_eq!(levels, [vec!["client", "other"], vec!["worker"], vec!["last"]]);
    }

    #[test]
    fn levels_see_needs_through_entries_that_are_left_out() {
        let graph = graph(&[
            ("client", &[]),
            ("hidden", &[("client", Relation::Needs)]),
            ("worker", &[("hidden", Relation::Needs)]),
        ]);
        let levels = graph.levels(&[id("client"), id("worker")].into());
        assert_eq!(levels, [vec![id("client")], vec![id("worker")]]);
    }

    #[test]
    fn what_a_started_entry_needs_is_started() {
        let graph = graph(&[("+worker", &[("client", Relation::Needs)]), ("client", &[]), ("idle", &[])]);
        assert_eq!(graph.wanted(), [id("client"), id("worker")].into());
    }

    #[test]
    fn what_is_started_by_command_is_wanted_with_its_needs() {
        let mut graph = graph(&[("worker", &[("client", Relation::Needs)]), ("client", &[]), ("idle", &[])]);
        assert_eq!(graph.start_by_command(&id("worker")), [id("client"), id("worker")].into());
        assert_eq!(graph.wanted(), [id("client"), id("worker")].into());
    }

    #[test]
    fn what_is_stopped_by_command_is_not_wanted_and_who_needs_it_is() {
        let mut graph = graph(&[("+worker", &[("client", Relation::Needs)]), ("client", &[])]);
        graph.stop_by_command(&id("client"));
        assert_eq!(graph.wanted(), [id("worker")].into());
    }

    #[test]
    fn a_start_by_command_undoes_stops_of_what_it_needs() {
        let mut graph = graph(&[("+worker", &[("client", Relation::Needs)]), ("client", &[])]);
        graph.stop_by_command(&id("client"));
        graph.start_by_command(&id("worker"));
        assert_eq!(graph.wanted(), [id("client"), id("worker")].into());
    }

    #[test]
    fn commands_of_an_entry_that_is_gone_are_forgotten() {
        let mut old = graph(&[("worker", &[]), ("client", &[])]);
        old.start_by_command(&id("worker"));
        old.start_by_command(&id("client"));
        let mut without = graph(&[("client", &[])]);
        without.keep_commands_of(&old);
        let mut again = graph(&[("worker", &[]), ("client", &[])]);
        again.keep_commands_of(&without);
        assert_eq!(again.wanted(), [id("client")].into());
    }

    #[test]
    fn a_cycle_is_an_error_and_no_panic() {
        let error = LifecycleGraph::of([
            node("free", &[]),
            node("a", &[("b", Relation::Needs)]),
            node("b", &[("a", Relation::Needs)]),
        ]);
        let headline = error.unwrap_err().into_iter().next().unwrap().headline;
        assert_eq!(headline, "these entries need each other to start: `app:a`, `app:b`");
    }

    #[test]
    fn an_import_needs_nobody_to_run() {
        let graph = graph(&[("flow", &[("library", Relation::Uses), ("worker", Relation::PartOf)])]);
        assert!(graph.get(&id("flow")).unwrap().needs().is_empty());
    }
}
