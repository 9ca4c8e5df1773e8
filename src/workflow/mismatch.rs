//! Code that asks for something else than its history says: where it does.

use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    workflow::{CallSite, Command, Emitted, SIDE_EFFECT},
};

/// How what is said about a mismatch begins.
pub(crate) const MISMATCH: &str = "[TMPRL1100]";

/// A request that the code made during a replay, and from where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EmittedAt {
    /// What was asked for: `activity orders:charge`, `timer`.
    pub(crate) what: String,
    pub(crate) site: Vec<CallSite>,
}

/// The requests of one step that a history knows.
pub(crate) fn asked_at(emitted: &[Emitted]) -> Vec<EmittedAt> {
    emitted.iter().filter_map(emitted_at).collect()
}

fn emitted_at(emitted: &Emitted) -> Option<EmittedAt> {
    let what = match &emitted.command {
        Command::StartTimer { .. } => "a timer".to_owned(),
        Command::ScheduleActivity(activity) if activity.activity_type == SIDE_EFFECT => "a side effect".to_owned(),
        Command::ScheduleActivity(activity) if activity.local.is_some() => {
            format!("local activity `{}`", activity.activity_type)
        }
        Command::ScheduleActivity(activity) => format!("activity `{}`", activity.activity_type),
        Command::SetPatch { id, .. } => format!("patch `{id}`"),
        Command::Complete(_) => "the end of the workflow".to_owned(),
        Command::Fail(_) => "the failure of the workflow".to_owned(),
        Command::Cancelled => "the cancellation of the workflow".to_owned(),
        Command::StartChild(child) => format!("child workflow `{}`", child.workflow_type),
        Command::SignalWorkflow(signal) => format!("signal `{}` to another workflow", signal.name),
        Command::CancelWorkflow { target, .. } => format!("a request to end workflow `{}`", target.workflow_id),
        Command::UpsertSearchAttributes(_) => "search attributes".to_owned(),
        Command::UpsertMemo(_) => "a memo".to_owned(),
        Command::ContinueAsNew(_) => "a new run in place of this one".to_owned(),
        Command::CancelTimer(_)
        | Command::CancelActivity { .. }
        | Command::CancelChild { .. }
        | Command::CancelSignal(_)
        | Command::AnswerQuery { .. }
        | Command::AnswerUpdate { .. } => {
            return None;
        }
    };
    Some(EmittedAt { what, site: emitted.site.clone() })
}

/// The diagnostic at the line that asks for something else; `message` is the [`essence`].
pub(crate) fn differs_at(headline: String, message: &str, sites: &[EmittedAt]) -> Diagnostic {
    let diagnostic = differs_here(headline, culprit(message, sites));
    forgotten(message).into_iter().fold(diagnostic, Diagnostic::note)
}

/// The same, where it is known which request it is.
pub(super) fn differs_here(headline: String, site: Option<&EmittedAt>) -> Diagnostic {
    match site.and_then(|site| Some((site, site.site.first()?))) {
        Some((site, place)) => Diagnostic::error(Code::NonDeterminism, place.span, headline)
            .label(format!("now asks for {}", site.what))
            .blame(Blame::Workflow),
        None => Diagnostic::without_place(Code::NonDeterminism, Severity::Error, Blame::Workflow, headline),
    }
}

/// The core's sentence without the debug text around it, with its code.
pub(crate) fn essence(message: &str) -> String {
    let message = without_dump(message);
    let Some(at) = message.find(MISMATCH) else { return message };
    let sentence = &message[at..];
    let end = sentence.find(['"', '\n']).unwrap_or(sentence.len());
    sentence[..end].trim_end_matches(['\\', ' ']).to_owned()
}

/// A message of the core's with the number and the type of an event in place of all that it holds.
pub(crate) fn without_dump(message: &str) -> String {
    const DUMP: &str = "HistoryEvent { event_id: ";
    let message = match message.split_once("message: \"") {
        Some((before, inner)) if before.contains("Failure {") => inner,
        _ => message,
    };
    let message = message.strip_prefix("Fatal error in workflow machines: ").unwrap_or(message);
    let Some((before, event)) = message.split_once(DUMP) else { return message.to_owned() };
    let until_comma = |text: &str| text.split(',').next().unwrap_or_default().trim().to_owned();
    let kind =
        event.split_once("event_type: ").map_or_else(String::new, |(_, kind)| format!(", {}", until_comma(kind)));
    format!("{before}HistoryEvent(id: {}{kind})", until_comma(event))
}

/// What the history has of a change that the code does not ask for any more. The core names the marker only.
fn forgotten(message: &str) -> Option<String> {
    let (_, rest) = message.split_once("patch marker encountered for change ")?;
    let (id, _) = rest.split_once(", but there is no corresponding change command")?;
    let version = id.rsplit_once('-').filter(|(_, version)| version.parse::<i64>().is_ok());
    let asked = match version {
        Some((change, version)) => {
            format!("passed `workflow.version(\"{change}\", …)` on version {version}, or `workflow.patched(\"{id}\")`")
        }
        None => format!("passed `workflow.patched(\"{id}\")`"),
    };
    Some(format!("the run {asked}, and the code does not ask for that any more"))
}

/// The request that the core found in the wrong place. Its sentences name a type, or the kind of
/// request that met another event.
fn culprit<'a>(message: &str, sites: &'a [EmittedAt]) -> Option<&'a EmittedAt> {
    let named = message.split('\'').nth(3).map(|name| format!("`{name}`"));
    if let Some(site) = named.and_then(|named| sites.iter().find(|site| site.what.ends_with(&named))) {
        return Some(site);
    }
    let kinds = [
        ("Timer machine", "a timer"),
        ("Local activity machine", "local activity"),
        ("Activity machine", "activity"),
        ("Child workflow machine", "child workflow"),
        ("Signal external machine", "signal"),
        ("Cancel external WF machine", "a request to end"),
        ("Change machine", "patch"),
        ("Continue as new workflow machine", "a new run"),
        ("Fail workflow machine", "the failure"),
        ("Cancel workflow machine", "the cancellation"),
        ("Complete workflow machine", "the end"),
    ];
    let (_, kind) = kinds.iter().find(|(machine, _)| message.contains(machine))?;
    sites.iter().find(|site| site.what.starts_with(kind))
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
    }

    #[test]
    fn a_change_that_the_code_forgot_is_named_as_the_code_named_it() {
        let message = |id: &str| {
            format!(
                "[TMPRL1100] Nondeterminism error: Non-deprecated patch marker encountered for change {id}, but there is no \
                 corresponding change command!"
            )
        };
        assert_eq!(
            forgotten(&message("new-tax")).unwrap(),
            "the run passed `workflow.patched(\"new-tax\")`, and the code does not ask for that any more"
        );
        assert_eq!(
            forgotten(&message("tax-2")).unwrap(),
            "the run passed `workflow.version(\"tax\", …)` on version 2, or `workflow.patched(\"tax-2\")`, and the code \
             does not ask for that any more"
        );
        assert_eq!(forgotten("[TMPRL1100] Nondeterminism error: something else"), None);
        let told = differs_at("it differs".to_owned(), &message("tax-2"), &[]).notes;
        assert_eq!(told, forgotten(&message("tax-2")).as_slice());
    }

    #[test]
    fn an_event_is_named_and_not_dumped() {
        let message = "Workflow activation completion failed: Failure { failure: Some(Failure { message: \"Fatal error \
                       in workflow machines: This history is invalid. Event detail: HistoryEvent { event_id: 6, \
                       event_time: Some(Timestamp { seconds: 1, nanos: 2 }), event_type: ActivityTaskStarted, version: \
                       0 }\", source: \"\" }) }";
        let named = "This history is invalid. Event detail: HistoryEvent(id: 6, ActivityTaskStarted)";
        assert_eq!(without_dump(message), named);
        let message = "[TMPRL1100] no command for it: HistoryEvent { event_id: 7, event_type: TimerFired, version: 0 }";
        assert_eq!(essence(message), "[TMPRL1100] no command for it: HistoryEvent(id: 7, TimerFired)");
        assert_eq!(without_dump("plain"), "plain");
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
