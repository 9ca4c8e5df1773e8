//! Threads that own Lua states; the work goes to the thread that has the data.
//!
//! A Lua state cannot leave its thread, so a lane makes its own state and lends it to one job at a
//! time. Jobs run inside a local task set: a lane for functions drives many calls at once with
//! `tokio::task::spawn_local`. A job that panics ends itself and not its lane.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use metonic_doors::give_memory_back;
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
    task::LocalSet,
    time::timeout,
};

/// Deep recursion in Lua is ended by Lua; this holds its deepest.
const STACK_SIZE: usize = 4 * 1024 * 1024;

/// A lane that has had nothing to do for so long is at rest.
const REST: Duration = Duration::from_secs(5);

type Job<S> = Box<dyn FnOnce(&mut S) + Send>;

/// Threads that each own an `S`.
pub(crate) struct Lanes<S> {
    lanes: Vec<Lane<S>>,
}

struct Lane<S> {
    /// Nothing once the lane is to end.
    jobs: Option<mpsc::UnboundedSender<Job<S>>>,
    load: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// The job panicked, or the lane has ended: metonic's fault, never the Lua code's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metonic panicked on this lane")]
pub(crate) struct LaneBroke;

/// A place on a lane. The lane counts as less loaded once it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    lane: usize,
    load: Arc<AtomicUsize>,
}

impl Seat {
    pub(crate) fn lane(&self) -> usize {
        self.lane
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.load.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S: 'static> Lanes<S> {
    /// Starts `count` lanes, at least one; each makes its own state with `make`.
    pub(crate) fn start<M>(name: &str, count: usize, make: M) -> io::Result<Self>
    where
        M: Fn() -> S + Clone + Send + 'static,
    {
        let lanes = (0..count.max(1)).map(|at| Lane::start(format!("{name}-{at}"), make.clone()));
        Ok(Self { lanes: lanes.collect::<io::Result<_>>()? })
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lanes.len()
    }

    /// Takes a place on the least loaded lane.
    pub(crate) fn take_seat(&self) -> Seat {
        let least = self.lanes.iter().enumerate().min_by_key(|(_, lane)| lane.load.load(Ordering::Relaxed));
        let (at, lane) = least.expect("there is at least one lane");
        lane.load.fetch_add(1, Ordering::Relaxed);
        Seat { lane: at, load: Arc::clone(&lane.load) }
    }

    /// Runs a job on a lane, after those that were submitted before.
    pub(crate) async fn submit<R, J>(&self, lane: usize, job: J) -> Result<R, LaneBroke>
    where
        R: Send + 'static,
        J: FnOnce(&mut S) -> R + Send + 'static,
    {
        self.send(lane, job).await.map_err(|_| LaneBroke)
    }

    /// The same, not waited for: the job is in line when this returns.
    pub(crate) fn send<R, J>(&self, lane: usize, job: J) -> oneshot::Receiver<R>
    where
        R: Send + 'static,
        J: FnOnce(&mut S) -> R + Send + 'static,
    {
        let (tx, rx) = oneshot::channel();
        let job: Job<S> = Box::new(move |state| {
            // Nobody waits for the answer of a caller that went away.
            let _ = tx.send(job(state));
        });
        if let Some(jobs) = self.lanes.get(lane).and_then(|lane| lane.jobs.as_ref()) {
            // A lane that has ended drops the job, and with it the sender: the caller hears of it.
            let _ = jobs.send(job);
        }
        rx
    }
}

impl<S: 'static> Lane<S> {
    fn start(name: String, make: impl Fn() -> S + Send + 'static) -> io::Result<Self> {
        let (tx, rx) = mpsc::unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name(name).stack_size(STACK_SIZE).spawn(move || {
            LocalSet::new().block_on(&runtime, work(rx, make()));
        })?;
        Ok(Self { jobs: Some(tx), load: Arc::default(), thread: Some(thread) })
    }
}

async fn work<S>(mut jobs: mpsc::UnboundedReceiver<Job<S>>, mut state: S) {
    while let Some(job) = next(&mut jobs).await {
        if catch_unwind(AssertUnwindSafe(|| job(&mut state))).is_err() {
            tracing::error!("A job panicked on its lane; this is a bug in metonic, please report it.");
        }
    }
}

/// The next job. A lane that has come to rest gives back what the allocator keeps of the work before.
async fn next<S>(jobs: &mut mpsc::UnboundedReceiver<Job<S>>) -> Option<Job<S>> {
    if let Ok(job) = timeout(REST, jobs.recv()).await {
        return job;
    }
    give_memory_back();
    jobs.recv().await
}

impl<S> Drop for Lanes<S> {
    fn drop(&mut self) {
        for lane in &mut self.lanes {
            lane.jobs = None;
        }
        for lane in &mut self.lanes {
            if let Some(thread) = lane.thread.take()
                && thread.thread().id() != std::thread::current().id()
                && thread.join().is_err()
            {
                tracing::error!("A lane panicked; this is a bug in metonic, please report it.");
            }
        }
    }
}

impl<S> std::fmt::Debug for Lanes<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lanes({})", self.lanes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_job_and_not_its_lane() {
        let lanes = Lanes::start("test", 1, || 41).unwrap();
        assert_eq!(lanes.submit(0, |_: &mut i32| panic!("boom")).await, Err::<(), _>(LaneBroke));
        assert_eq!(lanes.submit(0, |state| *state + 1).await, Ok(42));
    }

    #[test]
    fn a_seat_is_taken_on_the_least_loaded_lane() {
        let lanes = Lanes::start("test", 2, || ()).unwrap();
        let first = lanes.take_seat();
        let second = lanes.take_seat();
        assert_eq!((first.lane(), second.lane()), (0, 1));
        drop(second);
        assert_eq!(lanes.take_seat().lane(), 1);
    }

    #[tokio::test]
    async fn a_lane_keeps_its_state_between_jobs() {
        let lanes = Lanes::start("test", 1, Vec::new).unwrap();
        lanes.submit(0, |state: &mut Vec<u8>| state.push(1)).await.unwrap();
        assert_eq!(lanes.submit(0, |state| state.len()).await, Ok(1));
    }
}
