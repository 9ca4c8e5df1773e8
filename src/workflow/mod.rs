//! A run of a workflow as a pure function from activations to completions.
//!
//! It knows no clock, no randomness, no I/O and no protobuf: what it needs comes in an
//! [`Activation`], what it wants leaves in a [`Completion`].

mod activation;
mod command;
mod completion;

pub(crate) use activation::{
    Activation, Headers, HistorySize, Job, Outcome, Query, Relative, Signal, Start, StartInfo, Update,
};
pub(crate) use command::{
    ActivityTimeouts, CallSite, Cancellation, Command, Emitted, LocalActivity, Priority, RetryPolicy, ScheduleActivity,
    Seq, UpdateAnswer,
};
pub(crate) use completion::{Completion, TaskFailure, TaskFailureCause};
