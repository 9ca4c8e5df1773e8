//! What the server tells a run: ours, not protobuf, so that the core, a simulator and a written
//! specification drive the same code.

use std::time::{Duration, SystemTime};

use indexmap::IndexMap;

use crate::{
    value::{Failure, Map, Value},
    workflow::{
        attributes::SearchAttributes,
        command::{Priority, RetryPolicy, Seq},
    },
};

/// One step of one run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activation {
    pub(crate) run_id: String,
    /// The run's own clock: the time of the workflow task's start.
    pub(crate) time: SystemTime,
    pub(crate) replaying: bool,
    pub(crate) history: HistorySize,
    /// The version of the worker that takes this task, or took it when it is replayed.
    pub(crate) deployment: Option<Deployment>,
    /// In the order the core gives them: start, patches, seed, signals and updates, the rest,
    /// queries.
    pub(crate) jobs: Vec<Job>,
}

/// How much history a run has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HistorySize {
    pub(crate) events: u32,
    pub(crate) bytes: u64,
    /// The server thinks that it is time to continue as new.
    pub(crate) continue_as_new_suggested: bool,
    /// Why it thinks so.
    pub(crate) reasons: ContinueReasons,
    /// The worker's version that runs should be on is another than the one this run is pinned to.
    pub(crate) target_version_changed: bool,
}

/// Why the server thinks that it is time to continue as new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContinueReasons {
    pub(crate) too_large: bool,
    pub(crate) too_many_events: bool,
    pub(crate) too_many_updates: bool,
}

/// A version of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deployment {
    pub(crate) name: String,
    pub(crate) build_id: String,
}

/// One thing that happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Job {
    Start(Box<Start>),
    /// This run has passed the patch before.
    Patch(String),
    /// Randomness begins anew: the run was reset.
    Reseed(u64),
    Signal(Signal),
    Update(Update),
    /// An update whose arguments cannot be read: it is rejected.
    Unreadable {
        protocol_id: String,
        problem: String,
        bytes: usize,
    },
    /// The run is asked to end.
    Cancel {
        reason: String,
    },
    Resolve {
        seq: Seq,
        outcome: Outcome,
    },
    Query(Query),
}

/// The beginning of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Start {
    pub(crate) workflow_type: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) seed: u64,
    pub(crate) headers: Headers,
    pub(crate) info: StartInfo,
}

/// Headers as they travel; metonic's own is `wippy-context`.
pub(crate) type Headers = IndexMap<String, Value>;

/// What a run knows of itself from its start. It is kept for as long as the run is in memory: what
/// only some runs have is boxed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StartInfo {
    pub(crate) workflow_id: String,
    pub(crate) namespace: String,
    pub(crate) task_queue: String,
    pub(crate) attempt: u32,
    pub(crate) first_run_id: String,
    pub(crate) continued_run_id: Option<String>,
    pub(crate) cron: Option<String>,
    /// From when a run of a cron schedule was scheduled to when the next one is.
    pub(crate) cron_schedule_to_schedule_interval: Option<Duration>,
    pub(crate) start_time: SystemTime,
    pub(crate) execution_timeout: Option<Duration>,
    /// When the server ends the chain of runs that this one belongs to.
    pub(crate) execution_expiration_time: Option<SystemTime>,
    pub(crate) run_timeout: Option<Duration>,
    pub(crate) task_timeout: Option<Duration>,
    pub(crate) parent: Option<Box<Relative>>,
    pub(crate) root: Option<Box<Relative>>,
    pub(crate) memo: Map,
    pub(crate) search_attributes: SearchAttributes,
    pub(crate) retry_policy: Option<Box<RetryPolicy>>,
    pub(crate) priority: Option<Box<Priority>>,
    pub(crate) last_failure: Option<Box<Failure>>,
    /// What the run before gave, of a cron schedule or a schedule.
    pub(crate) last_result: Option<Box<Value>>,
    /// The run id before any reset.
    pub(crate) original_run_id: String,
}

/// Another run: a parent or root.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relative {
    pub(crate) namespace: String,
    pub(crate) workflow_id: String,
    pub(crate) run_id: String,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signal {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) id: String,
    /// What answers name.
    pub(crate) protocol_id: String,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
    /// False on replay: the update was accepted then.
    pub(crate) validate: bool,
    /// As it came, if it came from a server.
    pub(crate) bytes: usize,
}

/// The id that the core gives to such a query.
const ALONE: &str = "legacy_query";

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Query {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
    pub(crate) headers: Headers,
}

impl Query {
    /// Whether it came with a task of its own, in whose answer is nothing else.
    pub(crate) fn is_alone(&self) -> bool {
        self.id == ALONE
    }
}

/// How something that was asked for ended.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "an outcome is read once and dropped")]
pub(crate) enum Outcome {
    /// A timer fired.
    Fired,
    /// An activity, child or request succeeded.
    Completed(Value),
    Failed(Failure),
    /// A local activity waits so long for its next attempt that a timer has to do the waiting.
    Backoff {
        attempt: u32,
        wait: Duration,
        first_scheduled: Option<SystemTime>,
    },
    /// A child was started; its result comes later under the same number.
    ChildStarted {
        run_id: String,
    },
}
