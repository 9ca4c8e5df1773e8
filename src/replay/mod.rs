//! Says what a replay found: as a diagnostic at the line that asks for something else than it did
//! when the history was written.

use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    temporal::{EmittedAt, History, Replayed},
    workflow::TaskFailure,
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
    let headline = format!("this code does not match the history `{name}`");
    let site = culprit(&message, sites);
    let place = site.and_then(|site| site.site.first());
    let mut diagnostic = match (site, place) {
        (Some(site), Some(place)) => Diagnostic::error(Code::NonDeterminism, place.span, headline)
            .label(format!("now asks for {}", site.what))
            .blame(Blame::Workflow),
        _ => Diagnostic::without_place(Code::NonDeterminism, Severity::Error, Blame::Workflow, headline),
    };
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

/// The core's sentence without the debug text around it, with its code.
fn essence(message: &str) -> String {
    const CODE: &str = "[TMPRL1100]";
    let Some(at) = message.find(CODE) else { return message.to_owned() };
    let sentence = &message[at..];
    let end = sentence.find(['"', '\n']).unwrap_or(sentence.len());
    sentence[..end].trim_end_matches(['\\', ' ']).to_owned()
}

/// The request that the core found in the wrong place. Its sentences name a type, or the kind of
/// request that met another event.
fn culprit<'a>(message: &str, sites: &'a [EmittedAt]) -> Option<&'a EmittedAt> {
    let named = message.split('\'').nth(3).map(|name| format!("activity `{name}`"));
    if let Some(site) = named.and_then(|named| sites.iter().find(|site| site.what == named)) {
        return Some(site);
    }
    let kinds =
        [("Timer machine", "a timer"), ("Activity machine", "activity"), ("Complete workflow machine", "the end")];
    let (_, kind) = kinds.iter().find(|(machine, _)| message.contains(machine))?;
    sites.iter().find(|site| site.what.starts_with(kind))
}

/// `HistoryEvent(id: 5, ActivityTaskScheduled)`.
fn event_id(message: &str) -> Option<i64> {
    let after = message.split("HistoryEvent(id: ").nth(1)?;
    after.split(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(what: &str) -> EmittedAt {
        EmittedAt { what: what.to_owned(), site: Vec::new() }
    }

    #[test]
    fn the_cores_sentence_is_taken_out_of_its_debug_text() {
        let message = r#"Failure { message: "[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)", source: "" }"#;
        let sentence = essence(message);
        assert_eq!(
            sentence,
            "[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: HistoryEvent(id: 5, \
             ActivityTaskScheduled)"
        );
        assert_eq!(event_id(&sentence), Some(5));
    }

    #[test]
    fn the_request_in_the_wrong_place_is_found_by_its_type() {
        let message =
            "Activity type of scheduled event 'charge' does not match activity type of activity command 'pay'";
        let sites = [site("activity `other`"), site("activity `pay`")];
        assert_eq!(culprit(message, &sites), Some(&sites[1]));
    }

    #[test]
    fn the_request_in_the_wrong_place_is_found_by_its_kind() {
        let message = "Timer machine does not handle this event: HistoryEvent(id: 5, ActivityTaskScheduled)";
        let sites = [site("activity `other`"), site("a timer")];
        assert_eq!(culprit(message, &sites), Some(&sites[1]));
    }
}
