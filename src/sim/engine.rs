//! The engine as others hold it.

use std::time::{Duration, SystemTime};

use crate::{
    sim::{Attached, Description, End, Problem, Row, Run, Start, Worker},
    value::{Failure, Value},
    workflow::{Signal, Update},
};

/// Which time the engine goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The machine's.
    Real,
    /// A time of its own, the same in every process: it stands still while something runs, and jumps
    /// to what is due next while somebody waits ([`Engine::result`], [`Engine::update`],
    /// [`Engine::sleep`]).
    Skipping,
}

/// Until when one waits for an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It was accepted or rejected.
    Accepted,
    Completed,
}

/// Keeps runs and drives them. Clones are the same engine.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    clock: Clock,
}

impl Engine {
    /// An engine without runs or workers. Needs the runtime that its tasks are to run on.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock }
    }

    /// The time that runs see.
    pub(crate) fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    /// Lets a worker take tasks.
    pub(crate) fn attach(&self, _worker: Worker) -> Attached {
        Attached::new(self.clone(), 0)
    }

    pub(super) async fn detach(&self, _worker: u64) {}

    pub(crate) fn start(&self, _start: Start) -> Result<Run, Problem> {
        Err(Problem::Stopped)
    }

    pub(crate) fn signal(&self, _run: &Run, _signal: Signal) -> Result<(), Problem> {
        Err(Problem::Stopped)
    }

    pub(crate) async fn query(&self, _run: &Run, _name: &str, _arguments: Vec<Value>) -> Result<Value, Problem> {
        Err(Problem::Stopped)
    }

    /// Nothing: it was accepted, and is not done. Only [`Stage::Accepted`] gives that.
    pub(crate) async fn update(
        &self,
        _run: &Run,
        _update: Update,
        _until: Stage,
    ) -> Result<Option<Result<Value, Box<Failure>>>, Problem> {
        Err(Problem::Stopped)
    }

    /// Asks a run to end; its code decides how.
    pub(crate) fn cancel(&self, _run: &Run, _reason: &str) -> Result<(), Problem> {
        Err(Problem::Stopped)
    }

    /// Ends a run; its code is not told.
    pub(crate) fn terminate(&self, _run: &Run, _reason: &str) -> Result<(), Problem> {
        Err(Problem::Stopped)
    }

    /// Waits for the end of a run, or of the last of those that go on in its place.
    pub(crate) async fn result(&self, _run: &Run) -> Result<End, Problem> {
        Err(Problem::Stopped)
    }

    pub(crate) fn describe(&self, _run: &Run) -> Result<Description, Problem> {
        Err(Problem::Stopped)
    }

    /// Every run, the newest first.
    pub(crate) fn list(&self) -> Vec<Row> {
        Vec::new()
    }

    /// Whether a worker takes workflow tasks of this queue.
    pub(crate) fn is_polled(&self, _namespace: &str, _task_queue: &str) -> bool {
        false
    }

    /// Lets time go by.
    pub(crate) async fn sleep(&self, _duration: Duration) {}

    /// Ends everything: attempts are asked to end and waited for, runs are forgotten.
    pub(crate) async fn close(&self) {}
}
