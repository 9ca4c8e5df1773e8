//! Code that asks for something else than its history says: what the core and the server tell of it.
//!
//! The core says that they differ only when it takes the run out of memory, in a sentence that knows
//! no line of Lua. So what a replaying run asked for last is kept until then. Where runs never stay in
//! memory the core gives another reason for that, and the server is asked what it was told.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use metonic_bridge::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause, history::v1::history_event::Attributes,
    workflowservice::v1::GetWorkflowExecutionHistoryReverseRequest,
};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
    },
    workflow::{Activation, Completion, EmittedAt, Job, MISMATCH, RunName, asked_at},
};

/// How many events may have come after a task that failed a moment ago.
const LATEST: i32 = 100;

/// A run whose last step repeated its history.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    pub(super) name: RunName,
    /// What it asked for last.
    pub(super) sites: Vec<EmittedAt>,
}

/// The runs that repeat their histories, by run.
#[derive(Debug, Default)]
pub(super) struct Asked(Mutex<HashMap<String, Repeated>>);

impl Asked {
    /// A step begins. Only what repeats a history can differ from it.
    pub(super) fn begin(&self, activation: &Activation) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !activation.replaying {
            if !asked.is_empty() {
                asked.remove(&activation.run_id);
            }
            return;
        }
        let start = activation.jobs.iter().find_map(|job| match job {
            Job::Start(start) => Some(start),
            _ => None,
        });
        if let Some(start) = start {
            let (workflow_id, workflow_type) = (start.info.workflow_id.clone(), start.workflow_type.clone());
            let repeated = Repeated { name: RunName { workflow_id, workflow_type }, ..Repeated::default() };
            asked.insert(activation.run_id.clone(), repeated);
        }
    }

    /// A step ended. Notes what the run asked for.
    pub(super) fn end(&self, run_id: &str, completion: &Completion) {
        let Completion::Commands(emitted) = completion else { return };
        if emitted.is_empty() {
            return;
        }
        if let Some(repeated) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut(run_id) {
            repeated.sites = asked_at(emitted);
        }
    }

    /// The run leaves memory.
    pub(super) fn take(&self, run_id: &str) -> Option<Repeated> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(run_id)
    }
}

impl Client {
    /// What the server was told of the run's last workflow task, if that is that the code does not
    /// match the history.
    pub(super) async fn mismatch(&self, run: &RunKey) -> Result<Option<String>, AskError> {
        let verdict = self.verdict(run).await?;
        Ok(verdict.map(|(_, message)| message).filter(|message| message.contains(MISMATCH)))
    }

    /// Why the server refused what the run's last workflow task asked for, if it did.
    pub(super) async fn refusal(&self, run: &RunKey) -> Result<Option<String>, AskError> {
        let verdict = self.verdict(run).await?;
        Ok(verdict.filter(|(cause, _)| is_of_server(*cause)).map(|(_, message)| message))
    }

    /// What the run's last workflow task failed with, if it did, and the cause.
    async fn verdict(&self, run: &RunKey) -> Result<Option<(WorkflowTaskFailedCause, String)>, AskError> {
        let request = GetWorkflowExecutionHistoryReverseRequest {
            namespace: self.namespace.clone(),
            execution: Some(run.execution()),
            maximum_page_size: LATEST,
            ..GetWorkflowExecutionHistoryReverseRequest::default()
        };
        let answer = self.connection.get_workflow_execution_history_reverse(request).await?;
        let newest_first = answer.history.unwrap_or_default().events;
        let verdict =
            newest_first.into_iter().filter_map(|event| event.attributes).find_map(|attributes| match attributes {
                Attributes::WorkflowTaskFailedEventAttributes(failed) => Some(Some((failed.cause(), failed.failure))),
                Attributes::WorkflowExecutionFailedEventAttributes(failed) => {
                    Some(Some((WorkflowTaskFailedCause::Unspecified, failed.failure)))
                }
                Attributes::WorkflowTaskCompletedEventAttributes(_) => Some(None),
                _ => None,
            });
        Ok(verdict.flatten().and_then(|(cause, failure)| Some((cause, failure?.message))))
    }
}

/// The server gives these itself, where it does not take a command; others come from workers.
fn is_of_server(cause: WorkflowTaskFailedCause) -> bool {
    let name = cause.as_str_name();
    ["_CAUSE_BAD_", "_DUPLICATE_ID", "_LIMIT_EXCEEDED"].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_worker_has_failed_with_is_no_refusal() {
        for cause in [
            WorkflowTaskFailedCause::BadScheduleActivityAttributes,
            WorkflowTaskFailedCause::ScheduleActivityDuplicateId,
            WorkflowTaskFailedCause::PendingActivitiesLimitExceeded,
        ] {
            assert!(is_of_server(cause), "{cause:?}");
        }
        for cause in [
            WorkflowTaskFailedCause::Unspecified,
            WorkflowTaskFailedCause::WorkflowWorkerUnhandledFailure,
            WorkflowTaskFailedCause::NonDeterministicError,
            WorkflowTaskFailedCause::GrpcMessageTooLarge,
        ] {
            assert!(!is_of_server(cause), "{cause:?}");
        }
    }
}
