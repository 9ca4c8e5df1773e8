//! Says what a replay found: as a diagnostic at the line that asks for something else than it did
//! when the history was written.

use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    temporal::{History, Replayed},
    workflow::{EmittedAt, TaskFailure, differs_at, essence},
};

/// What is wrong, or nothing. `name` is what people call the history: a file or an id.
pub(crate) fn verdict(name: &str, history: &History, replayed: Replayed) -> Option<Diagnostic> {
    match replayed {
        Replayed::Same => None,
        Replayed::Differs { message, sites } => Some(differs(name, history, &message, &sites)),
        Replayed::TaskFailed(failed) => Some(broke(name, *failed)),
        Replayed::Unusable(problem) => Some(unusable(name, &problem)),
    }
}

/// A text that is no history, or one that cannot be replayed.
pub(crate) fn unusable(name: &str, problem: &str) -> Diagnostic {
    let headline = format!("`{name}` cannot be replayed: {problem}");
    Diagnostic::without_place(Code::BadHistory, Severity::Error, Blame::Project, headline)
        .help("export one with `temporal workflow show -w ID -o json`")
}

fn differs(name: &str, history: &History, message: &str, sites: &[EmittedAt]) -> Diagnostic {
    let message = essence(message);
    let mut diagnostic = differs_at(format!("this code does not match the history `{name}`"), &message, sites);
    if let Some((id, event)) = event_id(&message).and_then(|id| Some((id, history.describe(id)?))) {
        diagnostic = diagnostic.note(format!("event {id} of the history is {event}"));
    }
    diagnostic
        .note(format!("the core says: {message}"))
        .help("a run that has begun needs the requests it made before, in the same order")
}

/// A task that failed says it itself, if it knows the place.
fn broke(name: &str, failed: TaskFailure) -> Diagnostic {
    let TaskFailure { failure, diagnostic, .. } = failed;
    let diagnostic = diagnostic.map_or_else(
        || {
            let mut broke =
                Diagnostic::without_place(Code::LuaError, Severity::Error, Blame::Workflow, failure.message);
            if !failure.stack.is_empty() {
                broke = broke.note(failure.stack);
            }
            broke
        },
        |report| report.diagnostic,
    );
    diagnostic.note(format!("while the history `{name}` was replayed"))
}

/// `HistoryEvent(id: 5, ActivityTaskScheduled)`.
fn event_id(message: &str) -> Option<i64> {
    let after = message.split("HistoryEvent(id: ").nth(1)?;
    after.split(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_is_found_in_the_cores_sentence() {
        let sentence = "Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)";
        assert_eq!(event_id(sentence), Some(5));
        assert_eq!(event_id("Missing associated machine for Timer(77)"), None);
    }
}
