//! What the core polls for a run: an activation, or the order to forget it.

use metonic_bridge::{
    protos::{
        coresdk::{
            activity_result::activity_resolution::Status as ActivityStatus,
            child_workflow::{
                StartChildWorkflowExecutionFailedCause as StartCause, child_workflow_result::Status as ChildStatus,
            },
            common::NamespacedWorkflowExecution,
            workflow_activation::{
                DoUpdate, InitializeWorkflow, ResolveActivity, ResolveChildWorkflowExecution,
                ResolveChildWorkflowExecutionStart, WorkflowActivation, remove_from_cache::EvictionReason,
                resolve_child_workflow_execution_start::Status as ChildStartStatus, workflow_activation_job::Variant,
            },
        },
        temporal::api::{
            common::v1::{Payload, Priority as ProtoPriority, RetryPolicy as ProtoRetryPolicy, WorkflowExecution},
            enums::v1::{
                CancelExternalWorkflowExecutionFailedCause as CancelCause,
                SignalExternalWorkflowExecutionFailedCause as SignalCause, SuggestContinueAsNewReason,
            },
            failure::v1::Failure as ProtoFailure,
        },
    },
    update_size,
};

use crate::{
    diag::Subject,
    temporal::wire::{
        attributes::from_attributes,
        failure::from_failure,
        payload::{PayloadError, from_fields, from_payloads, from_result},
        time::{from_duration, from_timeout, from_timestamp},
    },
    value::{Failure, Value, failure_kind},
    workflow::{
        Activation, ContinueReasons, Deployment, HistorySize, Job, NotStarted, Outcome, Priority, Query, Relative,
        RetryPolicy, Seq, Signal, Start, StartInfo, Update,
    },
};

/// A signal is in the history for good: nothing but another history helps.
const AFTER_UNREADABLE_SIGNAL: &str =
    "the run waits and nothing is lost: reset it to a task before the signal, and have that sent in one of these";

/// What a poll for workflow tasks gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Polled {
    Activation(Activation),
    /// The run leaves memory; the answer is empty.
    Evict {
        run_id: String,
        reason: EvictionReason,
        message: String,
    },
}

/// An activation that metonic cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    /// The run, and as much of it as the activation tells.
    pub(crate) subject: Subject,
    pub(crate) message: String,
    /// Only the query with this id cannot be read; the run is fine.
    pub(crate) query_id: Option<String>,
}

pub(crate) fn from_activation(
    activation: WorkflowActivation,
    namespace: &str,
    task_queue: &str,
) -> Result<Polled, Undecodable> {
    let run_id = activation.run_id.clone();
    let subject = subject(&activation);
    let time = activation.timestamp.as_ref().map_or(std::time::SystemTime::UNIX_EPOCH, from_timestamp);
    let reasons = from_reasons(activation.suggest_continue_as_new_reasons());
    let mut jobs = Vec::with_capacity(activation.jobs.len());
    for job in activation.jobs {
        let Some(variant) = job.variant else {
            return Err(Undecodable { subject, message: "a job of an unknown kind".to_owned(), query_id: None });
        };
        if let Variant::RemoveFromCache(evict) = variant {
            return Ok(Polled::Evict { run_id, reason: evict.reason(), message: evict.message });
        }
        let query_id = match &variant {
            Variant::QueryWorkflow(query) => Some(query.query_id.clone()),
            _ => None,
        };
        match from_job(variant, namespace, task_queue) {
            Ok(job) => jobs.push(job),
            Err(message) => return Err(Undecodable { subject, message, query_id }),
        }
    }
    Ok(Polled::Activation(Activation {
        run_id,
        time,
        replaying: activation.is_replaying,
        history: HistorySize {
            events: activation.history_length,
            bytes: activation.history_size_bytes,
            continue_as_new_suggested: activation.continue_as_new_suggested,
            reasons,
            target_version_changed: activation.target_worker_deployment_version_changed,
        },
        deployment: activation
            .deployment_version_for_current_task
            .map(|version| Deployment { name: version.deployment_name, build_id: version.build_id }),
        jobs,
    }))
}

/// Whose activation it is.
fn subject(activation: &WorkflowActivation) -> Subject {
    let subject = Subject { run_id: activation.run_id.clone(), ..Subject::default() };
    let start = activation.jobs.iter().find_map(|job| match &job.variant {
        Some(Variant::InitializeWorkflow(start)) => Some(start),
        _ => None,
    });
    let Some(start) = start else { return subject };
    Subject {
        workflow_id: start.workflow_id.clone(),
        workflow_type: start.workflow_type.clone(),
        attempt: attempt(start),
        ..subject
    }
}

fn attempt(start: &InitializeWorkflow) -> u32 {
    u32::try_from(start.attempt).unwrap_or(1).max(1)
}

/// Why it is time to continue as new.
pub(crate) fn from_reasons(told: impl Iterator<Item = SuggestContinueAsNewReason>) -> ContinueReasons {
    let mut reasons = ContinueReasons::default();
    for reason in told {
        match reason {
            SuggestContinueAsNewReason::HistorySizeTooLarge => reasons.too_large = true,
            SuggestContinueAsNewReason::TooManyHistoryEvents => reasons.too_many_events = true,
            SuggestContinueAsNewReason::TooManyUpdates => reasons.too_many_updates = true,
            SuggestContinueAsNewReason::Unspecified => {}
        }
    }
    reasons
}

fn from_job(variant: Variant, namespace: &str, task_queue: &str) -> Result<Job, String> {
    Ok(match variant {
        Variant::InitializeWorkflow(start) => Job::Start(Box::new(from_start(start, namespace, task_queue)?)),
        Variant::FireTimer(timer) => Job::Resolve { seq: Seq(timer.seq), outcome: Outcome::Fired },
        Variant::UpdateRandomSeed(seed) => Job::Reseed(seed.randomness_seed),
        Variant::NotifyHasPatch(patch) => Job::Patch(patch.patch_id),
        Variant::CancelWorkflow(cancel) => Job::Cancel { reason: cancel.reason },
        Variant::QueryWorkflow(query) => Job::Query(Query {
            arguments: arguments(&query.arguments, || format!("query `{}`", query.query_type))?,
            headers: from_fields(&query.headers),
            id: query.query_id,
            name: query.query_type,
        }),
        Variant::SignalWorkflow(signal) => Job::Signal(Signal {
            arguments: arguments(&signal.input, || format!("signal `{}`", signal.signal_name))
                .map_err(|problem| format!("{problem}; {AFTER_UNREADABLE_SIGNAL}"))?,
            headers: from_fields(&signal.headers),
            name: signal.signal_name,
        }),
        Variant::DoUpdate(update) => from_update(update)?,
        Variant::ResolveActivity(resolved) => from_resolved_activity(resolved)?,
        Variant::ResolveChildWorkflowExecutionStart(resolved) => from_child_start(resolved)?,
        Variant::ResolveChildWorkflowExecution(resolved) => from_child(resolved)?,
        Variant::ResolveSignalExternalWorkflow(resolved) => {
            let kind = match resolved.cause() {
                SignalCause::Unspecified => None,
                SignalCause::ExternalWorkflowExecutionNotFound | SignalCause::NamespaceNotFound => {
                    Some(failure_kind::NOT_FOUND)
                }
                SignalCause::SignalCountLimitExceeded => Some(failure_kind::RATE_LIMITED),
            };
            request_done(resolved.seq, resolved.failure.as_ref(), kind)
        }
        Variant::ResolveRequestCancelExternalWorkflow(resolved) => {
            let kind = match resolved.cause() {
                CancelCause::Unspecified => None,
                CancelCause::ExternalWorkflowExecutionNotFound | CancelCause::NamespaceNotFound => {
                    Some(failure_kind::NOT_FOUND)
                }
            };
            request_done(resolved.seq, resolved.failure.as_ref(), kind)
        }
        Variant::ResolveNexusOperationStart(_) | Variant::ResolveNexusOperation(_) => {
            return Err("the run called a Nexus operation, which metonic does not do".to_owned());
        }
        Variant::RemoveFromCache(_) => return Err("an eviction among other jobs".to_owned()),
    })
}

/// One that was accepted before has to be read; any other that cannot be is its sender's mistake.
fn from_update(update: DoUpdate) -> Result<Job, String> {
    let bytes = update_size(&update);
    let protocol_id = update.protocol_instance_id;
    Ok(match arguments(&update.input, || format!("update `{}`", update.name)) {
        Err(problem) if update.run_validator => Job::Unreadable { protocol_id, problem, bytes },
        arguments => Job::Update(Update {
            arguments: arguments?,
            headers: from_fields(&update.headers),
            id: update.id,
            protocol_id,
            name: update.name,
            validate: update.run_validator,
            bytes,
        }),
    })
}

fn from_start(start: InitializeWorkflow, namespace: &str, task_queue: &str) -> Result<Start, String> {
    let info = StartInfo {
        attempt: attempt(&start),
        workflow_id: start.workflow_id,
        namespace: namespace.to_owned(),
        task_queue: task_queue.to_owned(),
        first_run_id: start.first_execution_run_id,
        continued_run_id: some_text(start.continued_from_execution_run_id),
        cron_schedule_to_schedule_interval: from_timeout(start.cron_schedule_to_schedule_interval)
            .filter(|_| !start.cron_schedule.is_empty()),
        cron: some_text(start.cron_schedule),
        start_time: start.start_time.as_ref().map_or(std::time::SystemTime::UNIX_EPOCH, from_timestamp),
        execution_timeout: from_timeout(start.workflow_execution_timeout),
        execution_expiration_time: start
            .workflow_execution_expiration_time
            .as_ref()
            .map(from_timestamp)
            .filter(|time| *time > std::time::SystemTime::UNIX_EPOCH),
        run_timeout: from_timeout(start.workflow_run_timeout),
        task_timeout: from_timeout(start.workflow_task_timeout),
        parent: start.parent_workflow_info.map(from_parent).map(Box::new),
        root: start.root_workflow.map(|root| Box::new(from_root(root, namespace))),
        memo: start.memo.map(|memo| from_fields(&memo.fields)).unwrap_or_default(),
        search_attributes: start
            .search_attributes
            .map(|attributes| from_attributes(&attributes.indexed_fields))
            .unwrap_or_default(),
        retry_policy: start.retry_policy.map(from_retry_policy).map(Box::new),
        priority: start.priority.map(from_priority).map(Box::new),
        last_failure: start.continued_failure.as_ref().map(from_failure).map(Box::new),
        // A result that cannot be read is the one of a foreign run: as good as none.
        last_result: start
            .last_completion_result
            .and_then(|result| from_result(result.payloads.first()).ok())
            .filter(|result| *result != Value::Null)
            .map(Box::new),
        original_run_id: start.original_execution_run_id,
    };
    Ok(Start {
        arguments: arguments(&start.arguments, || "the input of the run".to_owned())?,
        workflow_type: start.workflow_type,
        seed: start.randomness_seed,
        headers: from_fields(&start.headers),
        info,
    })
}

fn arguments(payloads: &[Payload], what: impl FnOnce() -> String) -> Result<Vec<Value>, String> {
    from_payloads(payloads).map_err(|error| format!("{}: {error}", what()))
}

fn from_resolved_activity(resolved: ResolveActivity) -> Result<Job, String> {
    let status = resolved.result.and_then(|result| result.status).ok_or("an activity ended without saying how")?;
    let outcome = match status {
        ActivityStatus::Completed(success) => completed(from_result(success.result.as_ref())),
        ActivityStatus::Failed(failed) => Outcome::Failed(some_failure(failed.failure.as_ref())),
        ActivityStatus::Cancelled(cancelled) => Outcome::Failed(canceled(cancelled.failure.as_ref())),
        ActivityStatus::Backoff(backoff) => Outcome::Backoff {
            attempt: backoff.attempt,
            wait: backoff.backoff_duration.map(from_duration).unwrap_or_default(),
            first_scheduled: backoff.original_schedule_time.as_ref().map(from_timestamp),
        },
    };
    Ok(Job::Resolve { seq: Seq(resolved.seq), outcome })
}

fn from_child_start(resolved: ResolveChildWorkflowExecutionStart) -> Result<Job, String> {
    let outcome = match resolved.status.ok_or("a child's start ended without saying how")? {
        ChildStartStatus::Succeeded(started) => Outcome::ChildStarted { run_id: started.run_id },
        ChildStartStatus::Failed(failed) => Outcome::Failed(not_started(&failed.workflow_id, failed.cause())),
        ChildStartStatus::Cancelled(cancelled) => Outcome::Failed(canceled(cancelled.failure.as_ref())),
    };
    Ok(Job::Resolve { seq: Seq(resolved.seq), outcome })
}

fn not_started(workflow_id: &str, cause: StartCause) -> Failure {
    let why = match cause {
        StartCause::Unspecified => NotStarted::Unknown,
        StartCause::WorkflowAlreadyExists => NotStarted::Exists,
        StartCause::NamespaceNotFound => NotStarted::NoNamespace,
        StartCause::InvalidVersioningOverride => NotStarted::Versioning,
    };
    why.failure(workflow_id)
}

fn from_child(resolved: ResolveChildWorkflowExecution) -> Result<Job, String> {
    let status = resolved.result.and_then(|result| result.status).ok_or("a child ended without saying how")?;
    let outcome = match status {
        ChildStatus::Completed(success) => completed(from_result(success.result.as_ref())),
        ChildStatus::Failed(failed) => Outcome::Failed(some_failure(failed.failure.as_ref())),
        ChildStatus::Cancelled(cancelled) => Outcome::Failed(canceled(cancelled.failure.as_ref())),
    };
    Ok(Job::Resolve { seq: Seq(resolved.seq), outcome })
}

/// A message to another run, or a request to it. `kind` is why it failed, as our own failures name
/// it; the core's names say no more.
fn request_done(seq: u32, failure: Option<&ProtoFailure>, kind: Option<&str>) -> Job {
    let outcome = match failure {
        Some(failure) => match kind {
            Some(kind) => {
                Outcome::Failed(Failure { retryable: Some(false), ..Failure::new(kind, failure.message.clone()) })
            }
            None => Outcome::Failed(from_failure(failure)),
        },
        None => Outcome::Completed(Value::Null),
    };
    Job::Resolve { seq: Seq(seq), outcome }
}

/// A result that cannot be read is an error of the call, not of the run: the author may handle it.
fn completed(value: Result<Value, PayloadError>) -> Outcome {
    match value {
        Ok(value) => Outcome::Completed(value),
        Err(error) => Outcome::Failed(Failure::invalid(error.to_string())),
    }
}

fn some_failure(failure: Option<&ProtoFailure>) -> Failure {
    failure.map_or_else(|| Failure::new(failure_kind::UNKNOWN, "failed without a reason"), from_failure)
}

fn canceled(failure: Option<&ProtoFailure>) -> Failure {
    failure.map_or_else(|| Failure::canceled("canceled"), from_failure)
}

fn some_text(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn from_parent(parent: NamespacedWorkflowExecution) -> Relative {
    Relative { namespace: parent.namespace, workflow_id: parent.workflow_id, run_id: parent.run_id }
}

fn from_root(root: WorkflowExecution, namespace: &str) -> Relative {
    Relative { namespace: namespace.to_owned(), workflow_id: root.workflow_id, run_id: root.run_id }
}

fn from_priority(priority: ProtoPriority) -> Priority {
    Priority {
        key: u32::try_from(priority.priority_key).unwrap_or(0),
        fairness_key: priority.fairness_key,
        fairness_weight: priority.fairness_weight,
    }
}

pub(crate) fn from_retry_policy(policy: ProtoRetryPolicy) -> RetryPolicy {
    RetryPolicy {
        initial_interval: from_timeout(policy.initial_interval),
        backoff_coefficient: policy.backoff_coefficient,
        maximum_interval: from_timeout(policy.maximum_interval),
        maximum_attempts: u32::try_from(policy.maximum_attempts).unwrap_or(0),
        non_retryable_error_types: policy.non_retryable_error_types,
    }
}
