//! How a run is to begin, when somebody outside asks for it.

use std::time::Duration;

use crate::{
    value::{Map, Value},
    workflow::{Headers, IdReusePolicy, Priority, RetryPolicy, RunTimeouts, SearchAttributes, Signal},
};

/// A request to start a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Start {
    pub(crate) namespace: String,
    pub(crate) workflow_id: String,
    pub(crate) workflow_type: String,
    /// In full: with the client's prefix.
    pub(crate) task_queue: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    pub(crate) memo: Map,
    pub(crate) search_attributes: SearchAttributes,
    pub(crate) timeouts: RunTimeouts,
    /// Nothing: the workflow is not tried again.
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) priority: Option<Priority>,
    /// How long it waits before it begins. A signal ends the wait.
    pub(crate) delay: Option<Duration>,
    /// If the id was used before; nothing: it may be used again.
    pub(crate) id_reuse: Option<IdReusePolicy>,
    /// If a run has the id now.
    pub(crate) id_conflict: IdConflict,
    /// Sent to the run, be it new or there already.
    pub(crate) signal: Option<Signal>,
}

/// What becomes of a start whose id a running workflow has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum IdConflict {
    #[default]
    Fail,
    UseExisting,
    TerminateExisting,
}
