//! Takes what people ask and hands it to the one who owns the services.
//!
//! A connection is a task. It waits by itself for the state that was asked for, so that a service
//! which takes its time holds up nobody else.

use std::{io, path::Path, sync::Arc};

use serde::Serialize;
use tokio::{
    io::AsyncReadExt,
    net::UnixStream,
    sync::{mpsc, oneshot, watch::Receiver},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    Answer, Asked, NoControl, Request,
    message::{AboutRuns, Message, read_request, write},
    socket::Socket,
};
use crate::{
    app::Handled,
    lifecycle::Status,
    local::{LocalEngine, Reply},
};

/// So many people may wait for the owner.
const WAITING: usize = 16;

/// The open door of a running project.
pub(crate) struct Control {
    asked: mpsc::Receiver<Asked>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// What each connection is served with.
#[derive(Clone)]
struct Desk {
    asked: mpsc::Sender<Asked>,
    status: Receiver<Status>,
    engine: Option<Arc<LocalEngine>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Control {
    /// Opens the door of the project at `root`, whose runs the `engine` keeps if there is one.
    pub(crate) fn open(
        root: &Path,
        status: Receiver<Status>,
        engine: Option<Arc<LocalEngine>>,
    ) -> Result<Self, NoControl> {
        let socket = Socket::bind(root)?;
        let (tx, asked) = mpsc::channel(WAITING);
        let control = Self { asked, stop: CancellationToken::new(), tasks: TaskTracker::new() };
        let desk = Desk { asked: tx, status, engine, stop: control.stop.clone(), tasks: control.tasks.clone() };
        control.tasks.spawn(desk.listen(socket));
        Ok(control)
    }

    /// The next request. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Asked {
        match self.asked.recv().await {
            Some(asked) => asked,
            // The listener has ended, and with it all who could ask.
            None => std::future::pending().await,
        }
    }

    /// Closes the door; nobody is answered any more.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Desk {
    async fn listen(self, socket: Socket) {
        // Both are cancel-safe.
        while let Some(accepted) = self.stop.run_until_cancelled(socket.listener.accept()).await {
            match accepted {
                Ok((stream, _)) => {
                    let desk = self.clone();
                    self.tasks.spawn(async move { desk.stop.clone().run_until_cancelled(desk.serve(stream)).await });
                }
                Err(error) => {
                    // Out of descriptors: others give theirs back.
                    tracing::warn!(%error, "A control connection could not be taken.");
                    self.stop.run_until_cancelled(tokio::time::sleep(std::time::Duration::from_secs(1))).await;
                }
            }
        }
    }

    /// One connection; who has gone away is not missed.
    async fn serve(self, mut stream: UnixStream) {
        let _ = match read_request(&mut stream).await {
            Ok(Message::Runs(about)) => {
                // An answer may take as long as a run, and who waits for it may lose patience.
                tokio::select! {
                    reply = self.reply(*about) => write(&mut stream, &reply).await,
                    () = hung_up(&mut stream) => Ok(()),
                }
            }
            Ok(Message::Service(request)) => write(&mut stream, &self.answer(request).await).await,
            Err(error) => write(&mut stream, &Unread::of(&error)).await,
        };
    }

    /// About runs: nobody else is waited for.
    async fn reply(&self, about: AboutRuns) -> Reply {
        match &self.engine {
            Some(engine) => engine.answer(&about.namespace, about.question).await,
            None => Reply::NotLocal,
        }
    }

    async fn answer(&self, request: Request) -> Answer {
        let (reply, handled) = oneshot::channel();
        let ends = || Answer::Refused { why: "the process is ending".to_owned() };
        if self.asked.send(Asked { request, reply }).await.is_err() {
            return ends();
        }
        match handled.await {
            Ok(Handled::Done(answer)) => answer,
            Ok(Handled::Started(started)) => started.wait(self.status.clone()).await,
            Err(_) => ends(),
        }
    }
}

/// Ends when the other side closes; nothing is said after the request.
async fn hung_up(stream: &mut UnixStream) {
    let mut rest = [0; 64];
    while stream.read(&mut rest).await.is_ok_and(|count| count > 0) {}
}

/// The answer to what could not be read: it is not known whether it was about services or about runs,
/// so it can be read as [`Answer::Refused`] and as [`Reply::Refused`].
#[derive(Serialize)]
struct Unread {
    outcome: &'static str,
    answer: &'static str,
    why: String,
}

impl Unread {
    fn of(error: &io::Error) -> Self {
        Self { outcome: "refused", answer: "refused", why: format!("the request cannot be read: {error}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_reads_why_the_request_was_not() {
        let answer = serde_json::to_string(&Unread::of(&io::Error::other("too long"))).unwrap();
        let why = "the request cannot be read: too long".to_owned();
        assert_eq!(serde_json::from_str::<Answer>(&answer).unwrap(), Answer::Refused { why: why.clone() });
        assert_eq!(serde_json::from_str::<Reply>(&answer).unwrap(), Reply::Refused { why });
    }
}
