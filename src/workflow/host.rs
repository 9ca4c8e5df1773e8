//! Runs the workflows of one worker: hands each activation to its run's lane.
//!
//! A run stays on the lane it began on and on the program it began with. A run that is not in
//! memory begins anew from its history: on its own program, if this process had it before and its last
//! task did not fail; else on the one that the catalog has now.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use futures_util::future::{BoxFuture, join_all};
use tokio::sync::oneshot;

use crate::{
    lua::{Lanes, Limits, Seat},
    source::SourceMap,
    telemetry::Metrics,
    workflow::{
        Activation, Catalog, Completion, KeptCode, Leaving,
        lane::{HostId, LaneRuns},
        log::LogSink,
        report,
        weight::LargeRuns,
    },
};

/// Runs workflows, as an engine sees them. A test puts its own in their place.
pub(crate) trait Workflows: Send + Sync + 'static {
    /// Every activation has exactly one completion. One run has one activation at a time.
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion>;

    /// Forgets a run and gives the texts of its code, if it was in memory. It may come back, from its
    /// history.
    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>>;

    /// What a run is called that is in memory.
    fn name_of(&self, _run_id: &str) -> BoxFuture<'static, Option<RunName>> {
        Box::pin(async { None })
    }

    /// The worker has stopped: its runs leave memory, and may go on at another one.
    fn leave(&self) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }

    /// A run that left memory turns out to have done so because its task failed.
    fn failed_after_all(&self, _run_id: &str) {}

    /// Whether a run is to leave memory after the step that it has just taken; said once.
    fn wants_to_leave(&self, _run_id: &str) -> bool {
        false
    }
}

/// What people know a run by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunName {
    pub(crate) workflow_id: String,
    pub(crate) workflow_type: String,
}

/// Runs the workflows of one worker.
pub(crate) struct Host {
    lanes: Arc<Lanes<LaneRuns>>,
    catalog: Arc<ArcSwap<Catalog>>,
    options: Arc<HostOptions>,
    id: HostId,
    /// Which runs are in memory, and where.
    seats: Arc<Mutex<HashMap<Arc<str>, Seat>>>,
}

/// What a host's runs have in common.
#[derive(Clone)]
pub(crate) struct HostOptions {
    /// The id of the `temporal.client` entry: the first part of a process id.
    pub(crate) client: String,
    /// The id of the `temporal.worker` entry: the second part.
    pub(crate) worker: String,
    /// What one activation may use; nothing: what the profile of workflows says.
    pub(crate) limits: Option<Limits>,
    /// Bytes of one argument or result.
    pub(crate) largest_payload: usize,
    /// Bytes of all arguments and results of one workflow task together. The server ends a run that
    /// sends too much at once, so it must be told before.
    pub(crate) largest_task: usize,
    /// Bytes that one run may hold while it waits.
    pub(crate) largest_state: usize,
    /// The runs that are large enough to have a VM of their own.
    pub(crate) large: Arc<LargeRuns>,
    /// Which code runs go on with that are not in memory.
    pub(crate) kept: Arc<KeptCode>,
    /// Whether an error is shown with what its run was called with: to nobody but the author.
    pub(crate) shows_input: bool,
    /// Where `logger` and `print` go.
    pub(crate) log: LogSink,
    /// Where `metrics` counts.
    pub(crate) metrics: Metrics,
}

impl HostOptions {
    pub(crate) fn new(client: impl Into<String>, worker: impl Into<String>) -> Self {
        Self {
            client: client.into(),
            worker: worker.into(),
            limits: None,
            largest_payload: 2 * 1024 * 1024,
            largest_task: 7 * 512 * 1024,
            largest_state: 64 * 1024 * 1024,
            large: Arc::default(),
            kept: Arc::default(),
            shows_input: false,
            log: LogSink::tracing(),
            metrics: Metrics::default(),
        }
    }
}

/// Hands out [`HostId`]s.
static LAST_HOST: AtomicU64 = AtomicU64::new(0);

impl Host {
    pub(crate) fn new(lanes: Arc<Lanes<LaneRuns>>, catalog: Arc<ArcSwap<Catalog>>, options: HostOptions) -> Self {
        let id = HostId(LAST_HOST.fetch_add(1, Ordering::Relaxed));
        Self { lanes, catalog, options: Arc::new(options), id, seats: Arc::default() }
    }

    /// The lane of a run, and its id as everybody keeps it.
    fn seat_of(&self, run_id: &str) -> (usize, Arc<str>) {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((run_id, seat)) = seats.get_key_value(run_id) {
            return (seat.lane(), Arc::clone(run_id));
        }
        let seat = self.lanes.take_seat();
        let (lane, run_id) = (seat.lane(), Arc::<str>::from(run_id));
        seats.insert(Arc::clone(&run_id), seat);
        (lane, run_id)
    }

    /// Has all lanes forget this host.
    fn forget(&self) -> Vec<oneshot::Receiver<()>> {
        let id = self.id;
        (0..self.lanes.count()).map(|lane| self.lanes.send(lane, move |runs| runs.forget(id))).collect()
    }
}

impl Workflows for Host {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        let id = self.id;
        let (catalog, options) = (self.catalog.load_full(), Arc::clone(&self.options));
        let (lane, run_id) = self.seat_of(&activation.run_id);
        let key = (id, Arc::clone(&run_id));
        let answer = self.lanes.send(lane, move |runs| runs.activate(&key, activation, &catalog, &options));
        let seats = Arc::clone(&self.seats);
        Box::pin(async move {
            let completion = answer.await.unwrap_or_else(|_| report::panicked(None, &run_id));
            if matches!(completion, Completion::TaskFailed(_)) {
                // The lane has dropped the run; it begins anew, maybe elsewhere.
                seats.lock().unwrap_or_else(PoisonError::into_inner).remove(&run_id);
            }
            completion
        })
    }

    fn name_of(&self, run_id: &str) -> BoxFuture<'static, Option<RunName>> {
        let seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seat) = seats.get(run_id) else { return Box::pin(async { None }) };
        let (id, run_id) = (self.id, run_id.to_owned());
        let done = self.lanes.send(seat.lane(), move |runs| runs.name_of(id, &run_id));
        Box::pin(async move { done.await.ok().flatten() })
    }

    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        let seat = self.seats.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id);
        let Some(seat) = seat else { return Box::pin(async { None }) };
        let (id, run_id, catalog) = (self.id, run_id.to_owned(), self.catalog.load_full());
        let done = self.lanes.send(seat.lane(), move |runs| runs.evict(id, &run_id, leaving, &catalog));
        Box::pin(async move {
            // A lane that broke has forgotten the run, too.
            let sources = done.await.ok().flatten();
            drop(seat);
            sources
        })
    }

    fn leave(&self) -> BoxFuture<'static, ()> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let left = self.forget();
        Box::pin(async move {
            // A lane that broke has forgotten its runs, too.
            join_all(left).await;
        })
    }

    fn failed_after_all(&self, run_id: &str) {
        self.options.kept.take(run_id);
    }

    fn wants_to_leave(&self, run_id: &str) -> bool {
        self.options.large.take(run_id)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Nobody waits for it: what comes later on a lane comes after it.
        drop(self.forget());
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Host({})", self.options.worker)
    }
}
