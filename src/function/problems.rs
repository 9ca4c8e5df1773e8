//! Says why attempts failed that no author wanted to fail: once per distinct error, not per attempt.
//!
//! Temporal tries again, often for ever, and keeps the reason to itself. What an author raised or
//! returned on purpose is the caller's to read, and only a line for debugging here.

use std::sync::Arc;

use crate::{
    diag::{Blame, Code, Diagnostic, Report, Severity, Subject, Teller},
    function::{
        call::Call,
        drive::Ended,
        outcome::{LUA_BLOCKED, laden, limit_passed},
        task::{FunctionOutcome, FunctionTask},
    },
    lua::{LuaError, Origin, Tripped},
    value::Failure,
};

const FAILED: &str = "An attempt of an activity failed";

/// Tells how a call ended, if that is worth telling.
pub(super) fn tell(ended: &Ended, call: &Call) {
    let Some(teller) = &call.teller else { return };
    let program = &call.entry.program;
    let bug = |message: &str| LuaError { message: message.to_owned(), origin: Origin::Bug, frames: Vec::new() };
    let (error, help) = match ended {
        Ended::Raised(error) if matches!(error.origin, Origin::Author(_)) => return,
        Ended::Raised(error) => (error.clone(), "fix the file: the next attempt runs the new code"),
        Ended::Blocked => (bug(LUA_BLOCKED), "let one of them end or wait for work"),
        Ended::Tripped(tripped, frames) => {
            let message = limit_passed(*tripped, &program.profile().limits).message;
            let origin = Origin::Limit(*tripped);
            (LuaError { message, origin, frames: frames.clone() }, "it is not tried again: the caller gets the error")
        }
        Ended::Laden(held, frames) => {
            let message = laden(*held, &program.profile().limits).message;
            let origin = Origin::Limit(Tripped::Memory);
            (
                LuaError { message, origin, frames: frames.clone() },
                "keep large values elsewhere, and what names them here",
            )
        }
        Ended::Returned(_) | Ended::OutOfGrace(_) | Ended::OutOfTime(_) | Ended::Broken(_) => return,
    };
    let place = error.place().map(|frame| format!("{}:{}", frame.chunk, frame.line)).unwrap_or_default();
    // Edited code may have the same error again.
    let version = program.hash().short();
    if !teller.is_new(&[&call.task.activity_type, &version, &place, &error.message]) {
        return;
    }
    let mut diagnostic = error.diagnostic(error.message.clone(), program);
    if call.depth > 0 {
        diagnostic = diagnostic.note(format!("in {}, which another function called", call.entry.id));
    }
    let report = Report {
        diagnostic: with_task(diagnostic, &call.task).help(help),
        sources: Arc::clone(program.sources()),
        subject: subject(&call.task),
    };
    teller.tell(FAILED, &report);
}

/// Tells that the worker has no such activity.
pub(super) fn tell_unknown(teller: Option<&Teller>, task: &FunctionTask, failure: &Failure) {
    let Some(teller) = teller.filter(|teller| teller.is_new(&[&task.activity_type, &failure.message])) else { return };
    let diagnostic =
        Diagnostic::without_place(Code::UnknownReference, Severity::Error, Blame::Project, failure.message.clone());
    let diagnostic = with_task(diagnostic, task).help(format!(
        "give the function `meta.temporal.activity` with this worker and the name `{}`, or correct the name in the call",
        task.activity_type
    ));
    teller.tell(FAILED, &Report { diagnostic, sources: Arc::default(), subject: subject(task) });
}

/// What every failed attempt leaves in a log for debugging.
pub(super) fn log(task: &FunctionTask, outcome: &FunctionOutcome) {
    if let FunctionOutcome::Failed(failure) = outcome {
        tracing::debug!(
            activity_type = task.activity_type,
            attempt = task.attempt,
            workflow_id = task.workflow_id,
            kind = failure.kind,
            error = failure.message,
            "{FAILED}."
        );
    }
}

fn with_task(diagnostic: Diagnostic, task: &FunctionTask) -> Diagnostic {
    let FunctionTask { activity_type, attempt, workflow_type, workflow_id, run_id, .. } = task;
    diagnostic.note(format!(
        "activity {activity_type}, attempt {attempt}, of workflow {workflow_type}, id {workflow_id}, run {run_id}"
    ))
}

fn subject(task: &FunctionTask) -> Subject {
    Subject {
        workflow_id: task.workflow_id.clone(),
        workflow_type: task.workflow_type.clone(),
        run_id: task.run_id.clone(),
        activity_type: task.activity_type.clone(),
        attempt: task.attempt,
    }
}
