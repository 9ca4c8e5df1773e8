//! The answer to an activation: commands, or why the workflow task failed.

use metonic_bridge::protos::{
    coresdk::{
        workflow_commands::{
            ActivityCancellationType, CancelChildWorkflowExecution, CancelSignalWorkflow, CancelTimer,
            CancelWorkflowExecution, CompleteWorkflowExecution, FailWorkflowExecution, ModifyWorkflowProperties,
            QueryResult, QuerySuccess, RequestCancelActivity, RequestCancelExternalWorkflowExecution,
            RequestCancelLocalActivity, ScheduleActivity as ProtoActivity, ScheduleLocalActivity, SetPatchMarker,
            StartTimer, UpdateResponse, UpsertWorkflowSearchAttributes, WorkflowCommand,
            query_result::Variant as QueryVariant, update_response::Response, workflow_command::Variant,
        },
        workflow_completion::{
            Failure as FailedTask, Success, WorkflowActivationCompletion, workflow_activation_completion::Status,
        },
    },
    temporal::api::{
        common::v1::{Memo, Priority as ProtoPriority, RetryPolicy as ProtoRetryPolicy},
        enums::v1::WorkflowTaskFailedCause,
    },
};

use crate::{
    temporal::wire::{
        attributes::to_attributes,
        child::{to_child, to_continue, to_execution, to_fields, to_intent, to_queue, to_signal},
        failure::to_failure,
        payload::{PayloadError, to_headers, to_payload, to_payloads},
        start::to_metadata,
        time::{to_duration, to_timestamp},
    },
    value::Failure,
    workflow::{
        Cancellation, Command, Completion, Emitted, Priority, RetryPolicy, ScheduleActivity, TaskFailureCause,
        UpdateAnswer,
    },
};

/// What commands need to know of their worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandCx {
    /// Put before every queue that a command names.
    pub(crate) queue_prefix: String,
    /// The worker's own queue, prefix included.
    pub(crate) task_queue: String,
    pub(crate) namespace: String,
}

pub(crate) fn to_completion(
    run_id: &str,
    completion: &Completion,
    cx: &CommandCx,
) -> Result<WorkflowActivationCompletion, PayloadError> {
    match completion {
        Completion::Commands(emitted) => {
            let commands = emitted.iter().map(|emitted| to_command(emitted, cx)).collect::<Result<_, _>>()?;
            let success = Success { commands, ..Success::default() };
            Ok(completion_with(run_id, Status::Successful(success)))
        }
        Completion::TaskFailed(failed) => Ok(failed_completion(run_id, &failed.failure, failed.cause)),
    }
}

pub(crate) fn failed_completion(
    run_id: &str,
    failure: &Failure,
    cause: TaskFailureCause,
) -> WorkflowActivationCompletion {
    let failed = FailedTask { failure: Some(to_failure(failure)), force_cause: to_cause(cause).into() };
    completion_with(run_id, Status::Failed(failed))
}

/// The answer to a query that could not be read. The run itself is not touched.
pub(crate) fn failed_query(run_id: &str, query_id: &str, failure: &Failure) -> WorkflowActivationCompletion {
    let result =
        QueryResult { query_id: query_id.to_owned(), variant: Some(QueryVariant::Failed(to_failure(failure))) };
    let command = WorkflowCommand { variant: Some(Variant::RespondToQuery(result)), ..WorkflowCommand::default() };
    completion_with(run_id, Status::Successful(Success { commands: vec![command], ..Success::default() }))
}

fn completion_with(run_id: &str, status: Status) -> WorkflowActivationCompletion {
    WorkflowActivationCompletion {
        run_id: run_id.to_owned(),
        status: Some(status),
        ..WorkflowActivationCompletion::default()
    }
}

fn to_cause(cause: TaskFailureCause) -> WorkflowTaskFailedCause {
    match cause {
        TaskFailureCause::WorkflowWorkerUnhandledFailure => WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure,
        TaskFailureCause::NonDeterminism => WorkflowTaskFailedCause::NonDeterministicError,
        // The server's answer to a message that is too large is to terminate the run. A run whose
        // code can be mended is not to be lost, so it is told of payloads that are too large.
        TaskFailureCause::PayloadsTooLarge | TaskFailureCause::GrpcMessageTooLarge => {
            WorkflowTaskFailedCause::PayloadsTooLarge
        }
    }
}

fn to_command(emitted: &Emitted, cx: &CommandCx) -> Result<WorkflowCommand, PayloadError> {
    let (mut summary, mut details) = (None, None);
    let variant = match &emitted.command {
        Command::StartTimer { seq, after, summary: text } => {
            summary = text.as_deref();
            Variant::StartTimer(StartTimer { seq: seq.0, start_to_fire_timeout: Some(to_duration(*after)) })
        }
        Command::CancelTimer(seq) => Variant::CancelTimer(CancelTimer { seq: seq.0 }),
        Command::ScheduleActivity(activity) => {
            summary = activity.summary.as_deref();
            to_activity(activity, cx)?
        }
        Command::CancelActivity { seq, local: false } => {
            Variant::RequestCancelActivity(RequestCancelActivity { seq: seq.0 })
        }
        Command::CancelActivity { seq, local: true } => {
            Variant::RequestCancelLocalActivity(RequestCancelLocalActivity { seq: seq.0 })
        }
        Command::StartChild(child) => {
            (summary, details) = (child.summary.as_deref(), child.details.as_deref());
            to_child(child, cx)?
        }
        Command::CancelChild { seq, reason } => Variant::CancelChildWorkflowExecution(CancelChildWorkflowExecution {
            child_workflow_seq: seq.0,
            reason: reason.clone(),
        }),
        Command::SignalWorkflow(signal) => to_signal(signal, cx)?,
        Command::CancelSignal(seq) => Variant::CancelSignalWorkflow(CancelSignalWorkflow { seq: seq.0 }),
        Command::CancelWorkflow { seq, target, reason } => {
            Variant::RequestCancelExternalWorkflowExecution(RequestCancelExternalWorkflowExecution {
                seq: seq.0,
                workflow_execution: Some(to_execution(target, cx)),
                reason: reason.clone(),
            })
        }
        Command::UpsertSearchAttributes(attributes) => {
            let search_attributes = Some(to_attributes(attributes)?);
            Variant::UpsertWorkflowSearchAttributes(UpsertWorkflowSearchAttributes { search_attributes })
        }
        Command::UpsertMemo(memo) => {
            let upserted_memo = Some(Memo { fields: to_fields(memo)? });
            Variant::ModifyWorkflowProperties(ModifyWorkflowProperties { upserted_memo })
        }
        Command::ContinueAsNew(next) => to_continue(next, cx)?,
        Command::SetPatch { id, deprecated } => {
            Variant::SetPatchMarker(SetPatchMarker { patch_id: id.clone(), deprecated: *deprecated })
        }
        Command::AnswerQuery { id, answer } => Variant::RespondToQuery(QueryResult {
            query_id: id.clone(),
            variant: Some(match answer {
                Ok(value) => QueryVariant::Succeeded(QuerySuccess { response: Some(to_payload(value)?) }),
                Err(failure) => QueryVariant::Failed(to_failure(failure)),
            }),
        }),
        Command::AnswerUpdate { protocol_id, answer } => Variant::UpdateResponse(UpdateResponse {
            protocol_instance_id: protocol_id.clone(),
            response: Some(match answer {
                UpdateAnswer::Accept => Response::Accepted(()),
                UpdateAnswer::Reject(failure) => Response::Rejected(to_failure(failure)),
                UpdateAnswer::Complete(value) => Response::Completed(to_payload(value)?),
            }),
        }),
        Command::Complete(value) => {
            Variant::CompleteWorkflowExecution(CompleteWorkflowExecution { result: Some(to_payload(value)?) })
        }
        Command::Fail(failure) => {
            Variant::FailWorkflowExecution(FailWorkflowExecution { failure: Some(to_failure(failure)) })
        }
        Command::Cancelled => Variant::CancelWorkflowExecution(CancelWorkflowExecution::default()),
    };
    let user_metadata = to_metadata(summary, details)?;
    Ok(WorkflowCommand { variant: Some(variant), user_metadata, ..WorkflowCommand::default() })
}

fn to_activity(activity: &ScheduleActivity, cx: &CommandCx) -> Result<Variant, PayloadError> {
    let activity_id = activity.activity_id.clone().unwrap_or_else(|| activity.seq.0.to_string());
    let arguments = to_payloads(&activity.arguments)?.payloads;
    let headers = to_headers(&activity.headers)?;
    let retry_policy = activity.retry.as_ref().map(to_retry_policy);
    let timeouts = activity.timeouts;
    let cancellation_type = to_cancellation(activity.cancellation).into();
    if let Some(local) = &activity.local {
        return Ok(Variant::ScheduleLocalActivity(ScheduleLocalActivity {
            seq: activity.seq.0,
            activity_id,
            activity_type: activity.activity_type.clone(),
            attempt: local.attempt,
            original_schedule_time: local.first_scheduled.map(to_timestamp),
            headers,
            arguments,
            schedule_to_close_timeout: timeouts.schedule_to_close.map(to_duration),
            schedule_to_start_timeout: timeouts.schedule_to_start.map(to_duration),
            start_to_close_timeout: timeouts.start_to_close.map(to_duration),
            retry_policy,
            local_retry_threshold: local.retry_threshold.map(to_duration),
            cancellation_type,
            ..ScheduleLocalActivity::default()
        }));
    }
    Ok(Variant::ScheduleActivity(ProtoActivity {
        seq: activity.seq.0,
        activity_id,
        activity_type: activity.activity_type.clone(),
        task_queue: to_queue(&activity.queue, cx),
        headers,
        arguments,
        schedule_to_close_timeout: timeouts.schedule_to_close.map(to_duration),
        schedule_to_start_timeout: timeouts.schedule_to_start.map(to_duration),
        start_to_close_timeout: timeouts.start_to_close.map(to_duration),
        heartbeat_timeout: timeouts.heartbeat.map(to_duration),
        retry_policy,
        cancellation_type,
        do_not_eagerly_execute: !activity.eager,
        priority: activity.priority.as_ref().map(to_priority),
        versioning_intent: to_intent(activity.intent).into(),
    }))
}

fn to_cancellation(cancellation: Cancellation) -> ActivityCancellationType {
    match cancellation {
        Cancellation::TryCancel => ActivityCancellationType::TryCancel,
        Cancellation::WaitCompleted => ActivityCancellationType::WaitCancellationCompleted,
        Cancellation::Abandon => ActivityCancellationType::Abandon,
    }
}

pub(crate) fn to_retry_policy(policy: &RetryPolicy) -> ProtoRetryPolicy {
    ProtoRetryPolicy {
        initial_interval: policy.initial_interval.map(to_duration),
        backoff_coefficient: policy.backoff_coefficient,
        maximum_interval: policy.maximum_interval.map(to_duration),
        maximum_attempts: i32::try_from(policy.maximum_attempts).unwrap_or(i32::MAX),
        non_retryable_error_types: policy.non_retryable_error_types.clone(),
    }
}

pub(super) fn to_priority(priority: &Priority) -> ProtoPriority {
    ProtoPriority {
        priority_key: i32::try_from(priority.key).unwrap_or(i32::MAX),
        fairness_key: priority.fairness_key.clone(),
        fairness_weight: priority.fairness_weight,
    }
}
