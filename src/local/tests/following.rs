//! A run is followed into the one that goes on in its place, also before that one begins.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use crate::{
    function::{FunctionContext, FunctionOutcome, FunctionTask, Functions},
    local::{LocalEngine, Page, Question, Reply, recording::RecordedWorkflows},
    sim::{Attached, Worker},
    source::SourceMap,
    temporal::{RunEnd, RunKey, StartRequest, What},
    value::{Failure, Value},
    workflow::{
        Activation, Command, Completion, ContinueAsNew, Emitted, Job, Leaving, Queue, RetryPolicy, RunOptions,
        RunTimeouts, StartInfo, Workflows,
    },
};

/// Workflows that answer to their start with one command.
struct Once(fn(&StartInfo) -> Command);

impl Workflows for Once {
    fn activate(&self, activation: Activation) -> BoxFuture<'static, Completion> {
        let command = activation.jobs.iter().find_map(|job| match job {
            Job::Start(start) => Some(Emitted { command: (self.0)(&start.info), site: Vec::new() }),
            _ => None,
        });
        Box::pin(async { Completion::Commands(command.into_iter().collect()) })
    }

    fn evict(&self, _run_id: &str, _leaving: Leaving) -> BoxFuture<'static, Option<Arc<SourceMap>>> {
        Box::pin(async { None })
    }
}

struct Nothing;

impl Functions for Nothing {
    fn run(&self, _task: FunctionTask, _context: FunctionContext) -> BoxFuture<'static, FunctionOutcome> {
        Box::pin(async { FunctionOutcome::Failed(Failure::invalid("no functions")) })
    }
}

/// A local engine with such workflows.
fn engine(answer: fn(&StartInfo) -> Command) -> (LocalEngine, Attached) {
    let engine = LocalEngine::new();
    let workflows = RecordedWorkflows { inner: Arc::new(Once(answer)), book: Arc::clone(&engine.book) };
    let attached = engine.engine.attach(Worker {
        identity: "test".to_owned(),
        namespace: "default".to_owned(),
        task_queue: "q".to_owned(),
        queue_prefix: String::new(),
        workflows: Some(Arc::new(workflows)),
        functions: Arc::new(Nothing),
        activities: false,
        max_workflow_tasks: 1,
        max_activities: 1,
        max_local_activities: 1,
        max_cached_workflows: 1,
        evicts_after_each_task: false,
        failed_by_non_determinism: Vec::new(),
        stop_timeout: Duration::ZERO,
        show: None,
    });
    (engine, attached)
}

async fn start(engine: &LocalEngine, retry: Option<RetryPolicy>) -> RunKey {
    let request = StartRequest {
        workflow_id: "w".to_owned(),
        workflow_type: "test".to_owned(),
        task_queue: "q".to_owned(),
        options: RunOptions { retry, ..RunOptions::default() },
        ..StartRequest::default()
    };
    match engine.answer("default", Question::Start { request: Box::new(request) }).await {
        Reply::Started { run } => run,
        other => panic!("{other:?}"),
    }
}

/// The last steps of a run.
async fn last_page(engine: &LocalEngine, run: &RunKey) -> Page {
    let mut seen = 0;
    loop {
        match engine.answer("default", Question::Steps { run: run.clone(), seen }).await {
            Reply::Steps(page) if page.ended => return page,
            Reply::Steps(page) => seen += page.steps.len(),
            other => panic!("{other:?}"),
        }
    }
}

fn end(page: &Page) -> &RunEnd {
    match page.steps.last().map(|step| &step.what) {
        Some(What::Ended(end)) => end,
        other => panic!("{other:?}"),
    }
}

/// The newest run, which has not begun.
fn newest(engine: &LocalEngine) -> String {
    engine.engine.list().first().map(|row| row.run.run_id.clone()).unwrap_or_default()
}

fn renewed(delay: Option<Duration>) -> Command {
    Command::ContinueAsNew(Box::new(ContinueAsNew {
        workflow_type: None,
        queue: Queue::Own,
        arguments: Vec::new(),
        headers: <_>::default(),
        timeouts: RunTimeouts::default(),
        memo: None,
        search_attributes: None,
        retry: None,
        intent: None,
        delay,
        upgrades: false,
    }))
}

#[tokio::test]
async fn a_run_that_is_renewed_later_names_the_next() {
    let (engine, _attached) = engine(|_| renewed(Some(Duration::from_hours(1))));
    let run = start(&engine, None).await;
    let page = last_page(&engine, &run).await;
    let next = newest(&engine);
    assert_ne!(next, run.run_id);
    assert_eq!(page.next_run.as_ref(), Some(&next));
    assert_eq!(end(&page), &RunEnd::ContinuedAsNew { run_id: next, arguments: Vec::new() });
}

#[tokio::test]
async fn a_run_that_is_tried_again_later_names_the_next() {
    let (engine, _attached) = engine(|_| Command::Fail(Failure::new("Busy", "not yet")));
    let policy = RetryPolicy {
        initial_interval: Some(Duration::from_hours(1)),
        backoff_coefficient: 1.0,
        maximum_interval: None,
        maximum_attempts: 2,
        non_retryable_error_types: Vec::new(),
    };
    let run = start(&engine, Some(policy)).await;
    let page = last_page(&engine, &run).await;
    assert_eq!(page.next_run, Some(newest(&engine)));
    assert!(matches!(end(&page), RunEnd::Failed(failure) if failure.message == "not yet"), "{page:?}");
}

#[tokio::test]
async fn a_run_that_is_renewed_at_once_leads_to_the_end() {
    let (engine, _attached) = engine(|info| match info.continued_run_id {
        Some(_) => Command::Complete(Value::Int(1)),
        None => renewed(None),
    });
    let run = start(&engine, None).await;
    let run_id = last_page(&engine, &run).await.next_run.expect("the run that goes on is known");
    let page = last_page(&engine, &RunKey { run_id, ..run }).await;
    assert_eq!((end(&page), page.next_run.as_ref()), (&RunEnd::Completed(Value::Int(1)), None));
}
