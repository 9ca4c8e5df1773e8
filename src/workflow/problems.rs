//! Says what went wrong in workflow tasks: once per distinct error and run, not once per attempt.

use std::sync::Arc;

use crate::{
    diag::{Diagnostic, Report, Show, Subject, Teller},
    source::SourceMap,
    workflow::{
        TaskFailure,
        mismatch::{EmittedAt, differs_at, differs_here, essence},
    },
};

const DIFFERS: &str = "this code does not match the history of the run";
const FAILED: &str = "A workflow task failed";

/// Where problems go, without repetition: to who looks on, else to the log.
#[derive(Default)]
pub(crate) struct Problems(Teller);

impl Problems {
    pub(crate) fn shown_by(show: Option<Show>) -> Self {
        Self(Teller::shown_by(show))
    }

    pub(crate) fn task_failed(&self, run_id: &str, failed: &TaskFailure) {
        let headline =
            failed.diagnostic.as_ref().map_or(failed.failure.message.as_str(), |diagnostic| &diagnostic.headline);
        if !self.0.is_new(&[run_id, headline]) {
            return;
        }
        if let Some(report) = &failed.diagnostic {
            self.0.tell(FAILED, &Report { subject: of_run(run_id, &report.subject), ..report.clone() });
        } else {
            let stack = Some(failed.failure.stack.as_str()).filter(|stack| !stack.is_empty());
            tracing::error!(run_id, stack, "{FAILED}: {headline}");
        }
    }

    /// The core took a run out of memory because its code asks for something else than its history.
    pub(crate) fn not_deterministic(
        &self,
        run_id: &str,
        message: &str,
        sites: &[EmittedAt],
        sources: Option<Arc<SourceMap>>,
    ) {
        let message = essence(message);
        if !self.0.is_new(&[run_id, &message]) {
            return;
        }
        // Without the texts a place is only a number.
        let sites = if !self.0.is_shown() && sources.is_none() { &[] } else { sites };
        let diagnostic = differs_at(DIFFERS.to_owned(), &message, sites).note(format!("the core says: {message}"));
        self.say_differs(run_id, diagnostic, sources);
    }

    /// The same, of an engine that knows what differs: the request at `site`.
    pub(crate) fn not_the_same(
        &self,
        run_id: &str,
        message: &str,
        site: Option<&EmittedAt>,
        sources: Option<Arc<SourceMap>>,
    ) {
        if !self.0.is_new(&[run_id, message]) {
            return;
        }
        let site = site.filter(|_| self.0.is_shown() || sources.is_some());
        let diagnostic = differs_here(DIFFERS.to_owned(), site).note(message.to_owned());
        self.say_differs(run_id, diagnostic, sources);
    }

    fn say_differs(&self, run_id: &str, diagnostic: Diagnostic, sources: Option<Arc<SourceMap>>) {
        let diagnostic = diagnostic
            .note(format!("run {run_id}"))
            .help("put the old code back, or begin the new code as the old one did: the run goes on by itself");
        let subject = of_run(run_id, &Subject::default());
        self.0.tell(FAILED, &Report { diagnostic, sources: sources.unwrap_or_default(), subject });
    }
}

fn of_run(run_id: &str, subject: &Subject) -> Subject {
    Subject { run_id: run_id.to_owned(), ..subject.clone() }
}
