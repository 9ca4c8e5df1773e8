//! Says what went wrong in workflow tasks: once per distinct error and run, not once per attempt.

use std::sync::Arc;

use crate::{
    diag::{Blame, Code, Diagnostic, Report, Severity, Show, Subject, Teller},
    source::SourceMap,
    value::{Failure, failure_kind},
    workflow::{
        RunName, TaskFailure,
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
        self.task_failed_of(run_id, None, failed);
    }

    /// The same, of a run that somebody knows by name; a failure that names its run itself knows better.
    pub(crate) fn task_failed_of(&self, run_id: &str, name: Option<RunName>, failed: &TaskFailure) {
        let headline =
            failed.diagnostic.as_ref().map_or(failed.failure.message.as_str(), |diagnostic| &diagnostic.headline);
        if !self.0.is_new(&[run_id, headline]) {
            return;
        }
        let RunName { workflow_id, workflow_type } = name.unwrap_or_default();
        let subject = Subject { workflow_id, workflow_type, run_id: run_id.to_owned(), ..Subject::default() };
        let report = match failed.diagnostic.clone() {
            // It tells what is known of the run.
            Some(report) if !report.subject.run_id.is_empty() => report,
            Some(report) => Report { diagnostic: report.diagnostic.note(subject.note()), subject, ..report },
            None => Report { diagnostic: bare(&subject, &failed.failure), sources: Arc::default(), subject },
        };
        self.0.tell(FAILED, &report);
    }

    /// The core took a run out of memory because its code asks for something else than its history.
    pub(crate) fn not_deterministic(
        &self,
        run_id: &str,
        name: RunName,
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
        self.say_differs(run_id, name, diagnostic, sources);
    }

    /// The same, of an engine that knows what differs: the request at `site`.
    pub(crate) fn not_the_same(
        &self,
        run_id: &str,
        name: RunName,
        message: &str,
        site: Option<&EmittedAt>,
        sources: Option<Arc<SourceMap>>,
    ) {
        if !self.0.is_new(&[run_id, message]) {
            return;
        }
        let site = site.filter(|_| self.0.is_shown() || sources.is_some());
        let diagnostic = differs_here(DIFFERS.to_owned(), site).note(message.to_owned());
        self.say_differs(run_id, name, diagnostic, sources);
    }

    fn say_differs(&self, run_id: &str, name: RunName, diagnostic: Diagnostic, sources: Option<Arc<SourceMap>>) {
        let RunName { workflow_id, workflow_type } = name;
        let subject = Subject { workflow_id, workflow_type, run_id: run_id.to_owned(), ..Subject::default() };
        let diagnostic = diagnostic
            .note(subject.note())
            .help("put the old code back, or begin the new code as the old one did: the run goes on by itself");
        self.0.tell(FAILED, &Report { diagnostic, sources: sources.unwrap_or_default(), subject });
    }
}

/// A failure of which nothing more is known than itself.
fn bare(subject: &Subject, failure: &Failure) -> Diagnostic {
    let (code, blame) = match failure.kind.as_str() {
        failure_kind::INTERNAL => (Code::InternalError, Blame::Runtime),
        failure_kind::INVALID => (Code::BadValue, Blame::Workflow),
        _ => (Code::LuaError, Blame::Workflow),
    };
    let stack = Some(&failure.stack).filter(|stack| !stack.is_empty());
    let diagnostic = Diagnostic::without_place(code, Severity::Error, blame, failure.message.clone());
    stack.into_iter().fold(diagnostic, |diagnostic, stack| diagnostic.note(stack.clone())).note(subject.note())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::workflow::TaskFailureCause;

    /// What is shown of a failure of a run that is called so.
    fn shown_of(name: Option<RunName>) -> Diagnostic {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let show: Show = Arc::new({
            let shown = Arc::clone(&shown);
            move |diagnostic: &Diagnostic| shown.lock().unwrap().push(diagnostic.clone())
        });
        let failure = Failure::new(failure_kind::INTERNAL, "it broke");
        let cause = TaskFailureCause::WorkflowWorkerUnhandledFailure;
        let failed = TaskFailure { failure, cause, diagnostic: None };
        Problems::shown_by(Some(show)).task_failed_of("run-1", name, &failed);
        let shown = shown.lock().unwrap();
        let [diagnostic] = shown.as_slice() else { panic!("{shown:?}") };
        diagnostic.clone()
    }

    #[test]
    fn code_that_forgot_a_version_is_told_with_its_run_and_what_it_forgot() {
        let shown = Arc::new(Mutex::new(Vec::new()));
        let show: Show = Arc::new({
            let shown = Arc::clone(&shown);
            move |diagnostic: &Diagnostic| shown.lock().unwrap().push(diagnostic.notes.clone())
        });
        let name = RunName { workflow_id: "order-1".to_owned(), workflow_type: "app:main".to_owned() };
        let message = "[TMPRL1100] Nondeterminism error: Non-deprecated patch marker encountered for change tax-1, but \
                       there is no corresponding change command!";
        Problems::shown_by(Some(show)).not_deterministic("run-1", name, message, &[], None);
        let core = format!("the core says: {message}");
        let forgot = "the run passed `workflow.version(\"tax\", …)` on version 1, or `workflow.patched(\"tax-1\")`, and \
                      the code does not ask for that any more";
        let whose = "workflow app:main, id order-1, run run-1";
        assert_eq!(*shown.lock().unwrap(), [[forgot.to_owned(), core, whose.to_owned()]]);
    }

    #[test]
    fn a_bare_failure_is_shown_as_a_diagnostic_that_names_its_run() {
        let diagnostic = shown_of(None);
        assert_eq!((diagnostic.headline.as_str(), diagnostic.code), ("it broke", Code::InternalError));
        assert_eq!(diagnostic.notes, ["run run-1"]);
    }

    #[test]
    fn a_bare_failure_of_a_run_that_is_known_tells_what_it_is_called() {
        let name = RunName { workflow_id: "order-1".to_owned(), workflow_type: "app:main".to_owned() };
        assert_eq!(shown_of(Some(name)).notes, ["workflow app:main, id order-1, run run-1"]);
    }
}
