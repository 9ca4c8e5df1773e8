//! Entries that need each other: a loop is shown whole, with every step of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Registry, broken::Broken};
use crate::{
    diag::{Code, Diagnostic, Diagnostics},
    entry::{EntryId, Reference, Relation},
    source::Span,
};

/// Reports every loop of entries that have to start before each other, and of entries that are
/// made of each other. Of loops that share an entry, one is reported; none through a reference that is `wrong`,
/// as was reported.
pub(super) fn check(registry: &Registry, broken: &Broken, wrong: &BTreeSet<Span>, diagnostics: &mut Diagnostics) {
    for (relation, verb, help) in [
        (
            Relation::Needs,
            "have to start before each other",
            "drop one of the references, or move what both need into a third entry",
        ),
        (Relation::Uses, "are made of each other", "move what both use into a third entry"),
    ] {
        for steps in loops(registry, broken, wrong, relation) {
            diagnostics.push(diagnostic(&steps, verb, help));
        }
    }
}

/// One step of a loop: an entry, and its reference to the next.
type Step<'a> = (&'a EntryId, &'a Reference);

/// Loops over references of one relation, each from its first entry round to it.
fn loops<'a>(
    registry: &'a Registry,
    broken: &'a Broken,
    wrong: &BTreeSet<Span>,
    relation: Relation,
) -> Vec<Vec<Step<'a>>> {
    let mut edges: BTreeMap<&EntryId, Vec<&Reference>> = BTreeMap::new();
    let good = registry.iter().flat_map(|entry| entry.references.iter().map(|edge| (&entry.id, edge)));
    let bad = broken.references.iter().filter_map(|(from, edge)| Some((from.as_ref()?, edge)));
    let is_step = |edge: &Reference| edge.relation == relation && !wrong.contains(&edge.target.span);
    for (from, edge) in good.chain(bad).filter(|(_, edge)| is_step(edge)) {
        edges.entry(from).or_default().push(edge);
    }
    let entries: Vec<&EntryId> = edges.keys().copied().collect();
    let mut walk = Walk { edges, done: BTreeSet::new(), path: Vec::new(), found: Vec::new() };
    for entry in entries {
        walk.from(entry);
    }
    walk.found
}

struct Walk<'a> {
    edges: BTreeMap<&'a EntryId, Vec<&'a Reference>>,
    done: BTreeSet<&'a EntryId>,
    path: Vec<Step<'a>>,
    found: Vec<Vec<Step<'a>>>,
}

impl<'a> Walk<'a> {
    /// Goes along all references from `start`, without recursion: chains may be long.
    fn from(&mut self, start: &'a EntryId) {
        let mut open: Vec<(&'a EntryId, usize)> = vec![(start, 0)];
        if self.done.contains(start) {
            return;
        }
        while let Some((id, next)) = open.last_mut() {
            let id = *id;
            let Some(edge) = self.edges.get(id).and_then(|edges| edges.get(*next)).copied() else {
                self.done.insert(id);
                open.pop();
                self.path.pop();
                continue;
            };
            *next += 1;
            let target = &edge.target.value;
            self.path.truncate(open.len() - 1);
            self.path.push((id, edge));
            if let Some(begin) = open.iter().position(|(on_path, _)| *on_path == target) {
                let steps = self.path[begin..].to_vec();
                let known =
                    self.found.iter().any(|known| known.iter().any(|(id, _)| steps.iter().any(|step| step.0 == *id)));
                if !known {
                    self.found.push(steps);
                }
            } else if !self.done.contains(target) && self.edges.contains_key(target) {
                open.push((target, 0));
            }
        }
    }
}

fn diagnostic(steps: &[Step<'_>], verb: &str, help: &str) -> Diagnostic {
    let names: Vec<String> = steps.iter().map(|(id, _)| format!("`{id}`")).collect();
    let (first, rest) = steps.split_first().expect("a loop has a step");
    if rest.is_empty() {
        let headline = format!("{} needs itself", names[0]);
        return Diagnostic::error(Code::DependencyCycle, first.1.target.span, headline).help("remove the reference");
    }
    let text = |(id, edge): &Step<'_>| format!("`{id}` needs `{}`", edge.target.value);
    let mut diagnostic =
        Diagnostic::error(Code::DependencyCycle, first.1.target.span, format!("{} {verb}", names.join(" and ")))
            .label(text(first));
    for step in rest {
        diagnostic = diagnostic.also(step.1.target.span, text(step));
    }
    diagnostic.help(help)
}
