//! Says what went wrong in workflow tasks: once per distinct error and run, not once per attempt.
//!
//! A failed task is tried again and again; an error that shows each time hides the others.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex},
};

use crate::{
    diag::Diagnostic,
    source::{Digest, SourceMap},
    workflow::{
        Report, TaskFailure,
        mismatch::{EmittedAt, differs_at, differs_here, essence},
    },
};

/// More distinct errors than this are remembered by nobody; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

const DIFFERS: &str = "this code does not match the history of the run";

/// Shows a problem to whoever looks on.
pub(crate) type Show = Arc<dyn Fn(&Diagnostic) + Send + Sync>;

/// Where problems go, without repetition: to who looks on, else to the log.
#[derive(Default)]
pub(crate) struct Problems {
    seen: Mutex<Seen>,
    show: Option<Show>,
}

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Digest>,
    order: VecDeque<Digest>,
}

impl Problems {
    pub(crate) fn shown_by(show: Option<Show>) -> Self {
        Self { seen: Mutex::default(), show }
    }

    pub(crate) fn task_failed(&self, run_id: &str, failed: &TaskFailure) {
        let headline =
            failed.diagnostic.as_ref().map_or(failed.failure.message.as_str(), |diagnostic| &diagnostic.headline);
        if !self.is_new(run_id, headline) {
            return;
        }
        if let (Some(show), Some(diagnostic)) = (&self.show, &failed.diagnostic) {
            show(diagnostic);
        } else {
            let code = failed.diagnostic.as_ref().map(|diagnostic| diagnostic.code.slug());
            if let Some(report) = &failed.diagnostic {
                // The lines of Lua, as every other mistake is shown.
                tracing::error!(run_id, code, "A workflow task failed.\n{}", report.render());
            } else {
                let stack = Some(failed.failure.stack.as_str()).filter(|stack| !stack.is_empty());
                tracing::error!(run_id, stack, "A workflow task failed: {headline}");
            }
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
        if !self.is_new(run_id, &message) {
            return;
        }
        // Without the texts a place is only a number.
        let sites = if self.show.is_none() && sources.is_none() { &[] } else { sites };
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
        if !self.is_new(run_id, message) {
            return;
        }
        let site = site.filter(|_| self.show.is_some() || sources.is_some());
        let diagnostic = differs_here(DIFFERS.to_owned(), site).note(message.to_owned());
        self.say_differs(run_id, diagnostic, sources);
    }

    fn say_differs(&self, run_id: &str, diagnostic: Diagnostic, sources: Option<Arc<SourceMap>>) {
        let diagnostic = diagnostic
            .note(format!("run {run_id}"))
            .help("put the old code back, or begin the new code as the old one did: the run goes on by itself");
        match (&self.show, sources) {
            (Some(show), _) => show(&diagnostic),
            (None, sources) => {
                let code = diagnostic.code.slug();
                let report = Report { diagnostic, sources: sources.unwrap_or_default() };
                tracing::error!(run_id, code, "A workflow task failed.\n{}", report.render());
            }
        }
    }

    fn is_new(&self, run_id: &str, message: &str) -> bool {
        let digest = Digest::of_parts([run_id.as_bytes(), message.as_bytes()]);
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !seen.known.insert(digest) {
            return false;
        }
        seen.order.push_back(digest);
        if seen.order.len() > REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_new_once_per_run() {
        let problems = Problems::default();
        assert!(problems.is_new("run-1", "a"));
        assert!(!problems.is_new("run-1", "a"));
        assert!(problems.is_new("run-1", "b"));
        assert!(problems.is_new("run-2", "a"));
    }

    #[test]
    fn the_oldest_error_is_forgotten() {
        let problems = Problems::default();
        for at in 0..=REMEMBERED {
            problems.is_new("run-1", &at.to_string());
        }
        assert!(problems.is_new("run-1", "0"));
    }
}
