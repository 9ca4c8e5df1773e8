//! Workflow tasks that failed: what the server and people are told.

use std::sync::Arc;

use crate::{
    diag::{Blame, Code, Diagnostic, Report, Severity, Subject},
    lua::{Frame, LuaError, Origin, Tripped},
    value::{Failure, Value, failure_kind},
    workflow::{
        Catalog, Command, Completion, Emitted, RunName, Start, TaskFailure, TaskFailureCause, sent::Excess,
        state::RunState,
    },
};

/// So many characters of an input are shown.
const LONGEST_INPUT: usize = 200;

/// A Lua error that nobody decided on.
pub(super) fn broken(error: &LuaError, state: &RunState) -> Completion {
    let failure = match &error.origin {
        Origin::Limit(tripped) => Failure { stack: error.stack(), ..limit_passed(*tripped, error, state) },
        _ => error.to_failure(),
    };
    let diagnostic = of_program(diagnostic(error, &failure, state), state);
    failed(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure, diagnostic)
}

/// The run is on a version that the code does not support.
pub(super) fn unsupported(error: &LuaError, state: &RunState) -> Completion {
    let diagnostic = Diagnostic { code: Code::NonDeterminism, ..diagnostic(error, &error.to_failure(), state) };
    failed(error.to_failure(), TaskFailureCause::NonDeterminism, of_program(diagnostic, state))
}

/// A limit was passed, whatever else the code did after.
pub(super) fn tripped(tripped: Tripped, frames: Vec<Frame>, state: &RunState) -> Completion {
    let error = LuaError { message: String::new(), origin: Origin::Limit(tripped), frames };
    if state.facts.failure_policy.limit {
        let failure = Failure { stack: error.stack(), ..limit_passed(tripped, &error, state) };
        let command = Command::Fail(Failure { retryable: Some(false), ..failure });
        return Completion::Commands(vec![Emitted { command, site: Vec::new() }]);
    }
    broken(&error, state)
}

/// The run holds more than it may while it waits. `error` has the stack of its first coroutine.
pub(super) fn holds_too_much(held: usize, limit: usize, error: &LuaError, state: &RunState) -> Completion {
    let mib = |bytes: usize| {
        let tenths = bytes.saturating_mul(10) >> 20;
        format!("{}.{} MiB", tenths / 10, tenths % 10)
    };
    let what = format!("[TMPRL1101] the workflow holds {} while it waits; {} is the most", mib(held), mib(limit));
    let failure = Failure { stack: error.stack(), ..Failure::new(failure_kind::LUA_ERROR, placed(error, what)) };
    if state.facts.failure_policy.limit {
        let command = Command::Fail(Failure { retryable: Some(false), ..failure });
        return Completion::Commands(vec![Emitted { command, site: Vec::new() }]);
    }
    let note = "keep large values elsewhere and only what names them here, or continue as new with less; the worker's \
                `max_workflow_state_bytes` is the limit";
    let diagnostic = diagnostic(error, &failure, state).note(note);
    failed(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure, of_program(diagnostic, state))
}

/// One step sends more than the server takes.
pub(super) fn too_large(excess: Excess, state: &RunState) -> Completion {
    let Excess { message, cause, span } = excess;
    let diagnostic = Diagnostic {
        primary: span.map(|span| crate::diag::Label { span, text: "asked for here".to_owned() }),
        ..Diagnostic::without_place(Code::LuaError, Severity::Error, Blame::Workflow, message.clone())
    };
    let diagnostic = with_run(diagnostic, state).help("store large values elsewhere and pass what names them");
    failed(Failure::invalid(message), cause, of_program(diagnostic, state))
}

/// Nobody registered the type.
pub(super) fn unknown_type(start: &Start, run_id: &str, catalog: &Catalog) -> Completion {
    let workflow_type = &start.workflow_type;
    let subject = begins_as(start, run_id);
    let known = match catalog.types() {
        none if none.is_empty() => "this worker has no workflows".to_owned(),
        types => format!("this worker has: {types}"),
    };
    let message = format!("no workflow called `{workflow_type}` is registered; {known}");
    let help = format!("give the workflow `meta.temporal.workflow` with this worker and the name `{workflow_type}`");
    let diagnostic =
        Diagnostic::without_place(Code::UnknownReference, Severity::Error, Blame::Project, message.clone())
            .note(subject.note())
            .help(help);
    let failure = Failure::new(failure_kind::NOT_FOUND, message);
    failed(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure, Report { subject, ..without_texts(diagnostic) })
}

/// Whose problem it is, as the start of a run tells it.
fn begins_as(start: &Start, run_id: &str) -> Subject {
    Subject {
        workflow_id: start.info.workflow_id.clone(),
        workflow_type: start.workflow_type.clone(),
        run_id: run_id.to_owned(),
        activity_type: String::new(),
        attempt: start.info.attempt,
    }
}

/// metonic is at fault, and lived on.
pub(super) fn internal(message: &str) -> Completion {
    fault(message, Subject::default())
}

fn fault(message: &str, subject: Subject) -> Completion {
    let message = format!("metonic: {message}");
    let failure = Failure::new(failure_kind::INTERNAL, message.clone());
    let diagnostic = Diagnostic::without_place(Code::InternalError, Severity::Error, Blame::Runtime, message);
    let noted = [subject.note()].into_iter().filter(|note| !note.is_empty());
    let diagnostic = noted.fold(diagnostic, Diagnostic::note);
    failed(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure, Report { subject, ..without_texts(diagnostic) })
}

/// metonic is at fault. The run is named if it was in memory.
pub(super) fn panicked(name: Option<RunName>, run_id: &str) -> Completion {
    let RunName { workflow_id, workflow_type } = name.unwrap_or_default();
    let subject = Subject { workflow_id, workflow_type, run_id: run_id.to_owned(), ..Subject::default() };
    fault("panicked while it ran the workflow; this is a bug in metonic, please report it", subject)
}

fn failed(failure: Failure, cause: TaskFailureCause, report: Report) -> Completion {
    Completion::TaskFailed(Box::new(TaskFailure { failure, cause, diagnostic: Some(report) }))
}

fn of_program(diagnostic: Diagnostic, state: &RunState) -> Report {
    let facts = &state.facts;
    let subject = Subject {
        workflow_id: facts.workflow_id.to_string(),
        workflow_type: facts.names.workflow_type.clone(),
        run_id: facts.run_id.to_string(),
        activity_type: String::new(),
        attempt: facts.attempt,
    };
    Report { diagnostic, sources: Arc::clone(state.program.sources()), subject }
}

fn without_texts(diagnostic: Diagnostic) -> Report {
    Report { diagnostic, sources: Arc::default(), subject: Subject::default() }
}

fn limit_passed(tripped: Tripped, error: &LuaError, state: &RunState) -> Failure {
    let limits = state.limits();
    let what = match tripped {
        Tripped::Wall => format!("[TMPRL1101] the workflow ran for longer than {:?} without waiting", limits.wall),
        Tripped::Instructions => {
            format!("[TMPRL1101] the workflow took more than {} steps without waiting", limits.instructions)
        }
        Tripped::Memory => {
            format!("[TMPRL1101] the workflow needed more than {} MiB in one task", limits.memory / (1024 * 1024))
        }
    };
    Failure::new(failure_kind::LUA_ERROR, placed(error, what))
}

/// A message, after the place of the error.
fn placed(error: &LuaError, what: String) -> String {
    match error.place() {
        Some(frame) => format!("{}:{}: {what}", frame.chunk, frame.line),
        None => what,
    }
}

fn diagnostic(error: &LuaError, failure: &Failure, state: &RunState) -> Diagnostic {
    let headline = match &error.origin {
        // The place is shown below it.
        Origin::Limit(_) => {
            let place = placed(error, String::new());
            failure.message.strip_prefix(&*place).unwrap_or(&failure.message).to_owned()
        }
        _ => error.message.clone(),
    };
    let diagnostic = with_run(error.diagnostic(headline, &state.program), state);
    input_of(error, state)
        .into_iter()
        .fold(diagnostic, Diagnostic::note)
        .help("the run is not lost: fix the file, and the next attempt of the task goes on from here")
}

/// What the run was called with, where that may be shown, and what the code looked for in it.
fn input_of(error: &LuaError, state: &RunState) -> Option<String> {
    let input = state.facts.input();
    if input.is_empty() {
        return None;
    }
    let text = input.iter().map(Value::to_json).collect::<Vec<_>>().join(", ");
    let shown = match text.char_indices().nth(LONGEST_INPUT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let mut maps = input.iter().filter_map(Value::as_map).peekable();
    let is_map = maps.peek().is_some();
    let absent = error
        .absent_field(&state.program)
        .filter(|field| is_map && !maps.any(|map| map.contains_key(field.as_str())))
        .map_or_else(String::new, |field| format!(": it has no key `{field}`"));
    Some(format!("input was {shown}{absent}"))
}

fn with_run(diagnostic: Diagnostic, state: &RunState) -> Diagnostic {
    let facts = &state.facts;
    diagnostic.note(format!(
        "workflow {}, id {}, run {}, attempt {}, history of {} events",
        facts.names.workflow_type,
        facts.workflow_id,
        facts.run_id,
        facts.attempt,
        state.history.get().events
    ))
}
