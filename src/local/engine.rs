//! The engine of this process, with the book of its runs.

use std::sync::Arc;

use crate::{
    local::book::Book,
    sim::{Clock, Engine},
};

/// The engine of this process, with the book of its runs. Clones are the same engine.
#[derive(Clone, Debug)]
pub(crate) struct LocalEngine {
    pub(super) engine: Engine,
    pub(super) book: Arc<Book>,
}

impl LocalEngine {
    /// An engine without runs, on the machine's time. Needs a running tokio runtime.
    pub(crate) fn new() -> Self {
        let book: Arc<Book> = Arc::default();
        let told = Arc::clone(&book);
        Self { engine: Engine::new(Clock::Real, move |run_id| told.forget(run_id)), book }
    }

    /// Ends what still runs; every run is forgotten.
    pub(crate) async fn close(&self) {
        self.engine.close().await;
    }
}
