//! What the core polls for activities, and what they end with.

use metonic_bridge::protos::{
    coresdk::{
        activity_result::{
            ActivityExecutionResult, Cancellation, Failure as FailedActivity, Success,
            activity_execution_result::Status,
        },
        activity_task::{ActivityCancelReason, ActivityTask, Start, activity_task::Variant},
    },
    temporal::api::failure::v1::Failure as ProtoFailure,
};

use crate::{
    function::{CancelReason, FunctionOutcome, FunctionTask},
    temporal::wire::{
        activation::from_retry_policy,
        failure::to_failure,
        payload::{PayloadError, from_fields, from_payloads, to_payload},
        time::{from_timeout, from_timestamp},
    },
    value::Failure,
    workflow::RetryPolicy,
};

/// What a poll for activity tasks gave.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PolledActivity {
    Start {
        task: Box<FunctionTask>,
        /// By which the core plans the next attempt of a local activity.
        retry: Option<RetryPolicy>,
    },
    /// The attempt with this token is to end.
    Cancel { token: Vec<u8>, reason: CancelReason },
    /// The task cannot be read; the attempt fails with this.
    Undecodable { token: Vec<u8>, failure: Box<Failure> },
}

pub(crate) fn from_activity_task(task: ActivityTask, task_queue: &str) -> Option<PolledActivity> {
    let token = task.task_token;
    Some(match task.variant? {
        Variant::Start(mut start) => {
            let retry = start.retry_policy.take().map(from_retry_policy);
            match from_start(start, token.clone(), task_queue) {
                Ok(task) => PolledActivity::Start { task: Box::new(task), retry },
                Err(error) => {
                    let failure = Box::new(Failure::invalid(format!("the input: {error}")));
                    PolledActivity::Undecodable { token, failure }
                }
            }
        }
        Variant::Cancel(cancel) => PolledActivity::Cancel { reason: from_reason(cancel.reason()), token },
    })
}

fn from_start(start: Start, token: Vec<u8>, task_queue: &str) -> Result<FunctionTask, PayloadError> {
    let run = start.workflow_execution.unwrap_or_default();
    Ok(FunctionTask {
        arguments: from_payloads(&start.input)?,
        headers: from_fields(&start.header_fields),
        // Details that cannot be read are those of a foreign attempt: as good as none.
        heartbeat_details: from_payloads(&start.heartbeat_details).unwrap_or_default(),
        activity_type: start.activity_type,
        activity_id: start.activity_id,
        token,
        attempt: start.attempt.max(1),
        namespace: start.workflow_namespace,
        task_queue: task_queue.to_owned(),
        workflow_id: run.workflow_id,
        run_id: run.run_id,
        workflow_type: start.workflow_type,
        scheduled: start.scheduled_time.as_ref().map(from_timestamp),
        started: start.started_time.as_ref().map(from_timestamp),
        schedule_to_close: from_timeout(start.schedule_to_close_timeout),
        start_to_close: from_timeout(start.start_to_close_timeout),
        heartbeat_timeout: from_timeout(start.heartbeat_timeout),
        is_local: start.is_local,
    })
}

fn from_reason(reason: ActivityCancelReason) -> CancelReason {
    match reason {
        ActivityCancelReason::NotFound => CancelReason::Gone,
        ActivityCancelReason::Cancelled => CancelReason::Cancel,
        ActivityCancelReason::TimedOut => CancelReason::Timeout,
        ActivityCancelReason::WorkerShutdown => CancelReason::Shutdown,
        ActivityCancelReason::Paused => CancelReason::Paused,
        ActivityCancelReason::Reset => CancelReason::Reset,
    }
}

/// How an attempt ended. A result that cannot be sent has failed: trying again gives the same.
pub(crate) fn to_activity_result(outcome: &FunctionOutcome) -> ActivityExecutionResult {
    let status = match outcome {
        FunctionOutcome::Completed(value) => match to_payload(value) {
            Ok(payload) => Status::Completed(Success { result: Some(payload) }),
            Err(error) => failed(to_failure(&Failure::invalid(format!("the result: {error}")))),
        },
        FunctionOutcome::Failed(failure) => failed(to_failure(failure)),
        FunctionOutcome::Cancelled(failure) => Status::Cancelled(Cancellation { failure: Some(to_failure(failure)) }),
    };
    ActivityExecutionResult { status: Some(status) }
}

fn failed(failure: ProtoFailure) -> Status {
    Status::Failed(FailedActivity { failure: Some(failure), ..FailedActivity::default() })
}
