//! A diagnostic of something that runs: with the texts that its places are in, and whose it is.

use std::{ops::Deref, sync::Arc};

use super::{Diagnostic, Diagnostics, Look, render_all};
use crate::source::{SourceMap, Span};

/// A diagnostic with the texts that its places are in: a run may be on code that the project has
/// no more.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) diagnostic: Diagnostic,
    pub(crate) sources: Arc<SourceMap>,
    pub(crate) subject: Subject,
}

/// Whose problem it is, as the fields of a log tell it. What is empty is not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) workflow_id: String,
    pub(crate) workflow_type: String,
    pub(crate) run_id: String,
    pub(crate) activity_type: String,
    pub(crate) attempt: u32,
}

impl Subject {
    /// The workflow, as a note of a diagnostic names it. What is not known is left out.
    pub(crate) fn note(&self) -> String {
        let attempt = Some(self.attempt).filter(|attempt| *attempt > 0).map(|attempt| attempt.to_string());
        let parts = [
            ("workflow", given(&self.workflow_type)),
            ("id", given(&self.workflow_id)),
            ("run", given(&self.run_id)),
            ("attempt", attempt.as_deref()),
        ];
        let known = parts.into_iter().filter_map(|(what, known)| Some(format!("{what} {}", known?)));
        known.collect::<Vec<_>>().join(", ")
    }
}

impl Report {
    /// As a log of text shows it.
    pub(crate) fn render(&self) -> String {
        render_all(&Diagnostics::from(self.diagnostic.clone()), &self.sources, Look::ASCII).trim_end().to_owned()
    }

    /// Logs it, as what `what` says: for people with the lines of Lua, for machines in fields. The
    /// log takes of the two targets the one of its format.
    pub(super) fn log(&self, what: &str) {
        let Self { diagnostic, sources, subject } = self;
        let code = diagnostic.code.slug();
        let run_id = given(&subject.run_id);
        tracing::error!(target: "metonic::text", run_id, code, "{what}.\n{}", self.render());
        let label = diagnostic.primary.as_ref();
        let source = label.map(|label| sources.get(label.span.source));
        // As people see it: without what may be a secret.
        let place = label.map(|label| sources.place(label.span));
        let excerpt = label.zip(place).map(|(label, place)| {
            let line = sources.get(label.span.source).line_range(place.line);
            sources.shown(Span::new(label.span.source, line.start, line.end)).trim().to_owned()
        });
        tracing::error!(
            target: "metonic::fields",
            run_id,
            workflow_id = given(&subject.workflow_id),
            workflow_type = given(&subject.workflow_type),
            activity_type = given(&subject.activity_type),
            attempt = Some(subject.attempt).filter(|attempt| *attempt > 0),
            error.code = code,
            error.file = source.map(|source| &*source.path),
            error.line = place.map(|place| place.line),
            error.column = place.map(|place| place.column),
            error.excerpt = excerpt,
            "{what}: {}",
            diagnostic.headline
        );
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

impl Deref for Report {
    type Target = Diagnostic;

    fn deref(&self) -> &Diagnostic {
        &self.diagnostic
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        self.diagnostic == other.diagnostic
    }
}
