//! Code that asks for something else than its history says: where it does.
//!
//! The core says that they differ only when it takes the run out of memory, in a sentence that knows
//! no line of Lua. So what a replaying run asked for last is kept until then. Where runs never stay in
//! memory the core gives another reason for that, and the server is asked what it was told.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use metonic_bridge::protos::temporal::api::{
    history::v1::history_event::Attributes, workflowservice::v1::GetWorkflowExecutionHistoryReverseRequest,
};

use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
    },
    workflow::{Activation, CallSite, Command, Completion, Emitted, Job, SIDE_EFFECT},
};

/// How the core begins what it says about a mismatch.
const MISMATCH: &str = "[TMPRL1100]";

/// How many events may have come after a task that failed a moment ago.
const LATEST: i32 = 100;

/// A request that the code made during a replay, and from where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct EmittedAt {
    /// What was asked for: `activity orders:charge`, `timer`.
    pub(crate) what: String,
    pub(crate) site: Vec<CallSite>,
}

/// A run whose last step repeated its history.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    pub(super) workflow_id: String,
    /// What it asked for last.
    pub(super) sites: Vec<EmittedAt>,
}

/// The runs that repeat their histories, by run.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<HashMap<String, Repeated>>);

impl Asked {
    /// A step begins. Only what repeats a history can differ from it.
    pub(super) fn begin(&self, activation: &Activation) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !activation.replaying {
            if !asked.is_empty() {
                asked.remove(&activation.run_id);
            }
            return;
        }
        let start = activation.jobs.iter().find_map(|job| match job {
            Job::Start(start) => Some(&start.info),
            _ => None,
        });
        if let Some(start) = start {
            let repeated = Repeated { workflow_id: start.workflow_id.clone(), ..Repeated::default() };
            asked.insert(activation.run_id.clone(), repeated);
        }
    }

    /// A step ended. Notes what the run asked for.
    pub(super) fn end(&self, run_id: &str, completion: &Completion) {
        let Completion::Commands(emitted) = completion else { return };
        if emitted.is_empty() {
            return;
        }
        if let Some(repeated) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(run_id) {
            repeated.sites = asked_at(emitted);
        }
    }

    /// The run leaves memory.
    pub(super) fn take(&self, run_id: &str) -> Option<Repeated> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id)
    }
}

impl Client {
    /// What the server was told of the run's last workflow task, if that is that the code does not
    /// match the history.
    pub(super) async fn mismatch(&self, run: &RunKey) -> Result<Option<String>, AskError> {
        let request = GetWorkflowExecutionHistoryReverseRequest {
            namespace: self.namespace.clone(),
            execution: Some(run.execution()),
            maximum_page_size: LATEST,
            ..GetWorkflowExecutionHistoryReverseRequest::default()
        };
        let answer = self.connection.get_workflow_execution_history_reverse(request).await?;
        let newest_first = answer.history.unwrap_or_default().events;
        let verdict =
            newest_first.into_iter().filter_map(|event| event.attributes).find_map(|attributes| match attributes {
                Attributes::WorkflowTaskFailedEventAttributes(failed) => Some(failed.failure),
                Attributes::WorkflowExecutionFailedEventAttributes(failed) => Some(failed.failure),
                Attributes::WorkflowTaskCompletedEventAttributes(_) => Some(None),
                _ => None,
            });
        Ok(verdict.flatten().map(|failure| failure.message).filter(|message| message.contains(MISMATCH)))
    }
}

/// The requests of one step that a history knows.
pub(super) fn asked_at(emitted: &[Emitted]) -> Vec<EmittedAt> {
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
    let site = culprit(message, sites);
    match site.and_then(|site| Some((site, site.site.first()?))) {
        Some((site, place)) => Diagnostic::error(Code::NonDeterminism, place.span, headline)
            .label(format!("now asks for {}", site.what))
            .blame(Blame::Workflow),
        None => Diagnostic::without_place(Code::NonDeterminism, Severity::Error, Blame::Workflow, headline),
    }
}

/// The core's sentence without the debug text around it, with its code.
pub(crate) fn essence(message: &str) -> String {
    let Some(at) = message.find(MISMATCH) else { return message.to_owned() };
    let sentence = &message[at..];
    let end = sentence.find(['"', '\n']).unwrap_or(sentence.len());
    sentence[..end].trim_end_matches(['\\', ' ']).to_owned()
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
