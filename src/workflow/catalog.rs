//! What a worker knows by name: workflow types, and how the functions that they call are called.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use indexmap::IndexMap;

use crate::{
    entry::EntryId,
    lua::Program,
    source::Digest,
    workflow::{ActivityTimeouts, Cancellation, Priority, Queue, RetryPolicy, RunOptions, VersioningIntent},
};

/// The name of the workflow that runs every type that no other does.
pub(crate) const EVERY_TYPE: &str = "*";

/// One generation of a worker's workflows. A reload makes a new one and swaps it in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// By workflow type.
    pub(crate) workflows: IndexMap<String, Arc<WorkflowEntry>>,
    /// By the id that Lua code calls: `app:charge`. A function that is not here is called by its
    /// id, with the defaults.
    pub(crate) functions: IndexMap<String, CalledFunction>,
    /// Every workflow of the project, whichever worker runs it, by the id of its entry.
    pub(crate) callable: IndexMap<String, CalledWorkflow>,
    /// Every other worker of the project, by the id of its entry.
    pub(crate) workers: IndexMap<String, WorkerAddress>,
    /// Why an entry of the project cannot be called, by its id: a variable has no value.
    pub(crate) unreadable: BTreeMap<String, String>,
}

/// How a workflow is started by another one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CalledWorkflow {
    /// Its name at the server.
    pub(crate) workflow_type: String,
    /// The entry of the worker that runs it, if one does.
    pub(crate) worker: Option<String>,
    /// What `meta.options` says.
    pub(crate) options: RunOptions,
}

/// Where another worker gets its tasks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WorkerAddress {
    /// The entry of the client that it polls through.
    pub(crate) client: String,
    /// As the server knows it.
    pub(crate) queue: String,
    /// Nothing: the one of the worker whose catalog this is.
    pub(crate) namespace: Option<String>,
    /// Its client is connected to another server, where nothing that is asked for here arrives.
    pub(crate) elsewhere: bool,
}

/// One workflow type.
#[derive(Clone, Debug)]
pub(crate) struct WorkflowEntry {
    pub(crate) id: EntryId,
    pub(crate) program: Arc<Program>,
    pub(crate) failure_policy: FailurePolicy,
}

/// Which errors that nobody decided on fail the workflow. Every other one fails the workflow task:
/// the run waits for a better version of the code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FailurePolicy {
    /// A bug.
    pub(crate) lua_error: bool,
    /// A limit of time, steps or memory.
    pub(crate) limit: bool,
    /// The code does not match the history; the core decides by this.
    pub(crate) non_determinism: bool,
}

/// How a function is called as an activity.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CalledFunction {
    /// Its name at the server.
    pub(crate) activity_type: String,
    /// What `meta.options` says.
    pub(crate) options: ActivityOptions,
    /// Where its worker gets its tasks, unless an option names another queue.
    pub(crate) queue: Queue,
    /// The project has it, and no worker of it.
    pub(crate) unbound: bool,
    /// The namespace of that worker; nothing: the one of the worker whose catalog this is.
    pub(crate) namespace: Option<String>,
    /// The client of that worker, if it is connected to another server.
    pub(crate) elsewhere: Option<String>,
}

/// Options of a call; what is not set is somebody else's to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ActivityOptions {
    pub(crate) activity_id: Option<String>,
    pub(crate) task_queue: Option<String>,
    pub(crate) timeouts: ActivityTimeouts,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) cancellation: Option<Cancellation>,
    /// Whether the server may hand the activity straight to this worker.
    pub(crate) eager: Option<bool>,
    pub(crate) summary: Option<String>,
    pub(crate) priority: Option<Priority>,
    pub(crate) intent: Option<VersioningIntent>,
    /// Whether it runs in this process and is recorded in one event.
    pub(crate) local: Option<bool>,
    /// A local activity's wait for its next attempt that is longer than this becomes a timer.
    pub(crate) local_retry_threshold: Option<Duration>,
}

impl Catalog {
    /// Whether a new run might need this program.
    pub(crate) fn uses(&self, program: Digest) -> bool {
        self.workflows.values().any(|entry| entry.program.hash() == program)
    }

    /// What runs a type: its own entry, else the one that takes every type.
    pub(crate) fn workflow(&self, workflow_type: &str) -> Option<&Arc<WorkflowEntry>> {
        self.workflows.get(workflow_type).or_else(|| self.workflows.get(EVERY_TYPE))
    }

    /// The registered types, as a message lists them.
    pub(crate) fn types(&self) -> String {
        let mut names: Vec<_> = self.workflows.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.join(", ")
    }
}

impl ActivityOptions {
    /// These, and where they say nothing, the others.
    pub(crate) fn over(self, others: &Self) -> Self {
        let timeouts = ActivityTimeouts {
            schedule_to_close: self.timeouts.schedule_to_close.or(others.timeouts.schedule_to_close),
            schedule_to_start: self.timeouts.schedule_to_start.or(others.timeouts.schedule_to_start),
            start_to_close: self.timeouts.start_to_close.or(others.timeouts.start_to_close),
            heartbeat: self.timeouts.heartbeat.or(others.timeouts.heartbeat),
        };
        Self {
            activity_id: self.activity_id.or_else(|| others.activity_id.clone()),
            task_queue: self.task_queue.or_else(|| others.task_queue.clone()),
            timeouts,
            retry: self.retry.or_else(|| others.retry.clone()),
            cancellation: self.cancellation.or(others.cancellation),
            eager: self.eager.or(others.eager),
            summary: self.summary.or_else(|| others.summary.clone()),
            priority: self.priority.or_else(|| others.priority.clone()),
            intent: self.intent.or(others.intent),
            local: self.local.or(others.local),
            local_retry_threshold: self.local_retry_threshold.or(others.local_retry_threshold),
        }
    }
}
