//! What it means to be started and stopped.
//!
//! A service is one `async fn` that runs until it is told to stop. It never restarts itself: it
//! returns an error, and `lifecycle` decides.

mod exports;
mod restart;

use std::{fmt, future::Future, pin::Pin};

use tokio_util::sync::CancellationToken;

use crate::entry::EntryId;

pub(crate) use exports::Exports;
pub(crate) use restart::Restart;

/// Something that runs until it is told to stop.
pub(crate) trait Service: Send + 'static {
    /// Runs until `cx.stop` is cancelled, then returns `Ok`. Calls `cx.ready.set` once it works. A
    /// later call starts anew: nothing of the last run is left over.
    fn run(&mut self, cx: ServiceCx) -> impl Future<Output = Result<(), ServiceError>> + Send;
}

/// What a running service is lent.
pub(crate) struct ServiceCx {
    pub(crate) id: EntryId,
    /// Cancelled when the service should end; it then has its `stop_timeout`.
    pub(crate) stop: CancellationToken,
    /// Told once the service works, with what it lends to those who need it.
    pub(crate) ready: Ready,
    /// What the services it needs lend.
    pub(crate) exports: Exports,
    /// A short text about what the service does or waits for, shown in the status.
    pub(crate) note: StatusNote,
}

/// How a service says that it works.
pub(crate) struct Ready(Box<dyn FnOnce(Exports) + Send>);

impl Ready {
    pub(crate) fn new(then: impl FnOnce(Exports) + Send + 'static) -> Self {
        Self(Box::new(then))
    }

    /// The service works; `exports` is lent to those who need it while it runs.
    pub(crate) fn set(self, exports: Exports) {
        (self.0)(exports);
    }
}

/// How a service says what it is doing.
#[derive(Clone)]
pub(crate) struct StatusNote(std::sync::Arc<dyn Fn(String) + Send + Sync>);

impl StatusNote {
    pub(crate) fn new(then: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self(std::sync::Arc::new(then))
    }

    pub(crate) fn set(&self, text: impl Into<String>) {
        (self.0)(text.into());
    }
}

/// Why a service ended by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) message: String,
    /// Starting it again cannot help: its settings are wrong.
    pub(crate) fatal: bool,
}

impl ServiceError {
    /// The service may be started again.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), fatal: false }
    }

    /// Starting it again cannot help.
    pub(crate) fn fatal(message: impl Into<String>) -> Self {
        Self { message: message.into(), fatal: true }
    }

    /// It returned although nobody asked it to.
    pub(crate) fn ended() -> Self {
        Self::new("the service ended by itself")
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ServiceError {}

/// A [`Service`] with its type erased.
pub(crate) struct BoxService(Box<dyn ErasedService>);

trait ErasedService: Send {
    fn run(&mut self, cx: ServiceCx) -> Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send + '_>>;
}

impl<S: Service> ErasedService for S {
    fn run(&mut self, cx: ServiceCx) -> Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send + '_>> {
        Box::pin(Service::run(self, cx))
    }
}

impl BoxService {
    pub(crate) fn new(service: impl Service) -> Self {
        Self(Box::new(service))
    }

    pub(crate) async fn run(&mut self, cx: ServiceCx) -> Result<(), ServiceError> {
        self.0.run(cx).await
    }
}

impl fmt::Debug for BoxService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxService")
    }
}
