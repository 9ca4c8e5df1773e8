//! Ends of local activities, against a core that does what a test says.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use metonic_bridge::{
    CompletionError, PollError,
    protos::coresdk::{ActivityTaskCompletion, workflow_activation::WorkflowActivation},
};
use tokio::{
    join,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::temporal::local_ends::{Core, LocalEnds, Step, local_ends};

type Polled = Result<WorkflowActivation, PollError>;

/// A core whose polls give what a test sends.
struct Scripted {
    polls: Arc<tokio::sync::Mutex<UnboundedReceiver<Polled>>>,
    send: UnboundedSender<Polled>,
    /// What it finds to do for the next one that asks it to settle.
    found: Arc<Mutex<Vec<Polled>>>,
    /// The tokens of the ends that it was given.
    given: Mutex<Vec<String>>,
}

impl Scripted {
    fn new() -> Self {
        let (send, polls) = unbounded_channel();
        let (found, given) = <_>::default();
        Self { polls: Arc::new(tokio::sync::Mutex::new(polls)), send, found, given }
    }

    fn given(&self) -> String {
        self.given.lock().unwrap().join(" ")
    }
}

impl Core for Scripted {
    fn poll(&self) -> BoxFuture<'static, Polled> {
        let polls = Arc::clone(&self.polls);
        Box::pin(async move { polls.lock().await.recv().await.unwrap() })
    }

    fn settle(&self) -> BoxFuture<'static, ()> {
        let (found, send) = (Arc::clone(&self.found), self.send.clone());
        Box::pin(async move {
            tokio::task::yield_now().await;
            found.lock().unwrap().drain(..).for_each(|polled| send.send(polled).unwrap());
        })
    }

    fn give(&self, end: ActivityTaskCompletion) -> BoxFuture<'static, Result<(), CompletionError>> {
        self.given.lock().unwrap().push(String::from_utf8(end.task_token).unwrap());
        Box::pin(async { Ok(()) })
    }
}

fn step(run_id: &str) -> Polled {
    Ok(WorkflowActivation { run_id: run_id.to_owned(), ..WorkflowActivation::default() })
}

async fn give(ends: &LocalEnds, core: &Scripted, run_id: &str, token: &str) {
    let end = ActivityTaskCompletion { task_token: token.as_bytes().to_vec(), result: None };
    ends.give(core, run_id.to_owned(), end).await.unwrap();
}

/// Lets a test act while steps are polled, until it is done; it gets those that are with us. Gives what
/// the core was given.
async fn driven(core: &Scripted, act: impl AsyncFnOnce(&LocalEnds, UnboundedReceiver<Step>)) -> String {
    let (ends, steps) = local_ends();
    let (tx, taken) = unbounded_channel();
    let take = |_, step| drop(tx.send(step));
    let act = async {
        act(&ends, taken).await;
        core.send.send(Err(PollError::ShutDown)).unwrap();
    };
    let (over, ()) = join!(steps.poll(core, take), act);
    assert_eq!(over, PollError::ShutDown);
    core.given()
}

#[tokio::test]
async fn an_end_waits_for_the_step_of_its_run_and_for_no_other() {
    let core = Scripted::new();
    let given = driven(&core, async |ends, mut taken| {
        core.send.send(step("a")).unwrap();
        let open = taken.recv().await.unwrap();
        join!(give(ends, &core, "a", "first"), give(ends, &core, "a", "second"), async {
            give(ends, &core, "b", "other").await;
            assert_eq!(core.given(), "other");
            drop(open);
        });
    });
    assert_eq!(given.await, "other first second");
}

#[tokio::test]
async fn a_step_that_the_core_was_about_to_give_comes_before_the_end() {
    let core = Scripted::new();
    // The step that asked for the activity is done, and the query that came with it is about to be asked.
    core.found.lock().unwrap().push(step("a"));
    let given = driven(&core, async |ends, mut taken| {
        join!(give(ends, &core, "a", "of a"), async {
            let query = taken.recv().await.unwrap();
            give(ends, &core, "b", "of b").await;
            assert_eq!(core.given(), "of b");
            drop(query);
        });
    });
    assert_eq!(given.await, "of b of a");
}

#[tokio::test]
async fn a_run_may_begin_its_next_step_before_the_last_is_seen_to_be_done() {
    let core = Scripted::new();
    let given = driven(&core, async |ends, mut taken| {
        core.send.send(step("a")).unwrap();
        let first = taken.recv().await.unwrap();
        core.send.send(step("a")).unwrap();
        drop(first);
        let second = taken.recv().await.unwrap();
        join!(give(ends, &core, "a", "of a"), async {
            give(ends, &core, "b", "of b").await;
            assert_eq!(core.given(), "of b");
            drop(second);
        });
    });
    assert_eq!(given.await, "of b of a");
}

#[tokio::test]
async fn nothing_is_held_when_there_is_no_more_to_poll() {
    let core = Scripted::new();
    let mut open = None;
    let given = driven(&core, async |ends, mut taken| {
        core.send.send(step("a")).unwrap();
        open = taken.recv().await;
        let held = async {
            give(ends, &core, "a", "held").await;
            give(ends, &core, "a", "late").await;
        };
        join!(held, async { core.send.send(Err(PollError::ShutDown)).unwrap() });
    });
    assert_eq!(given.await, "held late");
}
