//! Whether and when something that failed is tried again, as the server decides it.

use std::time::Duration;

use crate::{
    value::{Failure, FailureInfo, Map, RetryState, TimeoutKind, Value, failure_kind},
    workflow::RetryPolicy,
};

const FIRST_WAIT: Duration = Duration::from_secs(1);
const COEFFICIENT: f64 = 2.0;
const LONGEST_IN_FIRST_WAITS: u32 = 100;

/// The type that a failure without a kind has at the server.
const NO_KIND: &str = "Internal";

/// A policy names timeouts with this before their kind.
const TIMEOUT: &str = "TemporalTimeout:";

/// How long to wait after attempt `attempt` failed; or why there is no other. `left` is the time that
/// all attempts together still have.
pub(crate) fn wait(
    policy: Option<&RetryPolicy>,
    attempt: u32,
    failure: &Failure,
    left: Option<Duration>,
) -> Result<Duration, RetryState> {
    let other_types: &[String] = policy.map_or(&[], |policy| &policy.non_retryable_error_types);
    if !is_retryable(failure, other_types) {
        return Err(RetryState::NonRetryableFailure);
    }
    let most = policy.map_or(0, |policy| policy.maximum_attempts);
    if most != 0 && attempt >= most {
        return Err(RetryState::MaximumAttemptsReached);
    }
    let asked = match failure.info {
        FailureInfo::Application { next_retry_delay, .. } => next_retry_delay,
        _ => None,
    };
    let wait = asked.unwrap_or_else(|| planned(policy, attempt));
    match left {
        Some(left) if wait >= left => Err(RetryState::Timeout),
        _ => Ok(wait),
    }
}

/// The same of a local activity, as the core decides it: it knows no names of timeouts. What it does not look at
/// is the time that is left.
pub(crate) fn local_wait(
    policy: Option<&RetryPolicy>,
    attempt: u32,
    failure: &Failure,
    left: Option<Duration>,
) -> Result<Duration, RetryState> {
    let mut policy = policy.cloned();
    if let Some(policy) = &mut policy {
        policy.non_retryable_error_types.retain(|name| !name.starts_with(TIMEOUT));
    }
    wait(policy.as_ref(), attempt, failure, left)
}

/// How a local activity ends for which there is no time for another attempt. The core tries again after a failure
/// that it knows as a timeout, so this is one of ours that says the same.
pub(crate) fn out_of_time(last: Option<Failure>) -> Failure {
    let kind = Value::from(TimeoutKind::ScheduleToClose.name());
    Failure {
        retryable: Some(false),
        details: Some(Value::Map(Map::from_iter([("timeout_type".to_owned(), kind)]))),
        cause: last.map(Box::new),
        ..Failure::new(failure_kind::TIMEOUT, "Activity timed out")
    }
}

fn planned(policy: Option<&RetryPolicy>, attempt: u32) -> Duration {
    let first = policy.and_then(|policy| policy.initial_interval).filter(|first| !first.is_zero());
    let first = first.unwrap_or(FIRST_WAIT);
    let coefficient = policy.map_or(COEFFICIENT, |policy| policy.backoff_coefficient);
    let coefficient = if coefficient >= 1.0 { coefficient } else { COEFFICIENT };
    let longest = policy.and_then(|policy| policy.maximum_interval).filter(|longest| !longest.is_zero());
    let longest = longest.unwrap_or(first.saturating_mul(LONGEST_IN_FIRST_WAITS)).max(first);
    let power = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let seconds = first.as_secs_f64() * coefficient.powi(power);
    Duration::try_from_secs_f64(seconds).map_or(longest, |wait| wait.min(longest))
}

fn is_retryable(failure: &Failure, other_types: &[String]) -> bool {
    match &failure.info {
        FailureInfo::None | FailureInfo::Application { .. } => {
            let name = Some(failure.type_name()).filter(|name| !name.is_empty()).unwrap_or(NO_KIND);
            failure.retryable != Some(false) && !other_types.iter().any(|other| other == name)
        }
        FailureInfo::Timeout { kind, .. } => {
            let name = match kind {
                TimeoutKind::StartToClose => "StartToClose",
                TimeoutKind::Heartbeat => "Heartbeat",
                _ => return false,
            };
            !other_types.iter().any(|other| other.strip_prefix(TIMEOUT) == Some(name))
        }
        FailureInfo::Canceled { .. } | FailureInfo::Terminated => false,
        FailureInfo::Server { non_retryable } => !non_retryable,
        FailureInfo::Activity { .. } | FailureInfo::Child { .. } | FailureInfo::Other(_) => true,
    }
}

/// What a failure is once it has been at the server: every one that is nothing else is an
/// application's.
pub(crate) fn arrived(mut failure: Failure) -> Failure {
    if failure.info == FailureInfo::None {
        failure.info = FailureInfo::Application { next_retry_delay: None, foreign_details: Vec::new() };
    }
    failure.cause = failure.cause.map(|cause| Box::new(arrived(*cause)));
    failure
}
