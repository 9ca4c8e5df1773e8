//! The door of a project as one of its processes has it: open, or to be opened once it is free.
//!
//! Of several processes of a project one is told. When it ends, another has to take its place, or
//! after a rolling restart nobody could be told anything.

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::watch::Receiver,
    time::{Instant, Interval, MissedTickBehavior, interval_at},
};

use super::{Asked, Control, NoControl};
use crate::{lifecycle::Status, local::LocalEngine};

/// How long a free door may stay closed.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// A door that may not be open yet.
pub(crate) struct Doorway {
    root: PathBuf,
    status: Receiver<Status>,
    engine: Option<Arc<LocalEngine>>,
    control: Option<Control>,
    /// When it is tried again, while another process has it.
    tries: Option<Interval>,
}

impl Doorway {
    /// The door of the project at `root`, whose runs the `engine` keeps if there is one. Closed.
    pub(crate) fn new(root: PathBuf, status: Receiver<Status>, engine: Option<Arc<LocalEngine>>) -> Self {
        Self { root, status, engine, control: None, tries: None }
    }

    /// Opens it. One that another process has is tried again while [`Self::next`] is waited for.
    pub(crate) fn open(&mut self) -> Result<(), NoControl> {
        let opened = Control::open(&self.root, self.status.clone(), self.engine.clone());
        if !matches!(opened, Err(NoControl::Taken)) {
            self.tries = None;
        } else if self.tries.is_none() {
            let mut tries = interval_at(Instant::now() + TRY_AGAIN, TRY_AGAIN);
            tries.set_missed_tick_behavior(MissedTickBehavior::Delay);
            self.tries = Some(tries);
        }
        self.control = Some(opened?);
        Ok(())
    }

    /// The next request. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Asked {
        loop {
            if let Some(control) = &mut self.control {
                return control.next().await;
            }
            let Some(tries) = &mut self.tries else { return std::future::pending().await };
            tries.tick().await;
            match self.open() {
                Ok(()) => tracing::info!("The process that was told before has ended: this one is told from now on."),
                Err(NoControl::Taken) => {}
                Err(reason @ NoControl::Io(_)) => {
                    tracing::info!(%reason, "The process that was told before has ended, and this one cannot be told.");
                }
            }
        }
    }

    /// Closes the door; nobody is answered any more.
    pub(crate) async fn close(self) {
        if let Some(control) = self.control {
            control.close().await;
        }
    }
}
