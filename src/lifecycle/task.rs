//! One supervised service: a state machine with a function for each state.
//!
//! The functions return what comes next. The service is made anew for each start, so a restart
//! reads settings and secrets again. What it lends is taken back before it stops, so that those who
//! need it stop too.

use std::{any::Any, future::pending, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::select_all};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{State, board::Board};
use crate::{
    entry::EntryId,
    registry::Lifecycle,
    service::{BoxService, Exports, Ready, Service, ServiceCx, ServiceError, StatusNote},
    value::format_duration,
};

/// Makes a service, anew for each start; nothing if the entry has none.
pub(crate) type Make = Arc<dyn Fn() -> Result<Option<BoxService>, ServiceError> + Send + Sync>;

/// A number between 0 and 1 that jitter is made of.
pub(crate) type Random = Arc<dyn Fn() -> f64 + Send + Sync>;

/// How the service of one entry is made, started and stopped.
#[derive(Clone)]
pub(crate) struct ServiceDef {
    pub(crate) id: EntryId,
    pub(crate) kind: &'static str,
    pub(crate) needs: Vec<EntryId>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) make: Make,
}

/// What a running service lends; a new lending is another `Arc`, so that a restart between two
/// looks is seen.
pub(super) type Lending = Option<Arc<Exports>>;

pub(super) struct ServiceTask {
    pub(super) def: ServiceDef,
    pub(super) needs: Vec<(EntryId, watch::Receiver<Lending>)>,
    pub(super) lends: watch::Sender<Lending>,
    pub(super) process: Exports,
    pub(super) board: Board,
    pub(super) random: Random,
    pub(super) stop: CancellationToken,
}

/// The state that follows.
enum Next {
    Waiting,
    Starting(Exports),
    Backoff(ServiceError),
    Done(State),
}

/// Why a service that was doing well has to go.
enum Why {
    Stop,
    NeedLost,
    Ended(ServiceError),
    StartTimeout,
}

/// Stands for an entry without a service: it runs as long as what it needs.
struct Nothing;

impl Service for Nothing {
    async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        cx.ready.set(Exports::default());
        cx.stop.cancelled().await;
        Ok(())
    }
}

impl ServiceTask {
    pub(super) async fn run(mut self) {
        let mut attempt = 0;
        let mut next = Next::Waiting;
        loop {
            next = match next {
                Next::Waiting => self.waiting().await,
                Next::Starting(exports) => self.serving(exports, &mut attempt).await,
                Next::Backoff(error) => self.backoff(error, &mut attempt).await,
                Next::Done(state) => return self.show(state),
            };
        }
    }

    /// Waiting → Starting, once all it needs is running; or Stopped.
    async fn waiting(&mut self) -> Next {
        loop {
            let missing = match self.look() {
                Ok(exports) => return Next::Starting(exports),
                Err(missing) => missing,
            };
            self.show(State::Waiting { on: missing });
            // Both are cancel-safe: a change that was not taken is seen by the next look.
            let changed = tokio::select! {
                () = self.stop.cancelled() => false,
                changed = need_changed(&mut self.needs) => changed,
            };
            if !changed {
                return Next::Done(State::Stopped);
            }
        }
    }

    /// What the process and all that is needed lend, or what is missing of it. Each lending is
    /// marked as seen.
    fn look(&mut self) -> Result<Exports, Vec<EntryId>> {
        let mut all = self.process.clone();
        let mut missing = Vec::new();
        for (id, lending) in &mut self.needs {
            match &*lending.borrow_and_update() {
                Some(exports) => all.merge(exports),
                None => missing.push(id.clone()),
            }
        }
        if missing.is_empty() { Ok(all) } else { Err(missing) }
    }

    /// Starting → Running → Waiting, Backoff or Stopped.
    async fn serving(&mut self, exports: Exports, attempt: &mut u32) -> Next {
        self.show(State::Starting);
        let mut service = match (self.def.make)() {
            Ok(Some(service)) => service,
            Ok(None) => {
                self.board.remove(&self.def.id);
                BoxService::new(Nothing)
            }
            Err(error) => return Next::Backoff(error),
        };
        let stop = CancellationToken::new();
        let (ready, is_ready) = oneshot::channel();
        let cx = self.service_cx(stop.clone(), ready, exports);
        let running = AssertUnwindSafe(service.run(cx)).catch_unwind();
        let over = async { why_over(running.await) };
        tokio::pin!(over);

        // `over` is polled again until it is done; the rest is cancel-safe.
        let why = tokio::select! {
            biased;
            () = self.stop.cancelled() => Err(Why::Stop),
            _ = need_changed(&mut self.needs) => Err(Why::NeedLost),
            error = &mut over => Err(Why::Ended(error)),
            exports = is_set(is_ready) => Ok(exports),
            () = sleep(self.def.lifecycle.start_timeout) => Err(Why::StartTimeout),
        };
        let why = match why {
            Err(why) => why,
            Ok(exports) => {
                self.lends.send_replace(Some(Arc::new(exports)));
                self.show(State::Running);
                tracing::info!(service = %self.def.id, kind = self.def.kind, "Service runs.");
                let since = Instant::now();
                let why = tokio::select! {
                    biased;
                    () = self.stop.cancelled() => Why::Stop,
                    _ = need_changed(&mut self.needs) => Why::NeedLost,
                    error = &mut over => Why::Ended(error),
                };
                self.lends.send_replace(None);
                if since.elapsed() >= self.def.lifecycle.restart.stable_threshold {
                    *attempt = 0;
                }
                why
            }
        };
        if let Why::Ended(error) = why {
            return Next::Backoff(error);
        }
        self.show(State::Stopping);
        stop.cancel();
        let stop_timeout = self.def.lifecycle.stop_timeout;
        let cut_off = timeout(stop_timeout, over).await.is_err();
        if cut_off {
            tracing::warn!(service = %self.def.id, ?stop_timeout, "Service did not stop in time; it was cut off.");
        }
        match why {
            Why::Stop if cut_off => {
                let error = format!("did not stop within {}", format_duration(stop_timeout));
                Next::Done(State::Failed { error, fatal: false })
            }
            Why::Stop => Next::Done(State::Stopped),
            Why::NeedLost => Next::Waiting,
            Why::Ended(error) => Next::Backoff(error),
            Why::StartTimeout => {
                let waited = format_duration(self.def.lifecycle.start_timeout);
                Next::Backoff(ServiceError::new(format!("not ready within {waited}")))
            }
        }
    }

    /// Backoff → Waiting; or Failed, once the attempts are spent; or Stopped.
    async fn backoff(&mut self, error: ServiceError, attempt: &mut u32) -> Next {
        *attempt = attempt.saturating_add(1);
        let spent = self.def.lifecycle.restart.max_attempts.is_some_and(|max| *attempt >= max);
        if error.fatal || spent {
            tracing::error!(service = %self.def.id, %error, attempt = *attempt, "Service failed.");
            return Next::Done(State::Failed { error: error.message, fatal: error.fatal });
        }
        let retry_in = self.def.lifecycle.restart.delay(*attempt, (self.random)());
        tracing::warn!(service = %self.def.id, %error, attempt = *attempt, ?retry_in, "Service failed; restarting.");
        self.show(State::Backoff { attempt: *attempt, retry_in, error: error.message });
        tokio::select! {
            () = sleep(retry_in) => Next::Waiting,
            () = self.stop.cancelled() => Next::Done(State::Stopped),
        }
    }

    fn service_cx(&self, stop: CancellationToken, ready: oneshot::Sender<Exports>, exports: Exports) -> ServiceCx {
        let (board, id) = (self.board.clone(), self.def.id.clone());
        ServiceCx {
            id: self.def.id.clone(),
            stop,
            // The receiver is gone only when the start was given up.
            ready: Ready::new(move |exports| drop(ready.send(exports))),
            exports,
            note: StatusNote::new(move |text| board.note(&id, text)),
        }
    }

    fn show(&self, state: State) {
        self.board.state(&self.def.id, state);
    }
}

/// Ends when a lending is another than the one that was seen; never, where nothing is needed. False:
/// nobody is left who could lend.
async fn need_changed(needs: &mut [(EntryId, watch::Receiver<Lending>)]) -> bool {
    if needs.is_empty() {
        return pending().await;
    }
    let (changed, ..) = select_all(needs.iter_mut().map(|(_, lending)| lending.changed().boxed())).await;
    changed.is_ok()
}

/// Ends when the service says that it works; never, if it drops its way of saying so.
async fn is_set(ready: oneshot::Receiver<Exports>) -> Exports {
    match ready.await {
        Ok(exports) => exports,
        Err(_) => pending().await,
    }
}

/// Why a service is over that nobody has stopped.
fn why_over(result: Result<Result<(), ServiceError>, Box<dyn Any + Send>>) -> ServiceError {
    match result {
        Ok(Ok(())) => ServiceError::ended(),
        Ok(Err(error)) => error,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(ToString::to_string);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            ServiceError::new(format!("the service panicked: {}", text.unwrap_or_default()))
        }
    }
}
