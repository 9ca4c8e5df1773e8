//! Who waits for the engine. Where time skips, it goes on only while somebody does.
//!
//! A wait is over at the moment in which its answer is given, not when the answer is looked at: time
//! must not go on in between.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::sync::oneshot;

/// How many wait.
#[derive(Clone, Default)]
pub(super) struct Waits(Arc<AtomicUsize>);

/// The side that gives the answer.
pub(super) struct Waiter<T> {
    tx: oneshot::Sender<T>,
    one: One,
}

/// The side that waits.
pub(super) struct Wait<T> {
    rx: oneshot::Receiver<T>,
    _one: One,
}

/// One wait; over when either side is dropped.
#[derive(Clone)]
struct One {
    all: Waits,
    is_over: Arc<AtomicBool>,
}

impl Waits {
    pub(super) fn begin<T>(&self) -> (Waiter<T>, Wait<T>) {
        self.0.fetch_add(1, Ordering::SeqCst);
        let one = One { all: self.clone(), is_over: Arc::default() };
        let (tx, rx) = oneshot::channel();
        (Waiter { tx, one: one.clone() }, Wait { rx, _one: one })
    }

    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }
}

impl<T> Waiter<T> {
    /// Gives the answer, if it is still waited for.
    pub(super) fn tell(self, answer: T) {
        drop(self.one);
        let _ = self.tx.send(answer);
    }
}

impl<T> Wait<T> {
    /// The answer; nothing if there will be none. Cancel-safe: a wait that is dropped is over.
    pub(super) async fn answer(mut self) -> Option<T> {
        (&mut self.rx).await.ok()
    }
}

impl Drop for One {
    fn drop(&mut self) {
        if !self.is_over.swap(true, Ordering::SeqCst) {
            self.all.0.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
