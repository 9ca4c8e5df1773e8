//! A run of a workflow as a pure function from activations to completions.
//!
//! It knows no clock, no randomness, no I/O and no protobuf: what it needs comes in an
//! [`Activation`], what it wants leaves in a [`Completion`].

mod activation;
mod activity_ids;
mod api;
mod attributes;
mod cancel;
mod carried;
mod catalog;
mod child;
mod children;
mod command;
mod completion;
mod cron;
mod end;
mod facts;
mod halt;
mod handlers;
mod host;
mod inbox;
mod kept;
mod lane;
mod local;
mod log;
mod mismatch;
mod outbox;
mod outcome;
mod outgoing;
mod pid;
mod problems;
mod query;
mod report;
pub(crate) mod retry;
mod run;
mod run_options;
mod scopes;
#[cfg(test)]
pub(crate) mod script;
mod sent;
mod side_effect;
mod size;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod upserted;
mod versions;
mod weight;

pub(crate) use activation::{
    Activation, ContinueReasons, Deployment, Headers, HistorySize, Job, Outcome, Query, Relative, Signal, Start,
    StartInfo, Update,
};
pub(crate) use api::{
    ALIASES as RUN_OPTION_ALIASES, PRIORITY_ALIASES, PROFILE, VersioningMode, Worded, search_attributes, snake,
    start_options,
};
pub(crate) use attributes::{SearchAttribute, SearchAttributeKind, SearchAttributes};
pub(crate) use catalog::{
    ActivityOptions, CalledFunction, CalledWorkflow, Catalog, EVERY_TYPE, FailurePolicy, WorkerAddress, WorkflowEntry,
};
pub(crate) use child::{
    ChildCancellation, ContinueAsNew, IdConflictPolicy, IdReusePolicy, NotStarted, ParentClosePolicy, Queue,
    RunTimeouts, SignalTarget, SignalWorkflow, StartChild, VersioningIntent, VersioningOverride,
};
pub(crate) use command::{
    ActivityTimeouts, CallSite, Cancellation, Command, Emitted, LONGEST_NAME, LocalActivity, Priority, RetryPolicy,
    SAYS_TWO, ScheduleActivity, Seq, UpdateAnswer,
};
pub(crate) use completion::{Completion, TaskFailure, TaskFailureCause};
pub(crate) use cron::{SCHEDULE_HINT, wrong_schedule};
pub(crate) use host::{Host, HostOptions, RunName, Workflows};
pub(crate) use kept::{KeptCode, Leaving};
pub(crate) use lane::LaneRuns;
pub(crate) use mismatch::{EmittedAt, MISMATCH, asked_at, differs_at, essence, without_dump};
pub(crate) use problems::Problems;
pub(crate) use run_options::RunOptions;
pub(crate) use side_effect::{SIDE_EFFECT, recorded};
pub(crate) use size::encoded;
