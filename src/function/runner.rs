//! Runs attempts on the function lanes of the process.
//!
//! There is no limit on how many run at once but the one the worker promised to the server: its
//! slots. A second limit here would accept attempts and let their time run out in a queue.

use std::{io, rc::Rc, sync::Arc};

use arc_swap::ArcSwap;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::{
    diag::Teller,
    function::{
        catalog::Catalog,
        context::FunctionContext,
        lane::Vms,
        outcome::broken,
        problems,
        task::{FunctionOutcome, FunctionTask},
        world::World,
    },
    lua::Lanes,
    value::Failure,
};

/// The threads that functions run on; one set for the process.
pub(crate) type FunctionLanes = Lanes<Rc<Vms>>;

/// Starts `count` lanes for functions.
pub(crate) fn start_lanes(count: usize) -> io::Result<Arc<FunctionLanes>> {
    Lanes::start("function", count, Rc::<Vms>::default).map(Arc::new)
}

/// Runs functions, as an engine sees them. A test puts its own in their place.
pub(crate) trait Functions: Send + Sync + 'static {
    /// Runs one attempt. Dropping the future drops the attempt at its next wait.
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome>;
}

/// Runs the functions of one worker.
#[derive(Clone)]
pub(crate) struct Runner {
    lanes: Arc<FunctionLanes>,
    catalog: Arc<ArcSwap<Catalog>>,
    world: Arc<World>,
    teller: Option<Arc<Teller>>,
}

impl Runner {
    /// `catalog` may be swapped while attempts run: each goes on with what it began with.
    pub(crate) fn new(lanes: Arc<FunctionLanes>, catalog: Arc<ArcSwap<Catalog>>, world: Arc<World>) -> Self {
        Self { lanes, catalog, world, teller: None }
    }

    /// What goes wrong in attempts is told; without this the caller alone hears of it.
    pub(crate) fn told_by(self, teller: Teller) -> Self {
        Self { teller: Some(Arc::new(teller)), ..self }
    }
}

impl Functions for Runner {
    fn run(&self, task: FunctionTask, context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        let catalog = self.catalog.load_full();
        let entry = match catalog.activity(&task.activity_type) {
            Ok(entry) => entry,
            Err(failure) => {
                problems::tell_unknown(self.teller.as_deref(), &task, &failure);
                // No other worker will ever try a local activity.
                let retryable = if task.is_local { Some(false) } else { failure.retryable };
                return failed(Failure { retryable, ..failure });
            }
        };
        let (lanes, world, teller) = (Arc::clone(&self.lanes), Arc::clone(&self.world), self.teller.clone());
        Box::pin(async move {
            let seat = lanes.take_seat();
            let (mut tx, rx) = oneshot::channel();
            let submitted = lanes.submit(seat.lane(), move |vms: &mut Rc<Vms>| {
                let run = Rc::clone(vms).run(task, entry, context, catalog, world, teller);
                // Dropped with its lane, and by itself when nobody waits for its outcome.
                drop(tokio::task::spawn_local(async move {
                    tokio::select! {
                        outcome = run => drop(tx.send(outcome)),
                        () = tx.closed() => {}
                    }
                }));
            });
            if submitted.await.is_err() {
                return FunctionOutcome::Failed(broken("its lane has ended"));
            }
            rx.await.unwrap_or_else(|_| FunctionOutcome::Failed(broken("its lane has ended")))
        })
    }
}

fn failed(failure: Failure) -> BoxFuture<'static, FunctionOutcome> {
    Box::pin(async { FunctionOutcome::Failed(failure) })
}
