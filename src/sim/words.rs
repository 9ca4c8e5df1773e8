//! Failures that Temporal makes, in the words of its core and server.

use crate::{
    sim::activity::Activity,
    value::{Failure, FailureInfo, RetryState, TimeoutKind, failure_kind},
    workflow::StartChild,
};

/// An activity failed for good.
pub(super) fn activity_failed(activity: &Activity, state: RetryState, cause: Failure) -> Failure {
    Failure::told("Activity task failed", of_activity(activity, state), Some(cause))
}

pub(super) fn activity_timed_out(activity: &Activity, state: RetryState, cause: Failure) -> Failure {
    let info = FailureInfo::Activity {
        activity_id: activity.id.clone(),
        activity_type: activity.request.activity_type.clone(),
        identity: String::new(),
        retry_state: state,
        scheduled_event: activity.scheduled_event,
        started_event: 0,
    };
    Failure::told("Activity task timed out", info, Some(cause))
}

pub(super) fn activity_cancelled(activity: &Activity) -> Failure {
    let cause = Failure::told("", FailureInfo::Canceled { details: Vec::new() }, None);
    Failure::told("Activity cancelled", of_activity(activity, RetryState::CancelRequested), Some(cause))
}

pub(super) fn local_timed_out(activity: &Activity, kind: TimeoutKind) -> Failure {
    let cause = Failure::told("Activity timed out", FailureInfo::Timeout { kind, last_heartbeat: Vec::new() }, None);
    Failure::told("Local Activity timed out", of_local(activity), Some(cause))
}

pub(super) fn local_cancelled(activity: &Activity) -> Failure {
    let cause = Failure::told("Activity cancelled", FailureInfo::Canceled { details: Vec::new() }, None);
    Failure::told("Local Activity cancelled", of_local(activity), Some(cause))
}

/// The cause of [`activity_timed_out`]; the failure of the attempt before is the cause of that.
pub(super) fn timeout(activity: &Activity, kind: TimeoutKind) -> Failure {
    let name = match kind {
        TimeoutKind::Unspecified => "Unspecified",
        TimeoutKind::StartToClose => "StartToClose",
        TimeoutKind::ScheduleToStart => "ScheduleToStart",
        TimeoutKind::ScheduleToClose => "ScheduleToClose",
        TimeoutKind::Heartbeat => "Heartbeat",
    };
    let info = FailureInfo::Timeout { kind, last_heartbeat: activity.heartbeat.clone() };
    Failure::told(format!("activity {name} timeout"), info, activity.last_failure.clone())
}

fn of_activity(activity: &Activity, retry_state: RetryState) -> FailureInfo {
    FailureInfo::Activity {
        activity_id: activity.id.clone(),
        activity_type: activity.request.activity_type.clone(),
        identity: activity.identity.clone(),
        retry_state,
        scheduled_event: activity.scheduled_event,
        started_event: activity.started_event,
    }
}

/// The core says so of every end that it wraps.
fn of_local(activity: &Activity) -> FailureInfo {
    FailureInfo::Activity {
        activity_id: activity.id.clone(),
        activity_type: activity.request.activity_type.clone(),
        identity: String::new(),
        retry_state: RetryState::CancelRequested,
        scheduled_event: 0,
        started_event: 0,
    }
}

/// What is known of a child when it ends.
pub(super) struct ChildFacts {
    pub(super) namespace: String,
    pub(super) workflow_id: String,
    pub(super) run_id: String,
    pub(super) workflow_type: String,
    pub(super) initiated_event: i64,
    pub(super) started_event: i64,
}

impl ChildFacts {
    /// Of a child that was never asked for.
    pub(super) fn unsent(child: &StartChild, namespace: &str) -> Self {
        Self {
            namespace: child.namespace.clone().unwrap_or_else(|| namespace.to_owned()),
            workflow_id: child.workflow_id.clone(),
            run_id: String::new(),
            workflow_type: child.workflow_type.clone(),
            initiated_event: 0,
            started_event: 0,
        }
    }

    pub(super) fn failed(self, state: RetryState, cause: Failure) -> Failure {
        Failure::told("Child Workflow execution failed", self.info(state), Some(cause))
    }

    pub(super) fn timed_out(self, state: RetryState) -> Failure {
        let info = FailureInfo::Timeout { kind: TimeoutKind::StartToClose, last_heartbeat: Vec::new() };
        let cause = Failure::told("Timed out", info, None);
        Failure::told("Child Workflow execution timed out", self.info(state), Some(cause))
    }

    pub(super) fn terminated(self) -> Failure {
        let cause = Failure::told("Terminated", FailureInfo::Terminated, None);
        let info = self.info(RetryState::NonRetryableFailure);
        Failure::told("Child Workflow execution terminated", info, Some(cause))
    }

    pub(super) fn cancelled(self) -> Failure {
        let cause = Failure::told("", FailureInfo::Canceled { details: Vec::new() }, None);
        let info = self.info(RetryState::NonRetryableFailure);
        Failure::told("Child Workflow execution cancelled", info, Some(cause))
    }

    fn info(self, retry_state: RetryState) -> FailureInfo {
        FailureInfo::Child {
            namespace: self.namespace,
            workflow_id: self.workflow_id,
            run_id: self.run_id,
            workflow_type: self.workflow_type,
            retry_state,
            initiated_event: self.initiated_event,
            started_event: self.started_event,
        }
    }
}

/// A signal, or a request to end, that nobody is there to get.
pub(super) fn nobody(asked: &str) -> Failure {
    let message = match asked {
        "signal" => "Unable to signal external workflow because it was not found",
        _ => "Unable to cancel external workflow because not found",
    };
    Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) }
}

/// A signal that was taken back in the step that sent it.
pub(super) fn signal_unsent() -> Failure {
    let info = FailureInfo::Canceled { details: Vec::new() };
    Failure::told("Signal was cancelled before being sent", info, None)
}

/// An update that a task did not answer.
pub(super) fn update_left() -> Failure {
    Failure {
        retryable: Some(false),
        ..Failure::new(
            "UnprocessedUpdate",
            "Workflow Update is rejected because it wasn't processed by worker. Probably, Workflow Update is not \
             supported by the worker.",
        )
    }
}

/// An accepted update whose workflow ended.
pub(super) fn update_unfinished() -> Failure {
    Failure {
        retryable: Some(false),
        ..Failure::new(
            "AcceptedUpdateCompletedWorkflow",
            "Workflow Update failed because the Workflow completed before the Update completed.",
        )
    }
}
