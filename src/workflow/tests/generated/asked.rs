//! What programs ask for, by name: all that there is has to be asked for by some of them.

use crate::workflow::{Command, SIDE_EFFECT, UpdateAnswer, child::SignalTarget};

/// All names that [`name`] gives.
pub(super) const ALL: [&str; 22] = [
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
];

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
        Command::CancelWorkflow { .. } => "another run's end",
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
