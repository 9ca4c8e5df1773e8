//! The engine as others hold it: a lock, the tasks that run code, and the one that keeps time.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use tokio::{runtime::Handle, sync::Notify};
use tokio_util::task::TaskTracker;

use crate::{
    sim::{
        Attached, Description, End, Problem, Row, Run, Start, Worker,
        ends::Standing,
        time::Due,
        world::{Forget, Tick, World},
    },
    value::{Failure, Value},
    workflow::{Headers, Query, Signal, Update},
};

/// Which time the engine goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The machine's.
    Real,
    /// A time of its own, the same in every process: it stands still while something runs, and jumps
    /// to what is due next while somebody waits ([`Engine::result`], [`Engine::update`],
    /// [`Engine::sleep`]). An attempt that takes long takes its time.
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
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    world: Mutex<World>,
    /// Something has changed that time depends on.
    changed: Arc<Notify>,
    handle: Handle,
    tasks: TaskTracker,
    me: Weak<Self>,
}

impl Shared {
    /// Makes a change, and begins what follows from it.
    pub(super) fn with<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let result = self.change(change);
        self.changed.notify_one();
        result
    }

    fn change<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let (result, launches) = {
            let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            let result = change(&mut world);
            (result, world.launch())
        };
        for launch in launches {
            if let Some(shared) = self.me.upgrade() {
                self.tasks.spawn_on(launch.run(shared), &self.handle);
            }
        }
        result
    }
}

impl Drop for Shared {
    /// The keeper of time ends when it finds nobody.
    fn drop(&mut self) {
        self.changed.notify_one();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

async fn keep_time(shared: Weak<Shared>, changed: Arc<Notify>) {
    loop {
        let Some(tick) = shared.upgrade().map(|shared| shared.change(World::tick)) else { return };
        match tick {
            Tick::Again => {}
            // Cancel-safe: nothing is lost of either.
            Tick::At(moment) => tokio::select! {
                () = tokio::time::sleep_until(moment) => {}
                () = changed.notified() => {}
            },
            Tick::Idle => changed.notified().await,
            Tick::End => return,
        }
    }
}

impl Engine {
    /// An engine without runs or workers. Its tasks run on the runtime of the caller, who closes it at
    /// last ([`Engine::close`]). `forget` is told of each run that is forgotten, by its id, and must not
    /// ask the engine.
    pub(crate) fn new(clock: Clock, forget: impl Fn(&str) + Send + 'static) -> Self {
        let seed = match clock {
            // Ids of runs are not to come again in the next process.
            Clock::Real => uuid::Uuid::new_v4().as_u64_pair().0,
            Clock::Skipping => 0,
        };
        Self::seeded(clock, seed, Box::new(forget))
    }

    /// Run ids and the chance that runs have come from `seed`.
    fn seeded(clock: Clock, seed: u64, forget: Forget) -> Self {
        let changed = Arc::new(Notify::new());
        let shared = Arc::new_cyclic(|me| Shared {
            world: Mutex::new(World::new(clock, seed, forget)),
            changed: Arc::clone(&changed),
            handle: Handle::current(),
            tasks: TaskTracker::new(),
            me: me.clone(),
        });
        shared.tasks.spawn(keep_time(Arc::downgrade(&shared), changed));
        Self { shared }
    }

    /// The time that runs see.
    pub(crate) fn now(&self) -> SystemTime {
        self.shared.with(|world| world.time.now())
    }

    /// Lets a worker take tasks.
    pub(crate) fn attach(&self, worker: Worker) -> Attached {
        Attached::new(Arc::clone(&self.shared), worker)
    }

    /// Whether a worker takes workflow tasks of this queue.
    pub(crate) fn is_polled(&self, namespace: &str, task_queue: &str) -> bool {
        self.shared.with(|world| world.is_polled(namespace, task_queue))
    }

    pub(crate) fn start(&self, start: Start) -> Result<Run, Problem> {
        self.shared.with(|world| world.start(start))
    }

    pub(crate) fn signal(&self, run: &Run, signal: Signal) -> Result<(), Problem> {
        self.shared.with(|world| world.signal(run, signal))
    }

    /// Asks a run to end; its code decides how.
    pub(crate) fn cancel(&self, run: &Run, reason: &str) -> Result<(), Problem> {
        self.shared.with(|world| world.cancel(run, reason))
    }

    /// Ends a run; its code is not told.
    pub(crate) fn terminate(&self, run: &Run, reason: &str) -> Result<(), Problem> {
        self.shared.with(|world| world.terminate(run, reason))
    }

    /// The answer of a run's code, also after its end.
    pub(crate) async fn query(&self, run: &Run, name: &str, arguments: Vec<Value>) -> Result<Value, Problem> {
        let query = Query { id: String::new(), name: name.to_owned(), arguments, headers: Headers::default() };
        let answer = self.shared.with(|world| world.query(run, query))?;
        answer.await.unwrap_or(Err(Problem::Stopped))
    }

    /// What becomes of an update; one that has the id of another is that one. Nothing: it was accepted,
    /// and is not done, which only [`Stage::Accepted`] gives.
    pub(crate) async fn update(
        &self,
        run: &Run,
        update: Update,
        until: Stage,
    ) -> Result<Option<Result<Value, Box<Failure>>>, Problem> {
        let answer = self.shared.with(|world| world.update(run, update, until))?;
        answer.answer().await.unwrap_or(Err(Problem::Stopped))
    }

    /// Waits for the end of a run, or of the last of those that go on in its place.
    pub(crate) async fn result(&self, run: &Run) -> Result<End, Problem> {
        let mut no = self.shared.with(|world| world.find(run))?;
        loop {
            match self.shared.with(|world| world.standing(no)) {
                Standing::Ended(end) => return Ok(end),
                Standing::GoesOn(next) => no = next,
                Standing::Runs(change) => change.answer().await.ok_or(Problem::Stopped)?,
                Standing::Stuck(problem) => return Err(problem),
            }
        }
    }

    /// Starts a run and sends it an update, in one step: its first task has both. A run that has the id
    /// already gets the update as `start` says.
    pub(crate) async fn update_with_start(
        &self,
        start: Start,
        update: Update,
        until: Stage,
    ) -> Result<Option<Result<Value, Box<Failure>>>, Problem> {
        let answer = self.shared.with(|world| world.update_with_start(start, update, until))?;
        answer.answer().await.unwrap_or(Err(Problem::Stopped))
    }

    pub(crate) fn describe(&self, run: &Run) -> Result<Description, Problem> {
        self.shared.with(|world| world.describe(run))
    }

    /// Every run, the newest first.
    pub(crate) fn list(&self) -> Vec<Row> {
        self.shared.with(|world| world.list())
    }

    /// Lets time go by.
    #[cfg_attr(not(test), expect(dead_code, reason = "only tests stand by while time goes on"))]
    pub(crate) async fn sleep(&self, duration: Duration) {
        let wait = self.shared.with(|world| {
            let (waiter, wait) = world.waits.begin();
            world.time.after(duration, Due::Sleep(waiter));
            wait
        });
        // An engine that was closed has no time.
        wait.answer().await;
    }

    /// Ends everything: attempts are asked to end and waited for, runs are forgotten.
    pub(crate) async fn close(&self) {
        self.shared.with(World::stop);
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}
