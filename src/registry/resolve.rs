//! References: each is looked up, and the kind of what it points at is compared.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Entry, KindDef, Registry,
    broken::{Broken, Known},
};
use crate::{
    diag::{Code, Diagnostic, Diagnostics, Suggestions, closest},
    entry::{EntryId, Reference, Relation, UNKNOWN},
    source::{Span, Spanned},
    yaml::quoted,
};

pub(super) struct Resolver<'a> {
    pub(super) registry: &'a Registry,
    pub(super) kinds: &'static [KindDef],
    pub(super) broken: &'a Broken,
    pub(super) diagnostics: &'a mut Diagnostics,
    pub(super) suggestions: Suggestions,
}

impl<'a> Resolver<'a> {
    /// Looks each reference up. What comes back is where those stand that point at a wrong kind.
    pub(super) fn check_references(&mut self) -> BTreeSet<Span> {
        let of = |entry: &'a Arc<Entry>| entry.references.iter().map(|reference| (Some(&entry.id), reference));
        let good = self.registry.iter().flat_map(of);
        let all = good.chain(self.broken.references.iter().map(|(from, reference)| (from.as_ref(), reference)));
        let mut wrong = BTreeSet::new();
        for (from, reference) in all {
            if !self.check(from, reference) {
                wrong.insert(reference.target.span);
            }
        }
        wrong
    }

    /// Whether it points at nothing of a wrong kind. `from` is the entry that it is of, if that is known.
    fn check(&mut self, from: Option<&EntryId>, reference: &Reference) -> bool {
        let (id, span) = (&reference.target.value, reference.target.span);
        let targets = self.targets(&reference.target);
        let Some(first) = targets.first() else {
            if self.names_many(reference) {
                self.no_single_entry(reference);
            } else if !self.broken.may_be(id) {
                self.unknown(from, reference);
            }
            return true;
        };
        // Which of several entries with one id was meant is not known.
        if targets.iter().any(|target| target.kind.is_none_or(|kind| reference.fits(kind))) {
            return true;
        }
        let Some(target) = first.kind else { return true };
        let kind = target.name;
        let diagnostic = if reference.allows(kind) {
            Diagnostic::error(Code::WrongKind, span, format!("`{id}` is a `{kind}`, which is never started"))
                .help("only an entry that is started can be required")
        } else {
            let wanted = either(&self.wanted(reference));
            Diagnostic::error(Code::WrongKind, span, format!("`{id}` is a `{kind}`, and {wanted} is wanted"))
        };
        let diagnostic = diagnostic.label("referenced here").also(first.span, format!("a `{kind}`"));
        let fitting = self.suggestions.of(|| self.closest(from, id, |kind| reference.allows(kind)));
        self.diagnostics.push(match fitting {
            Some(close) if diagnostic.help.is_none() => diagnostic.did_you_mean(close),
            _ => diagnostic,
        });
        false
    }

    /// What has the id of a target, with errors or without.
    fn targets(&self, target: &Spanned<EntryId>) -> Vec<Known> {
        let id = &target.value;
        let good = self.registry.get(id).map(|entry| Known { kind: Some(entry.kind), span: entry.span });
        // A namespace that is not known is that of one file.
        let is_here = |known: &&Known| id.namespace() != UNKNOWN || known.span.source == target.span.source;
        good.into_iter().chain(self.broken.called(id).iter().filter(is_here).copied()).collect()
    }

    /// `group:web` and `ns:app.web`, where no namespace is called so.
    fn names_many(&self, reference: &Reference) -> bool {
        let namespace = reference.target.value.namespace();
        let is_form = reference.relation == Relation::Needs && matches!(namespace, "group" | "ns");
        is_form && self.registry.iter().all(|entry| entry.id.namespace() != namespace)
    }

    fn no_single_entry(&mut self, reference: &Reference) {
        let id = &reference.target.value;
        let what = match id.namespace() {
            "group" => format!("all entries of the group `{}`", id.name()),
            _ => format!("all entries of the namespace `{}`", id.name()),
        };
        let headline = format!("`{id}` means {what}, and metonic takes only single entries");
        let diagnostic = Diagnostic::error(Code::UnsupportedOption, reference.target.span, headline);
        self.diagnostics.push(diagnostic.label("not supported").help("name each entry that has to run first"));
    }

    fn unknown(&mut self, from: Option<&EntryId>, reference: &Reference) {
        let (id, span) = (&reference.target.value, reference.target.span);
        let diagnostic = Diagnostic::error(Code::UnknownReference, span, format!("no entry is called `{id}`"))
            .label("nothing registered under this id");
        let close = self.suggestions.of(|| self.closest(from, id, |kind| reference.allows(kind)));
        let diagnostic = if let Some(close) = close {
            diagnostic.did_you_mean(&close).patch_text(span, self.written_like(reference, &close))
        } else {
            let wanted = self.wanted(reference);
            let kind = if wanted.is_empty() { String::new() } else { format!(" of kind {}", either(&wanted)) };
            diagnostic.help(format!("add an entry{kind} with this name, or name one that exists"))
        };
        self.diagnostics.push(diagnostic);
    }

    /// The kinds that a target may have; nothing if any will do.
    fn wanted(&self, reference: &Reference) -> Vec<&'static str> {
        let below = |allowed: &'static str| self.kinds.iter().filter(move |kind| is_kind(kind.name, allowed));
        reference.kinds.iter().flat_map(|allowed| below(allowed)).map(|kind| kind.name).collect()
    }

    /// An id that is written like this one: nearly the same, or the same name elsewhere. No entry means itself.
    fn closest(&self, from: Option<&EntryId>, id: &EntryId, fits: impl Fn(&str) -> bool) -> Option<EntryId> {
        let good = self.registry.iter().map(|entry| (&entry.id, entry.kind));
        let bad = self.broken.of_known_kind().filter(|(id, _)| ![id.namespace(), id.name()].contains(&UNKNOWN));
        let others = good.chain(bad).filter(|(id, kind)| from != Some(*id) && fits(kind.name));
        let mut fitting: Vec<&EntryId> = others.map(|(id, _)| id).collect();
        fitting.sort();
        let texts: Vec<String> = fitting.iter().map(ToString::to_string).collect();
        // Short names are all alike.
        let long = id.name().chars().count() >= 3;
        let near = long.then(|| closest(&id.to_string(), texts.iter().map(String::as_str))).flatten();
        let near = near.and_then(|near| fitting.iter().find(|id| id.to_string() == near));
        near.or_else(|| fitting.iter().find(|other| other.name() == id.name() && **other != id)).map(|id| (*id).clone())
    }

    /// `close` as the author would write it: with a namespace if the reference has one.
    fn written_like(&self, reference: &Reference, close: &EntryId) -> String {
        let bare = !self.registry.sources.slice(reference.target.span).contains(':');
        if bare && close.namespace() == reference.target.namespace() {
            close.name().to_owned()
        } else {
            close.to_string()
        }
    }
}

impl Reference {
    /// Whether the target may be an entry of this kind.
    fn fits(&self, kind: &KindDef) -> bool {
        self.allows(kind.name) && (self.relation != Relation::Needs || kind.runs)
    }

    /// Whether the target may be of this kind.
    pub(super) fn allows(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|allowed| is_kind(kind, allowed))
    }
}

/// Whether a kind is `allowed`, or one of those below it.
fn is_kind(kind: &str, allowed: &str) -> bool {
    match allowed.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => allowed == kind,
    }
}

/// `a`, `a` or `b`, or `a`, `b` or `c`.
fn either(names: &[&str]) -> String {
    quoted(names).replace(" and ", " or ")
}
