//! Collects diagnostics, so that all of them are reported at once.

use std::collections::BTreeSet;

use super::{Code, Diagnostic, Severity};

/// Everything that is wrong, in the order it was found until [`Diagnostics::sort`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub(crate) fn extend(&mut self, others: Diagnostics) {
        self.0.extend(others.0);
    }

    /// By file, then by place; what has no place comes first. What says the same of one place is kept
    /// once: a file's `meta` is read with each of its entries.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(Diagnostic::place);
        let mut said = BTreeSet::new();
        self.0.retain(|diagnostic| {
            said.insert((diagnostic.place(), diagnostic.code.slug(), diagnostic.headline.clone()))
        });
    }

    /// Drops each warning of `code` at a place where an error was found: one of the two is enough.
    pub(crate) fn drop_beside_errors(&mut self, code: Code) {
        let wrong: BTreeSet<_> =
            self.0.iter().filter(|other| other.severity == Severity::Error).map(Diagnostic::place).collect();
        self.0.retain(|diagnostic| diagnostic.code != code || !wrong.contains(&diagnostic.place()));
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Diagnostic> {
        self.0.iter_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    /// All headlines in one line.
    pub(crate) fn headlines(&self) -> String {
        self.0.iter().map(|diagnostic| diagnostic.headline.as_str()).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
