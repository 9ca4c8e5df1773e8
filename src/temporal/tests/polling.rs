//! Poll loops: every activation answered, whatever the answer is.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::BoxFuture;

use super::fakes::{Closure, activity, calls_echo, commands, echo, nothing, started, worker, worker_config};
use crate::{
    function::{FunctionContext, FunctionOutcome, FunctionTask},
    source::SourceMap,
    temporal::{RunEnd, WorkerConfig},
    value::{Failure, Value},
    workflow::{
        Activation, Command, Completion, Leaving, SearchAttribute, SearchAttributeKind, TaskFailure, TaskFailureCause,
        Workflows,
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_calls_an_activity_and_completes() {
    let worker = worker(worker_config("calls-echo"), Closure(calls_echo), Closure(echo)).await;
    let run = worker.start("calls-echo", vec![Value::Int(9_007_199_254_740_993)]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Int(9_007_199_254_740_993))));
    assert_eq!(worker.stop().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failure_of_an_activity_arrives_as_it_was() {
    let thrown = Failure { details: Some(Value::Int(7)), ..Failure::invalid("no such order") };
    let failing = thrown.clone();
    let function = move |_task: FunctionTask, _context: FunctionContext| {
        let failure = failing.clone();
        async move { FunctionOutcome::Failed(failure) }
    };
    let worker = worker(worker_config("fails"), Closure(calls_echo), Closure(function)).await;
    let run = worker.start("fails", vec![]).await;
    let RunEnd::Failed(failure) = worker.client.result(&run).await.unwrap() else { panic!("the run fails") };
    let cause = failure.cause.unwrap();
    assert_eq!(
        (failure.kind.as_str(), cause.message.as_str(), cause.details),
        ("Invalid", "no such order", thrown.details)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failure_of_an_activity_that_is_too_large_for_the_server_arrives_in_short() {
    let function = |_task: FunctionTask, _context: FunctionContext| async {
        FunctionOutcome::Failed(Failure::invalid("x".repeat(5 * 1024 * 1024)))
    };
    let worker = worker(worker_config("fails-at-length"), Closure(calls_echo), Closure(function)).await;
    let run = worker.start("fails-at-length", vec![]).await;
    let RunEnd::Failed(failure) = worker.client.result(&run).await.unwrap() else { panic!("the run fails") };
    assert!(failure.cause.unwrap().message.starts_with("the failure has "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_too_large_does_not_end_the_run() {
    let attempts = AtomicUsize::new(0);
    let workflow = move |activation: Activation| {
        if started(&activation).is_some() && attempts.fetch_add(1, Ordering::SeqCst) == 0 {
            let mebibyte = Value::from("x".repeat(1024 * 1024));
            return commands((1..=6).map(|seq| activity(seq, vec![mebibyte.clone()])));
        }
        commands([Command::Complete("mended".into())])
    };
    let worker = worker(worker_config("oversize"), Closure(workflow), Closure(nothing)).await;
    let run = worker.start("oversize", vec![]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed("mended".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_task_is_tried_again() {
    let attempts = AtomicUsize::new(0);
    let workflow = move |activation: Activation| {
        if attempts.fetch_add(1, Ordering::SeqCst) == 0 {
            let failure = Failure::new("LuaError", "a bug");
            let cause = TaskFailureCause::WorkflowWorkerUnhandledFailure;
            return Completion::TaskFailed(Box::new(TaskFailure { failure, cause, diagnostic: None }));
        }
        commands(started(&activation).map(|_| Command::Complete(Value::Null)))
    };
    let worker = worker(worker_config("task-fails"), Closure(workflow), Closure(nothing)).await;
    let run = worker.start("task-fails", vec![]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_the_task_and_not_the_worker() {
    let attempts = AtomicUsize::new(0);
    let workflow = move |_activation: Activation| {
        assert!(attempts.fetch_add(1, Ordering::SeqCst) > 0, "a bug in metonic");
        commands([Command::Complete(Value::Null)])
    };
    let worker = worker(worker_config("panics"), Closure(workflow), Closure(nothing)).await;
    let run = worker.start("panics", vec![]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Null)));
}

/// Workflows that note why runs leave memory.
struct Noted<F> {
    inner: Closure<F>,
    left: Arc<Mutex<Vec<Leaving>>>,
}

impl<F: Fn(Activation) -> Completion + Send + Sync + 'static> Workflows for Noted<F> {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        self.inner.activate(activation)
    }

    fn evict(&self, run_id: &str, leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        self.left.lock().unwrap().push(leaving);
        self.inner.evict(run_id, leaving)
    }
}

/// Why a run left memory that asked for `wrong` first.
async fn left_after(queue: &str, wrong: Command) -> Leaving {
    let begun = AtomicUsize::new(0);
    let inner = Closure(move |_: Activation| match begun.fetch_add(1, Ordering::SeqCst) {
        0 => commands([wrong.clone()]),
        _ => commands([Command::Complete(Value::Null)]),
    });
    let left = Arc::default();
    let worker = worker(worker_config(queue), Noted { inner, left: Arc::clone(&left) }, Closure(nothing)).await;
    let run = worker.start(queue, vec![]).await;
    assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Null)));
    let first = left.lock().unwrap().first().copied();
    first.expect("it left memory before it came to its end")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_commands_the_server_refuses_leaves_memory_because_its_task_failed() {
    let attribute = SearchAttribute { kind: SearchAttributeKind::Keyword, value: "x".into() };
    let wrong = Command::UpsertSearchAttributes([("NoSuchAttribute".to_owned(), attribute)].into_iter().collect());
    assert_eq!(left_after("refused-by-server", wrong).await, Leaving::TaskFailed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_sends_too_much_leaves_memory_because_its_task_failed() {
    let wrong = Command::Complete("x".repeat(5 * 1024 * 1024).into());
    assert_eq!(left_after("refused-by-worker", wrong).await, Leaving::TaskFailed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_begins_anew_for_each_task_if_the_worker_is_told_to_evict() {
    for (evicts, starts) in [(false, 1), (true, 2)] {
        let begun = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&begun);
        let workflow = move |activation: Activation| {
            counted.fetch_add(usize::from(started(&activation).is_some()), Ordering::SeqCst);
            calls_echo(activation)
        };
        let queue = format!("evicts-{evicts}");
        let config = WorkerConfig { evicts_after_each_task: evicts, ..worker_config(&queue) };
        let worker = worker(config, Closure(workflow), Closure(echo)).await;
        let run = worker.start(&queue, vec![Value::Int(1)]).await;
        assert_eq!(worker.client.result(&run).await, Ok(RunEnd::Completed(Value::Int(1))));
        assert_eq!(begun.load(Ordering::SeqCst), starts);
    }
}
