//! What the local engine does not know how to do, and what no payload can hold. Nothing is ignored:
//! the workflow task fails, and says why.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diag::{Blame, Code, Diagnostic, Report, Severity, Subject},
    sim::run::{Open, Run},
    value::{Failure, Value},
    workflow::{
        Command, Emitted, LONGEST_NAME, Priority, Queue, Seq, StartChild, TaskFailure, TaskFailureCause, UpdateAnswer,
    },
};

const INTENT: &str = "versions of workers, so no `versioning_intent`";

/// What is wrong with the id of a workflow or an activity.
pub(super) fn of_id(what: &str, id: &str) -> Option<String> {
    match id.len() {
        0 => Some(format!("the {what} id is empty")),
        bytes if bytes > LONGEST_NAME => {
            Some(format!("the {what} id has {bytes} bytes; Temporal takes {LONGEST_NAME}"))
        }
        _ => None,
    }
}

/// An activity whose id another one has that is open in the run, or is asked for before it.
pub(super) fn of_same_id<'a>(run: &Run, emitted: &'a [Emitted]) -> Option<(String, &'a Emitted)> {
    let mut open: BTreeMap<Seq, String> = BTreeMap::new();
    for (seq, activity) in &run.open {
        if let Open::Activity(activity) = activity
            && !activity.is_local()
        {
            open.insert(*seq, activity.id.clone());
        }
    }
    for emitted in emitted {
        match &emitted.command {
            Command::ScheduleActivity(asked) if asked.local.is_none() => {
                let id = asked.activity_id.clone().unwrap_or_else(|| asked.seq.0.to_string());
                if open.values().any(|other| *other == id) {
                    let why = format!("an activity with the id `{id}` is open in this run already");
                    return Some((why, emitted));
                }
                open.insert(asked.seq, id);
            }
            // One that nobody has begun is over at once.
            Command::CancelActivity { seq, .. } if !run.has_begun(*seq) => drop(open.remove(seq)),
            _ => {}
        }
    }
    None
}

/// Why a command cannot be obeyed.
pub(super) fn of(command: &Command) -> Option<String> {
    let unknown = |what: &str| Some(format!("the local engine does not know {what}; run the project on Temporal"));
    match command {
        Command::StartChild(child) => match unknown_of_child(child) {
            Some(what) => unknown(what),
            None => of_id("workflow", &child.workflow_id).or_else(|| unportable(command)),
        },
        Command::ContinueAsNew(next) if next.intent.is_some() => unknown(INTENT),
        Command::ScheduleActivity(activity) if activity.intent.is_some() => unknown(INTENT),
        Command::ContinueAsNew(next) if next.upgrades => unknown("versions of workers, so nothing to upgrade to"),
        Command::ScheduleActivity(activity) if is_fair(activity.priority.as_ref()) => unknown("fairness keys"),
        Command::ScheduleActivity(activity) if activity.local.is_none() => {
            let id = activity.activity_id.as_deref();
            id.and_then(|id| of_id("activity", id)).or_else(|| unportable(command))
        }
        command => unportable(command),
    }
}

fn unknown_of_child(child: &StartChild) -> Option<&'static str> {
    if child.cron.is_some() {
        Some("`cron_schedule`")
    } else if child.versioning.is_some() || child.intent.is_some() {
        Some("versions of workers, so no `versioning_override` or `versioning_intent`")
    } else if is_fair(child.priority.as_ref()) {
        Some("fairness keys")
    } else {
        None
    }
}

pub(super) fn is_fair(priority: Option<&Priority>) -> bool {
    priority.is_some_and(|priority| !priority.fairness_key.is_empty())
}

fn unportable(command: &Command) -> Option<String> {
    values(command).into_iter().find_map(|value| value.portable().err()).map(|error| error.to_string())
}

/// The failed task of a run that a refusal leads to.
pub(super) fn task_failure(why: &str, emitted: &Emitted, run: &Run) -> TaskFailure {
    let message = match emitted.site.first() {
        Some(site) => format!("{}: {why}", site.place),
        None => why.to_owned(),
    };
    let subject = Subject {
        workflow_id: run.workflow_id.clone(),
        workflow_type: run.start.workflow_type.clone(),
        run_id: run.run_id.clone(),
        ..Subject::default()
    };
    let diagnostic = Diagnostic::without_place(Code::BadValue, Severity::Error, Blame::Workflow, message.clone())
        .note(subject.note());
    TaskFailure {
        failure: Failure::invalid(message),
        cause: TaskFailureCause::WorkflowWorkerUnhandledFailure,
        diagnostic: Some(Report { diagnostic, sources: Arc::default(), subject }),
    }
}

/// Everything of a command that travels as a payload.
fn values(command: &Command) -> Vec<&Value> {
    match command {
        Command::ScheduleActivity(activity) => activity.arguments.iter().chain(activity.headers.values()).collect(),
        Command::StartChild(child) => {
            child.arguments.iter().chain(child.headers.values()).chain(child.memo.values()).collect()
        }
        Command::SignalWorkflow(signal) => signal.arguments.iter().chain(signal.headers.values()).collect(),
        Command::ContinueAsNew(next) => {
            let memo = next.memo.iter().flat_map(|memo| memo.values());
            next.arguments.iter().chain(next.headers.values()).chain(memo).collect()
        }
        Command::UpsertMemo(memo) => memo.values().collect(),
        Command::Complete(value)
        | Command::AnswerUpdate { answer: UpdateAnswer::Complete(value), .. }
        | Command::AnswerQuery { answer: Ok(value), .. } => vec![value],
        Command::StartTimer { .. }
        | Command::CancelTimer(_)
        | Command::CancelActivity { .. }
        | Command::CancelChild { .. }
        | Command::CancelSignal(_)
        | Command::CancelWorkflow { .. }
        | Command::SetPatch { .. }
        | Command::UpsertSearchAttributes(_)
        | Command::AnswerQuery { .. }
        | Command::AnswerUpdate { .. }
        | Command::Fail(_)
        | Command::Cancelled => Vec::new(),
    }
}

/// The queue that a command names, in full.
pub(super) fn queue(queue: &Queue, prefix: &str, own: &str) -> String {
    match queue {
        Queue::Own => own.to_owned(),
        Queue::Named(name) => format!("{prefix}{name}"),
        Queue::Full(name) => name.clone(),
    }
}
