//! Takes problems that arise while a project runs, where someone looks on.

use super::Diagnostic;
use crate::source::SourceMap;

/// Shows a diagnostic as it arises. The process lends one where a person looks on; without one,
/// problems go to the log.
pub(crate) struct Reporter(Box<Show>);

type Show = dyn Fn(&Diagnostic, &SourceMap) + Send + Sync;

impl Reporter {
    pub(crate) fn new(show: impl Fn(&Diagnostic, &SourceMap) + Send + Sync + 'static) -> Self {
        Self(Box::new(show))
    }

    pub(crate) fn show(&self, diagnostic: &Diagnostic, sources: &SourceMap) {
        (self.0)(diagnostic, sources);
    }
}
