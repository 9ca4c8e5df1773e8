//! How a running project is told to start and stop services, and asked about the runs of its local
//! engine: through a socket in its folder.
//!
//! One connection is one request and one answer, each a line of JSON. Only the owner of the folder
//! can connect. The process that holds the lock beside the socket is the one that answers: the
//! kernel lets go of a lock with its process, so a socket that a killed process left is replaced,
//! and one that is in use never is. See `docs/adr/0015-control-socket.md`.

mod ask;
#[cfg(unix)]
mod door;
mod doorway;
mod message;
#[cfg(unix)]
mod socket;

pub(super) use ask::exchange;
pub(crate) use ask::{AskProcess, ask, is_run};
#[cfg(unix)]
use door::Control;
pub(crate) use doorway::Doorway;
pub(super) use message::AboutRuns;
pub(crate) use message::{Answer, Request};

/// Why nobody can tell this process what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoControl {
    #[error("another process runs this project and is the one that is told")]
    Taken,
    #[error("the control socket cannot be opened: {0}")]
    Io(#[from] std::io::Error),
}

/// A request and where its answer goes.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) request: Request,
    pub(super) reply: tokio::sync::oneshot::Sender<super::Handled>,
}

#[cfg(not(unix))]
mod door {
    //! Where there are no sockets with owners, nobody is told anything.

    use std::{future::pending, io, path::Path};

    use tokio::sync::watch::Receiver;

    use std::sync::Arc;

    use super::{Asked, NoControl};
    use crate::{lifecycle::Status, local::LocalEngine};

    pub(crate) struct Control;

    impl Control {
        pub(crate) fn open(_: &Path, _: Receiver<Status>, _: Option<Arc<LocalEngine>>) -> Result<Self, NoControl> {
            Err(io::Error::from(io::ErrorKind::Unsupported).into())
        }

        pub(crate) async fn next(&mut self) -> Asked {
            pending().await
        }

        pub(crate) async fn close(self) {}
    }
}
#[cfg(not(unix))]
use door::Control;
