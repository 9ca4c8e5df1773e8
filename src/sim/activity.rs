//! Activities that have not ended: what is asked, how often it was tried, and what their attempts say.

use std::time::SystemTime;

use tokio::{sync::watch, time::Instant};

use crate::{
    function::CancelReason,
    sim::{ready::Place, time::Key, world::No},
    value::{Failure, Value},
    workflow::{ScheduleActivity, Seq},
};

/// An activity that has not ended.
pub(super) struct Activity {
    pub(super) request: ScheduleActivity,
    pub(super) id: String,
    pub(super) task_queue: String,
    pub(super) attempt: u32,
    /// When it was asked for first; of a local one maybe in a step before.
    pub(super) scheduled: SystemTime,
    pub(super) scheduled_event: i64,
    pub(super) started_event: i64,
    pub(super) state: State,
    /// Of the attempt, then of all attempts together.
    pub(super) timers: Vec<Key>,
    pub(super) heartbeat_timer: Option<Key>,
    pub(super) close_timer: Option<Key>,
    /// What the newest attempt said last.
    pub(super) heartbeat: Vec<Value>,
    pub(super) last_failure: Option<Failure>,
    pub(super) cancel_requested: bool,
    /// The run was told of its end, although it goes on.
    pub(super) is_over: bool,
    /// Who runs it.
    pub(super) identity: String,
}

/// Where an activity stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    InLine(Place),
    Runs(u64),
    /// It waits for its next attempt.
    Waits,
}

/// One attempt that runs.
pub(super) struct Attempt {
    pub(super) run: No,
    pub(super) seq: Seq,
    pub(super) worker: u64,
    pub(super) is_local: bool,
    pub(super) begun: Instant,
    /// What to tell it when it says that it is still here.
    pub(super) gone: bool,
    pub(super) cancel: watch::Sender<Option<CancelReason>>,
}

impl Attempt {
    /// Asks it to end. The first reason stays.
    pub(super) fn ask(&self, reason: CancelReason) {
        self.cancel.send_if_modified(|asked| {
            let is_first = asked.is_none();
            asked.get_or_insert(reason);
            is_first
        });
    }

    pub(super) fn asked(&self) -> Option<CancelReason> {
        *self.cancel.borrow()
    }
}

impl Activity {
    /// One that nobody ever heard of.
    pub(super) fn unsent(request: ScheduleActivity) -> Self {
        Self {
            id: request.activity_id.clone().unwrap_or_else(|| request.seq.0.to_string()),
            task_queue: String::new(),
            attempt: 1,
            scheduled: SystemTime::UNIX_EPOCH,
            scheduled_event: 0,
            started_event: 0,
            state: State::Waits,
            timers: Vec::new(),
            heartbeat_timer: None,
            close_timer: None,
            heartbeat: Vec::new(),
            last_failure: None,
            cancel_requested: false,
            is_over: false,
            identity: String::new(),
            request,
        }
    }

    pub(super) fn is_local(&self) -> bool {
        self.request.local.is_some()
    }
}
