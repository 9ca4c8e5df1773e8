//! One run, as the engine keeps it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::SystemTime,
};

use indexmap::IndexMap;
use tokio::sync::oneshot;

use crate::{
    sim::{
        End, Problem, Status,
        activity::{Activity, State},
        ready::Place,
        time::Key,
        told::Told,
        updates::UpdateRecord,
        waits::Waiter,
        world::No,
    },
    value::{Failure, Map, Value},
    workflow::{
        Activation, ChildCancellation, HistorySize, Job, ParentClosePolicy, Priority, Query, RetryPolicy, RunTimeouts,
        SearchAttributes, Seq, Start, encoded,
    },
};

pub(super) struct Run {
    pub(super) run_id: String,
    pub(super) namespace: String,
    pub(super) workflow_id: String,
    pub(super) task_queue: String,
    /// As it was told.
    pub(super) start: Start,
    pub(super) started: SystemTime,
    pub(super) status: Status,
    pub(super) closed: Option<SystemTime>,
    pub(super) end: Option<End>,
    /// The run that goes on in its place.
    pub(super) next: Option<No>,
    pub(super) parent: Option<Parent>,
    /// When the time of the whole chain is over.
    pub(super) expires: Option<SystemTime>,
    pub(super) timeouts: RunTimeouts,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) priority: Option<Priority>,
    pub(super) memo: Map,
    pub(super) search_attributes: SearchAttributes,
    /// It waits to begin; whether a signal ends the wait.
    pub(super) waits: Option<bool>,
    /// What has happened since its last step.
    pub(super) inbox: Vec<Job>,
    pub(super) questions: VecDeque<Question>,
    pub(super) task: Task,
    /// The failed task waits for its next attempt.
    pub(super) held: Option<Key>,
    /// How often the task failed, and why the last time.
    pub(super) task_failures: u32,
    pub(super) task_failure: Option<Failure>,
    /// The worker that has it in memory.
    pub(super) memory: Option<u64>,
    pub(super) told: Vec<Arc<Told>>,
    pub(super) open: BTreeMap<Seq, Open>,
    pub(super) updates: IndexMap<String, UpdateRecord>,
    pub(super) history: HistorySize,
    pub(super) update_count: u32,
    pub(super) cancel_requested: bool,
    /// Of its own time: when it begins, when it is over.
    pub(super) timers: Vec<Key>,
    pub(super) waiters: Vec<Waiter<()>>,
}

/// Whose child a run is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parent {
    pub(super) run: No,
    /// The number that the child was started with.
    pub(super) seq: Seq,
    pub(super) close: ParentClosePolicy,
}

/// What a run has asked for and is not told the end of; and activities that go on although it is.
pub(super) enum Open {
    Timer(Key),
    Activity(Box<Activity>),
    Child(Child),
}

pub(super) struct Child {
    pub(super) run: No,
    pub(super) workflow_id: String,
    pub(super) workflow_type: String,
    pub(super) namespace: String,
    pub(super) cancellation: ChildCancellation,
    /// Its end does not interest any more.
    pub(super) given_up: bool,
    pub(super) initiated_event: i64,
    pub(super) started_event: i64,
}

/// A query, and who asks.
pub(super) struct Question {
    pub(super) query: Query,
    pub(super) reply: oneshot::Sender<Result<Value, Problem>>,
}

/// Where the workflow task of a run stands. There is one at a time.
pub(super) enum Task {
    Idle,
    Ready(Place),
    Running(Box<Running>),
    /// The run leaves the memory of this worker.
    Leaving(u64),
}

pub(super) struct Running {
    pub(super) worker: u64,
    /// Without its queries.
    pub(super) activation: Activation,
    pub(super) questions: Vec<Question>,
}

impl Run {
    pub(super) fn is_open(&self) -> bool {
        self.status == Status::Running
    }

    pub(super) fn activity(&mut self, seq: Seq) -> Option<&mut Activity> {
        match self.open.get_mut(&seq) {
            Some(Open::Activity(activity)) => Some(activity),
            _ => None,
        }
    }

    /// Whether somebody runs the activity.
    pub(super) fn has_begun(&self, seq: Seq) -> bool {
        matches!(self.open.get(&seq), Some(Open::Activity(activity)) if matches!(activity.state, State::Runs(_)))
    }

    pub(super) fn child(&mut self, seq: Seq) -> Option<&mut Child> {
        match self.open.get_mut(&seq) {
            Some(Open::Child(child)) => Some(child),
            _ => None,
        }
    }

    /// Counts events of a history that nobody writes; the number of the last one.
    pub(super) fn record(&mut self, events: u32, values: &[Value]) -> i64 {
        /// What the server adds to an event, roughly.
        const OVERHEAD: u64 = 100;
        self.history.events += events;
        let payloads: usize = values.iter().map(encoded).sum();
        self.history.bytes += u64::from(events) * OVERHEAD + u64::try_from(payloads).unwrap_or(u64::MAX);
        i64::from(self.history.events)
    }
}
