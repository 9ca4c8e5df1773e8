//! A run of a workflow as a pure function from activations to completions.
//!
//! It knows no clock, no randomness, no I/O and no protobuf: what it needs comes in an
//! [`Activation`], what it wants leaves in a [`Completion`].

mod activation;
mod api;
mod cancel;
mod catalog;
mod command;
mod completion;
mod host;
mod inbox;
mod lane;
mod log;
mod outbox;
mod outcome;
mod query;
mod report;
mod run;
#[cfg(test)]
pub(crate) mod script;
mod size;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use activation::{
    Activation, Headers, HistorySize, Job, Outcome, Query, Relative, Signal, Start, StartInfo, Update,
};
pub(crate) use api::PROFILE;
pub(crate) use catalog::{ActivityOptions, CalledFunction, Catalog, FailurePolicy, WorkflowEntry};
pub(crate) use command::{
    ActivityTimeouts, CallSite, Cancellation, Command, Emitted, Priority, RetryPolicy, ScheduleActivity, Seq,
    UpdateAnswer,
};
pub(crate) use completion::{Completion, Report, TaskFailure, TaskFailureCause};
pub(crate) use host::{Host, HostOptions};
pub(crate) use lane::LaneRuns;
