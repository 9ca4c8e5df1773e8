//! What programs ask for, by name: all that there is has to be asked for by some of them.

use crate::workflow::{Command, Completion, SIDE_EFFECT, UpdateAnswer, child::SignalTarget};

/// All names that [`name`] gives.
pub(super) const ALL: [&str; 24] = [
    "a timer",
    "a timer's end",
    "an activity",
    "a local activity",
    "a record",
    "an activity's end",
    "a child",
    "a child's end",
    "a signal to a child",
    "a signal to another run",
    "a signal's end",
    "another run's end",
    "the end of a child that is not waited for",
    "a patch",
    "search attributes",
    "a memo",
    "an update is accepted",
    "an update fails",
    "an update is done",
    "the end",
    "a failure",
    "a cancelled run",
    "a new run",
    UNCLEAR,
];

/// The code asks for a patch and a version that a replay could not tell apart, or for a version of a
/// change that it does not support everywhere. Its task fails until it is mended.
pub(super) const UNCLEAR: &str = "names that are not clear";

/// The run that programs send requests to, which is no child of theirs.
const OTHER: &str = "other";

/// Whether a task failed for what is said at [`UNCLEAR`].
pub(super) fn is_unclear(completion: &Completion) -> bool {
    let Completion::TaskFailed(failed) = completion else { return false };
    let said = &failed.failure.message;
    said.contains("has the name that a version of") || said.contains("and the code supports")
}

/// What a command asks for; answers to queries ask for nothing.
pub(super) fn name(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::StartTimer { .. } => "a timer",
        Command::CancelTimer(_) => "a timer's end",
        Command::ScheduleActivity(activity) if activity.activity_type == SIDE_EFFECT => "a record",
        Command::ScheduleActivity(activity) if activity.local.is_some() => "a local activity",
        Command::ScheduleActivity(_) => "an activity",
        Command::CancelActivity { .. } => "an activity's end",
        Command::StartChild(_) => "a child",
        Command::CancelChild { .. } => "a child's end",
        Command::SignalWorkflow(signal) if matches!(signal.target, SignalTarget::Child(_)) => "a signal to a child",
        Command::SignalWorkflow(_) => "a signal to another run",
        Command::CancelSignal(_) => "a signal's end",
        Command::CancelWorkflow { target, .. } if target.workflow_id == OTHER => "another run's end",
        Command::CancelWorkflow { .. } => "the end of a child that is not waited for",
        Command::SetPatch { .. } => "a patch",
        Command::UpsertSearchAttributes(_) => "search attributes",
        Command::UpsertMemo(_) => "a memo",
        Command::AnswerUpdate { answer: UpdateAnswer::Accept, .. } => "an update is accepted",
        Command::AnswerUpdate { answer: UpdateAnswer::Reject(_), .. } => "an update fails",
        Command::AnswerUpdate { answer: UpdateAnswer::Complete(_), .. } => "an update is done",
        Command::Complete(_) => "the end",
        Command::Fail(_) => "a failure",
        Command::Cancelled => "a cancelled run",
        Command::ContinueAsNew(_) => "a new run",
        Command::AnswerQuery { .. } => return None,
    })
}
