//! Polls for workflow tasks: one poll at a time, many answers at once.
//!
//! An answer may wait for the server to send more history, so the loop never waits for one. Every
//! activation is answered exactly once, whatever happens: the core waits for ever for one that is
//! not.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::AssertUnwindSafe,
    sync::Arc,
};

use futures_util::FutureExt as _;
use metonic_bridge::{
    PollError, Worker, completion_size,
    protos::coresdk::{
        workflow_activation::{WorkflowActivation, remove_from_cache::EvictionReason},
        workflow_completion::WorkflowActivationCompletion,
    },
};
use tokio_util::task::TaskTracker;

use crate::{
    diag::{Blame, Code, Diagnostic, Report, Severity},
    source::SourceMap,
    temporal::{
        calls::RunKey,
        connect::Client,
        eviction::Eviction,
        first_task,
        local_ends::{Step, Steps},
        mismatch::{Asked, Repeated},
        wire::{CommandCx, Polled, Undecodable, failed_completion, failed_query, from_activation, to_completion},
    },
    value::{Failure, failure_kind},
    workflow::{
        Activation, Command, Completion, Job, Leaving, Problems, RunName, TaskFailure, TaskFailureCause, Update,
        Workflows,
    },
};

/// The server takes messages of 4 MiB and terminates a run whose task is larger; a little is left
/// for what the core adds.
const LARGEST_COMPLETION: usize = 4 * 1024 * 1024 - 64 * 1024;

/// What the core adds to one command, at most.
const COMMAND_OVERHEAD: usize = 64;

/// What answers need.
pub(super) struct WorkflowCx {
    pub(super) worker: Worker,
    pub(super) client: Arc<Client>,
    pub(super) workflows: Arc<dyn Workflows>,
    pub(super) asked: Asked,
    pub(super) eviction: Eviction,
    pub(super) namespace: String,
    pub(super) commands: CommandCx,
    pub(super) problems: Problems,
}

/// Polls until the core says that there is no more.
pub(super) async fn poll_workflows(cx: Arc<WorkflowCx>, steps: Steps) -> Result<(), PollError> {
    let answers = TaskTracker::new();
    let take = |activation, step| drop(answers.spawn(answer(Arc::clone(&cx), activation, step)));
    let over = steps.poll(&cx.worker, take).await;
    answers.close();
    answers.wait().await;
    if over == PollError::ShutDown { Ok(()) } else { Err(over) }
}

async fn answer(cx: Arc<WorkflowCx>, activation: WorkflowActivation, step: Step) {
    let run_id = activation.run_id.clone();
    let (mut evict, mut unexplained, mut refused) = (false, None, None);
    let completion = match from_activation(activation, &cx.namespace, &cx.commands.task_queue) {
        Ok(Polled::Activation(activation)) => {
            let completion;
            (completion, evict) = complete(&cx, activation).await;
            completion
        }
        Ok(Polled::Evict { run_id, reason, message }) => {
            if reason == EvictionReason::Fatal {
                refused = Some(Refused { name: cx.workflows.name_of(&run_id).await, message: message.clone() });
            }
            // The empty answer tells the core that the run is forgotten, so it comes after that.
            let sources = cx.workflows.evict(&run_id, leaving(reason)).await;
            cx.eviction.forget(&run_id);
            unexplained = note_eviction(&cx, &run_id, reason, &message, sources);
            WorkflowActivationCompletion { run_id, ..empty() }
        }
        Err(undecodable) => refuse(&cx, undecodable).await,
    };
    if let Err(error) = cx.worker.complete_workflow(completion).await {
        // It was malformed, so the activation is still open.
        tracing::error!(run_id, %error, "The core refused a completion.");
        let failure = Failure::new(failure_kind::INTERNAL, format!("the core refused a completion: {error}"));
        let failed = failed_completion(&run_id, &failure, TaskFailureCause::WorkflowWorkerUnhandledFailure);
        if let Err(error) = cx.worker.complete_workflow(failed).await {
            tracing::error!(run_id, %error, "The core refused a failed completion.");
        }
    }
    if evict {
        cx.worker.request_eviction(&run_id);
    }
    drop(step);
    if let Some(refused) = refused {
        say_refused(&cx, run_id, refused).await;
    } else if let Some(unexplained) = unexplained {
        explain(&cx, run_id, unexplained).await;
    }
}

/// The answer, and whether the run is to be thrown out after it.
async fn complete(cx: &WorkflowCx, activation: Activation) -> (WorkflowActivationCompletion, bool) {
    cx.eviction.begin(&activation);
    cx.asked.begin(&activation);
    let (run_id, replaying) = (activation.run_id.clone(), activation.replaying);
    let requests = requests(&activation);
    let completion = AssertUnwindSafe(steps(cx, activation)).catch_unwind().await.unwrap_or_else(|_| {
        let message = "metonic panicked while it ran the workflow; the log has the place";
        task_failed(Failure::new(failure_kind::INTERNAL, message), TaskFailureCause::WorkflowWorkerUnhandledFailure)
    });
    cx.asked.end(&run_id, &completion);
    let evict = cx.eviction.end(&run_id, replaying, &completion) || cx.workflows.wants_to_leave(&run_id);
    if let Completion::TaskFailed(failed) = &completion {
        // What has no diagnostic does not know its run.
        let name = if failed.diagnostic.is_none() { cx.workflows.name_of(&run_id).await } else { None };
        cx.problems.task_failed_of(&run_id, name, failed);
        // Without room for runs the core gives another reason when it throws the run out.
        cx.workflows.evict(&run_id, Leaving::TaskFailed).await;
    }
    let written = to_completion(&run_id, &completion, &cx.commands);
    let problem = match written {
        Ok(written) => match oversize(&completion, &written, &requests) {
            None => return (written, evict),
            Some(message) => task_failure(Failure::invalid(message), TaskFailureCause::PayloadsTooLarge),
        },
        Err(error) => {
            task_failure(Failure::invalid(error.to_string()), TaskFailureCause::WorkflowWorkerUnhandledFailure)
        }
    };
    cx.problems.task_failed_of(&run_id, cx.workflows.name_of(&run_id).await, &problem);
    cx.workflows.evict(&run_id, Leaving::TaskFailed).await;
    (failed_completion(&run_id, &problem.failure, problem.cause), evict)
}

/// What the run asks for: in one step, or in more if the core gave several of its tasks together.
async fn steps(cx: &WorkflowCx, activation: Activation) -> Completion {
    let steps = match first_task::split(&cx.client, activation).await {
        Ok(steps) => steps,
        Err(error) => {
            let message = format!("the server does not tell how the run began: {error}");
            let failure = Failure::new(failure_kind::INTERNAL, message);
            return task_failed(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure);
        }
    };
    first_task::take(&*cx.workflows, steps).await
}

fn task_failure(failure: Failure, cause: TaskFailureCause) -> TaskFailure {
    TaskFailure { failure, cause, diagnostic: None }
}

fn task_failed(failure: Failure, cause: TaskFailureCause) -> Completion {
    Completion::TaskFailed(Box::new(task_failure(failure, cause)))
}

/// The bytes of the updates that come with a step, by what answers name. The core sends each back with its
/// first answer.
fn requests(activation: &Activation) -> BTreeMap<String, usize> {
    let asked = activation.jobs.iter().filter_map(|job| match job {
        Job::Update(Update { protocol_id, bytes, .. }) | Job::Unreadable { protocol_id, bytes, .. } => {
            Some((protocol_id.clone(), *bytes))
        }
        _ => None,
    });
    if activation.replaying { BTreeMap::new() } else { asked.collect() }
}

/// One step that is too large must not end the run: it is told before the server sees it.
fn oversize(
    completion: &Completion,
    written: &WorkflowActivationCompletion,
    requests: &BTreeMap<String, usize>,
) -> Option<String> {
    let Completion::Commands(commands) = completion else { return None };
    let answered = commands.iter().filter_map(|emitted| match &emitted.command {
        Command::AnswerUpdate { protocol_id, .. } => Some(protocol_id),
        _ => None,
    });
    let sent_back: usize = answered.collect::<BTreeSet<_>>().into_iter().filter_map(|id| requests.get(id)).sum();
    let size = completion_size(written) + commands.len() * COMMAND_OVERHEAD + sent_back;
    (size > LARGEST_COMPLETION).then(|| {
        format!(
            "one step of the workflow asks for {} commands of {size} bytes in all; the server takes {LARGEST_COMPLETION} \
             bytes in one step: send less, or wait between the calls",
            commands.len()
        )
    })
}

async fn refuse(cx: &WorkflowCx, undecodable: Undecodable) -> WorkflowActivationCompletion {
    let Undecodable { mut subject, message, query_id } = undecodable;
    let run_id = subject.run_id.clone();
    let failure = Failure::invalid(message);
    if let Some(query_id) = query_id {
        return failed_query(&run_id, &query_id, &failure);
    }
    if subject.workflow_id.is_empty()
        && let Some(name) = cx.workflows.name_of(&run_id).await
    {
        // Only the first activation tells.
        RunName { workflow_id: subject.workflow_id, workflow_type: subject.workflow_type } = name;
    }
    // It was sent from elsewhere.
    let diagnostic =
        Diagnostic::without_place(Code::BadValue, Severity::Error, Blame::Environment, failure.message.clone())
            .note(subject.note());
    let problem = TaskFailure {
        diagnostic: Some(Report { diagnostic, sources: Arc::default(), subject }),
        ..task_failure(failure, TaskFailureCause::WorkflowWorkerUnhandledFailure)
    };
    cx.problems.task_failed(&run_id, &problem);
    failed_completion(&run_id, &problem.failure, problem.cause)
}

/// Whether a run comes back on its own code, as far as the core's reason tells.
fn leaving(reason: EvictionReason) -> Leaving {
    match reason {
        EvictionReason::WorkflowExecutionEnding => Leaving::Settled,
        // Without any room it says so of a run whose end was refused, too.
        EvictionReason::CacheFull => Leaving::Crowded,
        // The server refused the answer, the core did, or we gave none.
        EvictionReason::Fatal | EvictionReason::LangFail | EvictionReason::Nondeterminism => Leaving::TaskFailed,
        EvictionReason::UnhandledCommand
        | EvictionReason::TaskNotFound
        | EvictionReason::CacheMiss
        | EvictionReason::LangRequested
        | EvictionReason::PaginationOrHistoryFetch
        | EvictionReason::Unspecified => Leaving::Unsettled,
    }
}

/// A run that left memory while it repeated its history.
struct Unexplained {
    repeated: Repeated,
    sources: Option<Arc<SourceMap>>,
}

fn note_eviction(
    cx: &WorkflowCx,
    run_id: &str,
    reason: EvictionReason,
    message: &str,
    sources: Option<Arc<SourceMap>>,
) -> Option<Unexplained> {
    match (reason, cx.asked.take(run_id)) {
        (EvictionReason::Nondeterminism, repeated) => {
            let Repeated { name, sites } = repeated.unwrap_or_default();
            cx.problems.not_deterministic(run_id, name, message, &sites, sources);
        }
        // A core without room for runs says this of every run, whatever the matter is.
        (EvictionReason::CacheFull, Some(repeated)) => return Some(Unexplained { repeated, sources }),
        _ => tracing::trace!(run_id, reason = reason.as_str_name(), error = message, "A run left memory."),
    }
    None
}

/// A run whose answer the server did not take.
struct Refused {
    name: Option<RunName>,
    /// The core's words, which do not tell what the server minds.
    message: String,
}

/// Says what the server minds about an answer; its history tells.
async fn say_refused(cx: &WorkflowCx, run_id: String, Refused { name, message }: Refused) {
    let Some(RunName { workflow_id, workflow_type }) = name else {
        tracing::error!(run_id, error = message, "The core gave a run up.");
        return;
    };
    let run = RunKey { workflow_id, run_id };
    let why = match cx.client.refusal(&run).await {
        Ok(why) => why,
        Err(error) => {
            tracing::debug!(run_id = run.run_id, %error, "The server does not say why it refused an answer.");
            None
        }
    };
    // It may not have been asked: there are other reasons for a core to give a run up.
    let Some(why) = why else {
        let RunKey { workflow_id, run_id } = run;
        tracing::error!(run_id, workflow_id, workflow_type, error = message, "The core gave a run up.");
        return;
    };
    let headline = format!("the server refuses what `{}` of type `{workflow_type}` asks for: {why}", run.workflow_id);
    let problem = task_failure(Failure::invalid(headline), TaskFailureCause::WorkflowWorkerUnhandledFailure);
    let name = RunName { workflow_id: run.workflow_id, workflow_type };
    cx.problems.task_failed_of(&run.run_id, Some(name), &problem);
}

/// Says that the code does not match the history, if that is why the run left memory.
async fn explain(cx: &WorkflowCx, run_id: String, unexplained: Unexplained) {
    let Unexplained { repeated: Repeated { name, sites }, sources } = unexplained;
    let run = RunKey { workflow_id: name.workflow_id.clone(), run_id };
    match cx.client.mismatch(&run).await {
        Ok(Some(message)) => {
            cx.workflows.failed_after_all(&run.run_id);
            cx.problems.not_deterministic(&run.run_id, name, &message, &sites, sources);
        }
        Ok(None) => {}
        Err(error) => tracing::debug!(run_id = run.run_id, %error, "The server does not say why a run left memory."),
    }
}

fn empty() -> WorkflowActivationCompletion {
    WorkflowActivationCompletion::empty("")
}
