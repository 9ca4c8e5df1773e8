//! How runs and children end.

use std::time::SystemTime;

use metonic_bridge::protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes};

use super::{
    Open, Story,
    event::Read,
    shown::{some_failure, some_value, some_values},
    step::{RunEnd, What},
};
use crate::value::{Failure, Value, failure_kind};

/// How a run ended, if this event is its end.
pub(in crate::temporal) fn run_end(event: &HistoryEvent) -> Option<RunEnd> {
    Some(match event.attributes.as_ref()? {
        Attributes::WorkflowExecutionCompletedEventAttributes(done) => {
            RunEnd::Completed(some_value(done.result.as_ref()))
        }
        Attributes::WorkflowExecutionFailedEventAttributes(failed) => {
            RunEnd::Failed(some_failure(failed.failure.as_ref()))
        }
        Attributes::WorkflowExecutionCanceledEventAttributes(_) => RunEnd::Canceled,
        Attributes::WorkflowExecutionTerminatedEventAttributes(ended) => RunEnd::Terminated(ended.reason.clone()),
        Attributes::WorkflowExecutionTimedOutEventAttributes(_) => RunEnd::TimedOut,
        Attributes::WorkflowExecutionContinuedAsNewEventAttributes(next) => RunEnd::ContinuedAsNew {
            run_id: next.new_execution_run_id.clone(),
            arguments: some_values(next.input.as_ref()),
        },
        _ => return None,
    })
}

/// The run that goes on in the place of the one that this event ends: renewed, tried again, or the
/// next of a schedule.
pub(in crate::temporal) fn next_run(event: &HistoryEvent) -> Option<String> {
    let next = match event.attributes.as_ref()? {
        Attributes::WorkflowExecutionContinuedAsNewEventAttributes(next) => &next.new_execution_run_id,
        Attributes::WorkflowExecutionCompletedEventAttributes(done) => &done.new_execution_run_id,
        Attributes::WorkflowExecutionFailedEventAttributes(failed) => &failed.new_execution_run_id,
        Attributes::WorkflowExecutionTimedOutEventAttributes(late) => &late.new_execution_run_id,
        _ => return None,
    };
    Some(next.clone()).filter(|next| !next.is_empty())
}

impl Story {
    /// How a child ended, if this event is that.
    pub(super) fn child_end(&mut self, attributes: &Attributes, time: SystemTime) -> Option<Read> {
        let (initiated, outcome) = match attributes {
            Attributes::ChildWorkflowExecutionCompletedEventAttributes(done) => {
                (done.initiated_event_id, Ok(some_value(done.result.as_ref())))
            }
            Attributes::ChildWorkflowExecutionFailedEventAttributes(failed) => {
                (failed.initiated_event_id, Err(some_failure(failed.failure.as_ref())))
            }
            Attributes::ChildWorkflowExecutionCanceledEventAttributes(canceled) => {
                (canceled.initiated_event_id, Err(Box::new(Failure::canceled("canceled"))))
            }
            Attributes::ChildWorkflowExecutionTimedOutEventAttributes(late) => {
                (late.initiated_event_id, failed(failure_kind::TIMEOUT, "timed out"))
            }
            Attributes::ChildWorkflowExecutionTerminatedEventAttributes(ended) => {
                (ended.initiated_event_id, failed(failure_kind::UNKNOWN, "terminated"))
            }
            Attributes::StartChildWorkflowExecutionFailedEventAttributes(refused) => {
                let cause = cause_name(refused.cause().as_str_name(), "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_");
                (refused.initiated_event_id, failed(failure_kind::UNKNOWN, &format!("not started: {cause}")))
            }
            _ => return None,
        };
        match self.open.remove(&initiated)? {
            Open::Child { workflow_type, workflow_id, since, .. } => {
                let took = time.duration_since(since).unwrap_or_default();
                Some((What::Child { workflow_type, workflow_id, took, outcome }, String::new()))
            }
            _ => None,
        }
    }
}

/// `WORKFLOW_ALREADY_EXISTS` → `workflow already exists`.
pub(super) fn cause_name(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase().replace('_', " ")
}

fn failed(kind: &str, message: &str) -> Result<Value, Box<Failure>> {
    Err(Box::new(Failure::new(kind, message)))
}
