//! Failures, both ways, without loss.
//!
//! A failure of ours is an application failure whose one detail is `{errors: […]}`: the whole chain
//! with what Temporal has no field for. A foreign one keeps its type, its details and its causes;
//! what our fields cannot hold is kept as the bytes it came in.

use metonic_bridge::{
    decode_failure, encode_failure,
    protos::temporal::api::{
        common::v1::{ActivityType, Payloads, WorkflowExecution, WorkflowType},
        enums::v1::{RetryState as ProtoRetryState, TimeoutType},
        failure::v1::{
            ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo, ChildWorkflowExecutionFailureInfo,
            Failure as ProtoFailure, ServerFailureInfo, TerminatedFailureInfo, TimeoutFailureInfo,
            failure::FailureInfo as ProtoInfo,
        },
    },
};

use crate::{
    temporal::wire::{
        chain::{chain_of, failures_of},
        payload::{PayloadError, from_payloads, to_payloads},
        time::{from_duration, to_duration},
    },
    value::{Failure, FailureInfo, RetryState, TimeoutKind, Value, failure_kind},
};

/// The type of a failure whose author gave no kind.
const NO_KIND: &str = "Internal";

/// Types that other SDKs give to what is not there.
pub(super) const NOT_FOUND_TYPES: [&str; 4] =
    ["ActivityNotRegisteredError", "WorkflowNotRegisteredError", "NamespaceNotFoundError", "NotFoundError"];

pub(crate) fn from_failure(proto: &ProtoFailure) -> Failure {
    let cause = proto.cause.as_deref().map(from_failure);
    let mut failure = without_cause(proto, cause.as_ref());
    if cause.is_some() {
        failure.cause = cause.map(Box::new);
    }
    let own = ProtoFailure { cause: None, ..proto.clone() };
    if written_anew(&failure).is_none_or(|written| written != own) {
        failure.original = encode_failure(&own);
    }
    failure
}

pub(crate) fn to_failure(failure: &Failure) -> ProtoFailure {
    let own = kept(failure).or_else(|| written_anew(failure)).unwrap_or_else(|| ProtoFailure {
        message: failure.message.clone(),
        source: failure.source.clone(),
        stack_trace: failure.stack.clone(),
        failure_info: Some(ProtoInfo::ApplicationFailureInfo(application(failure, None, None))),
        ..ProtoFailure::default()
    });
    ProtoFailure { cause: failure.cause.as_deref().map(|cause| Box::new(to_failure(cause))), ..own }
}

/// What a failure came in, unless it has been changed since.
fn kept(failure: &Failure) -> Option<ProtoFailure> {
    let original = decode_failure(&failure.original).filter(|_| !failure.original.is_empty())?;
    let unchanged = Failure { cause: None, original: Vec::new(), ..failure.clone() };
    let read = Failure { cause: None, ..without_cause(&original, failure.cause.as_deref()) };
    (read == unchanged).then_some(original)
}

/// Everything of a failure but its cause, unless its details bring causes of their own.
fn without_cause(proto: &ProtoFailure, cause: Option<&Failure>) -> Failure {
    let mut failure = Failure {
        message: proto.message.clone(),
        stack: proto.stack_trace.clone(),
        source: proto.source.clone(),
        ..Failure::default()
    };
    let Some(info) = &proto.failure_info else { return failure };
    let info = match info {
        ProtoInfo::ApplicationFailureInfo(info) => {
            read_application(info, &mut failure);
            return failure;
        }
        ProtoInfo::TimeoutFailureInfo(info) => FailureInfo::Timeout {
            kind: from_timeout_type(info.timeout_type()),
            last_heartbeat: details(info.last_heartbeat_details.as_ref()),
        },
        ProtoInfo::CanceledFailureInfo(info) => FailureInfo::Canceled { details: details(info.details.as_ref()) },
        ProtoInfo::TerminatedFailureInfo(_) => FailureInfo::Terminated,
        ProtoInfo::ServerFailureInfo(info) => FailureInfo::Server { non_retryable: info.non_retryable },
        ProtoInfo::ActivityFailureInfo(info) => FailureInfo::Activity {
            activity_id: info.activity_id.clone(),
            activity_type: info.activity_type.as_ref().map(|kind| kind.name.clone()).unwrap_or_default(),
            identity: info.identity.clone(),
            retry_state: from_retry_state(info.retry_state()),
            scheduled_event: info.scheduled_event_id,
            started_event: info.started_event_id,
        },
        ProtoInfo::ChildWorkflowExecutionFailureInfo(info) => {
            let execution = info.workflow_execution.clone().unwrap_or_default();
            FailureInfo::Child {
                namespace: info.namespace.clone(),
                workflow_id: execution.workflow_id,
                run_id: execution.run_id,
                workflow_type: info.workflow_type.as_ref().map(|kind| kind.name.clone()).unwrap_or_default(),
                retry_state: from_retry_state(info.retry_state()),
                initiated_event: info.initiated_event_id,
                started_event: info.started_event_id,
            }
        }
        ProtoInfo::ResetWorkflowFailureInfo(_)
        | ProtoInfo::NexusOperationExecutionFailureInfo(_)
        | ProtoInfo::NexusHandlerFailureInfo(_) => {
            FailureInfo::Other(encode_failure(&ProtoFailure { cause: None, ..proto.clone() }))
        }
    };
    failure.tell(info, cause);
    failure
}

fn read_application(info: &ApplicationFailureInfo, failure: &mut Failure) {
    if NOT_FOUND_TYPES.contains(&info.r#type.as_str()) {
        failure_kind::NOT_FOUND.clone_into(&mut failure.kind);
        failure.foreign_type.clone_from(&info.r#type);
    } else {
        failure.kind.clone_from(&info.r#type);
    }
    failure.retryable = Some(!info.non_retryable);
    let mut foreign = details(info.details.as_ref());
    if let Some(chain) = failures_of(&foreign) {
        failure.kind = chain.kind;
        // It is ours, and our author calls it so.
        if failure.foreign_type == failure.kind {
            failure.foreign_type.clear();
        }
        failure.retryable = chain.retryable;
        failure.details = chain.details;
        failure.cause = chain.cause;
        foreign = Vec::new();
    } else if foreign.len() == 1 {
        failure.details = foreign.first().cloned();
    } else if !foreign.is_empty() {
        failure.details = Some(Value::List(foreign.clone()));
    }
    failure.info = FailureInfo::Application {
        next_retry_delay: info.next_retry_delay.map(from_duration),
        foreign_details: foreign,
    };
}

/// Unreadable details are none here; the bytes they came in are kept beside.
fn details(payloads: Option<&Payloads>) -> Vec<Value> {
    payloads.and_then(|payloads| from_payloads(&payloads.payloads).ok()).unwrap_or_default()
}

/// A failure without its cause, made of its fields; nothing if they cannot be sent.
fn written_anew(failure: &Failure) -> Option<ProtoFailure> {
    let info = match &failure.info {
        FailureInfo::None => {
            ProtoInfo::ApplicationFailureInfo(application(failure, Some(chain_of(failure).ok()?), None))
        }
        FailureInfo::Application { next_retry_delay, foreign_details } => {
            let details = if foreign_details.is_empty() { chain_of(failure).ok()? } else { foreign_details.clone() };
            ProtoInfo::ApplicationFailureInfo(application(failure, Some(details), *next_retry_delay))
        }
        FailureInfo::Timeout { kind, last_heartbeat } => ProtoInfo::TimeoutFailureInfo(TimeoutFailureInfo {
            timeout_type: to_timeout_type(*kind).into(),
            last_heartbeat_details: some_payloads(last_heartbeat).ok()?,
        }),
        FailureInfo::Canceled { details } => ProtoInfo::CanceledFailureInfo(CanceledFailureInfo {
            details: some_payloads(details).ok()?,
            ..CanceledFailureInfo::default()
        }),
        FailureInfo::Terminated => ProtoInfo::TerminatedFailureInfo(TerminatedFailureInfo::default()),
        FailureInfo::Server { non_retryable } => {
            ProtoInfo::ServerFailureInfo(ServerFailureInfo { non_retryable: *non_retryable })
        }
        FailureInfo::Activity { activity_id, activity_type, identity, retry_state, scheduled_event, started_event } => {
            ProtoInfo::ActivityFailureInfo(ActivityFailureInfo {
                scheduled_event_id: *scheduled_event,
                started_event_id: *started_event,
                identity: identity.clone(),
                activity_type: Some(ActivityType { name: activity_type.clone() }),
                activity_id: activity_id.clone(),
                retry_state: to_retry_state(*retry_state).into(),
            })
        }
        FailureInfo::Child {
            namespace,
            workflow_id,
            run_id,
            workflow_type,
            retry_state,
            initiated_event,
            started_event,
        } => ProtoInfo::ChildWorkflowExecutionFailureInfo(ChildWorkflowExecutionFailureInfo {
            namespace: namespace.clone(),
            workflow_execution: Some(WorkflowExecution { workflow_id: workflow_id.clone(), run_id: run_id.clone() }),
            workflow_type: Some(WorkflowType { name: workflow_type.clone() }),
            initiated_event_id: *initiated_event,
            started_event_id: *started_event,
            retry_state: to_retry_state(*retry_state).into(),
        }),
        FailureInfo::Other(bytes) => return decode_failure(bytes),
    };
    Some(ProtoFailure {
        message: failure.message.clone(),
        source: failure.source.clone(),
        stack_trace: failure.stack.clone(),
        failure_info: Some(info),
        ..ProtoFailure::default()
    })
}

fn application(
    failure: &Failure,
    details: Option<Vec<Value>>,
    next_retry_delay: Option<std::time::Duration>,
) -> ApplicationFailureInfo {
    ApplicationFailureInfo {
        r#type: Some(failure.type_name()).filter(|name| !name.is_empty()).unwrap_or(NO_KIND).to_owned(),
        non_retryable: failure.retryable == Some(false),
        details: details.and_then(|details| some_payloads(&details).ok().flatten()),
        next_retry_delay: next_retry_delay.map(to_duration),
        ..ApplicationFailureInfo::default()
    }
}

fn some_payloads(values: &[Value]) -> Result<Option<Payloads>, PayloadError> {
    if values.is_empty() { Ok(None) } else { to_payloads(values).map(Some) }
}

fn from_timeout_type(kind: TimeoutType) -> TimeoutKind {
    match kind {
        TimeoutType::Unspecified => TimeoutKind::Unspecified,
        TimeoutType::StartToClose => TimeoutKind::StartToClose,
        TimeoutType::ScheduleToStart => TimeoutKind::ScheduleToStart,
        TimeoutType::ScheduleToClose => TimeoutKind::ScheduleToClose,
        TimeoutType::Heartbeat => TimeoutKind::Heartbeat,
    }
}

fn to_timeout_type(kind: TimeoutKind) -> TimeoutType {
    match kind {
        TimeoutKind::Unspecified => TimeoutType::Unspecified,
        TimeoutKind::StartToClose => TimeoutType::StartToClose,
        TimeoutKind::ScheduleToStart => TimeoutType::ScheduleToStart,
        TimeoutKind::ScheduleToClose => TimeoutType::ScheduleToClose,
        TimeoutKind::Heartbeat => TimeoutType::Heartbeat,
    }
}

fn from_retry_state(state: ProtoRetryState) -> RetryState {
    match state {
        ProtoRetryState::Unspecified => RetryState::Unspecified,
        ProtoRetryState::InProgress => RetryState::InProgress,
        ProtoRetryState::NonRetryableFailure => RetryState::NonRetryableFailure,
        ProtoRetryState::Timeout => RetryState::Timeout,
        ProtoRetryState::MaximumAttemptsReached => RetryState::MaximumAttemptsReached,
        ProtoRetryState::RetryPolicyNotSet => RetryState::RetryPolicyNotSet,
        ProtoRetryState::InternalServerError => RetryState::InternalServerError,
        ProtoRetryState::CancelRequested => RetryState::CancelRequested,
    }
}

fn to_retry_state(state: RetryState) -> ProtoRetryState {
    match state {
        RetryState::Unspecified => ProtoRetryState::Unspecified,
        RetryState::InProgress => ProtoRetryState::InProgress,
        RetryState::NonRetryableFailure => ProtoRetryState::NonRetryableFailure,
        RetryState::Timeout => ProtoRetryState::Timeout,
        RetryState::MaximumAttemptsReached => ProtoRetryState::MaximumAttemptsReached,
        RetryState::RetryPolicyNotSet => ProtoRetryState::RetryPolicyNotSet,
        RetryState::InternalServerError => ProtoRetryState::InternalServerError,
        RetryState::CancelRequested => ProtoRetryState::CancelRequested,
    }
}
