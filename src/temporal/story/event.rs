//! One event, read with what is known of those before it.

use std::time::SystemTime;

use metonic_bridge::protos::temporal::api::{
    enums::v1::WorkflowTaskFailedCause,
    history::v1::{HistoryEvent, history_event::Attributes},
    update::v1::{Outcome, outcome::Value as Answer},
};

use super::{
    Open, Story,
    ends::cause_name,
    markers,
    shown::{fields, some_failure, some_value, some_values},
    step::What,
};
use crate::{
    temporal::wire::from_duration,
    value::{Failure, Map, Value},
};

/// What happened, and who asked for it or did it.
pub(super) type Read = (What, String);

/// The server keeps the patches of a run in a search attribute, too; the markers tell of them.
const CHANGE_VERSION: &str = "TemporalChangeVersion";

/// Who ended the run, if somebody else did.
pub(super) fn who_ended(event: &HistoryEvent) -> String {
    match &event.attributes {
        Some(Attributes::WorkflowExecutionTerminatedEventAttributes(ended)) => ended.identity.clone(),
        _ => String::new(),
    }
}

impl Story {
    pub(super) fn read(&mut self, event: &HistoryEvent, time: SystemTime) -> Option<Read> {
        let attributes = event.attributes.as_ref()?;
        self.begin(event.event_id, attributes, time);
        self.message(attributes, time)
            .or_else(|| self.activity_end(attributes, time))
            .or_else(|| self.child_end(attributes, time))
            .or_else(|| self.sent(attributes))
            .or_else(|| self.state(attributes))
    }

    /// Remembers what begins.
    fn begin(&mut self, id: i64, attributes: &Attributes, since: SystemTime) {
        let open = match attributes {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => Open::Activity {
                activity_type: scheduled.activity_type.clone().unwrap_or_default().name,
                arguments: some_values(scheduled.input.as_ref()),
                since,
                attempt: 1,
            },
            Attributes::ActivityTaskStartedEventAttributes(started) => {
                if let Some(Open::Activity { attempt, .. }) = self.open.get_mut(&started.scheduled_event_id) {
                    *attempt = started.attempt;
                }
                return;
            }
            Attributes::TimerStartedEventAttributes(timer) => {
                Open::Timer { after: timer.start_to_fire_timeout.map(from_duration).unwrap_or_default() }
            }
            Attributes::TimerCanceledEventAttributes(timer) => {
                self.open.remove(&timer.started_event_id);
                return;
            }
            Attributes::StartChildWorkflowExecutionInitiatedEventAttributes(child) => Open::Child {
                workflow_type: child.workflow_type.clone().unwrap_or_default().name,
                workflow_id: child.workflow_id.clone(),
                arguments: some_values(child.input.as_ref()),
                since,
            },
            Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(signal) => Open::SignalSent {
                name: signal.signal_name.clone(),
                workflow_id: signal.workflow_execution.clone().unwrap_or_default().workflow_id,
            },
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(cancel) => {
                Open::CancelSent { workflow_id: cancel.workflow_execution.clone().unwrap_or_default().workflow_id }
            }
            Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(accepted) => {
                let request = accepted.accepted_request.clone().unwrap_or_default();
                Open::Update {
                    name: request.input.unwrap_or_default().name,
                    id: request.meta.unwrap_or_default().update_id,
                    since,
                }
            }
            _ => return,
        };
        self.open.insert(id, open);
    }

    /// What comes from outside: the start, signals, updates, requests to end or to wait.
    fn message(&mut self, attributes: &Attributes, time: SystemTime) -> Option<Read> {
        Some(match attributes {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                let what = What::Started {
                    workflow_type: started.workflow_type.clone().unwrap_or_default().name,
                    arguments: some_values(started.input.as_ref()),
                    parent: started.parent_workflow_execution.clone().map(|parent| parent.workflow_id),
                };
                (what, started.identity.clone())
            }
            Attributes::WorkflowExecutionSignaledEventAttributes(signal) => {
                let (name, arguments) = (signal.signal_name.clone(), some_values(signal.input.as_ref()));
                let by = match &signal.external_workflow_execution {
                    Some(sender) => format!("workflow {}", sender.workflow_id),
                    None => signal.identity.clone(),
                };
                (What::Signal { name, arguments }, by)
            }
            Attributes::WorkflowExecutionUpdateAcceptedEventAttributes(accepted) => {
                let request = accepted.accepted_request.clone()?;
                let (input, meta) = (request.input.unwrap_or_default(), request.meta.unwrap_or_default());
                let arguments = some_values(input.args.as_ref());
                (What::UpdateAccepted { name: input.name, id: meta.update_id, arguments }, meta.identity)
            }
            Attributes::WorkflowExecutionUpdateCompletedEventAttributes(completed) => {
                let Open::Update { name, id, since } = self.open.remove(&completed.accepted_event_id)? else {
                    return None;
                };
                let took = time.duration_since(since).unwrap_or_default();
                (What::Update { name, id, took, outcome: update_outcome(completed.outcome.clone()) }, String::new())
            }
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(cancel) => {
                let by = match &cancel.external_workflow_execution {
                    Some(sender) => format!("workflow {}", sender.workflow_id),
                    None => cancel.identity.clone(),
                };
                (What::CancelRequested { reason: cancel.cause.clone() }, by)
            }
            Attributes::WorkflowExecutionPausedEventAttributes(paused) => {
                (What::Paused { reason: paused.reason.clone() }, paused.identity.clone())
            }
            Attributes::WorkflowExecutionUnpausedEventAttributes(unpaused) => {
                (What::Unpaused { reason: unpaused.reason.clone() }, unpaused.identity.clone())
            }
            _ => return None,
        })
    }

    fn activity_end(&mut self, attributes: &Attributes, time: SystemTime) -> Option<Read> {
        let (scheduled, outcome, by) = match attributes {
            Attributes::ActivityTaskCompletedEventAttributes(done) => {
                (done.scheduled_event_id, Ok(some_value(done.result.as_ref())), done.identity.clone())
            }
            Attributes::ActivityTaskFailedEventAttributes(failed) => {
                (failed.scheduled_event_id, Err(some_failure(failed.failure.as_ref())), failed.identity.clone())
            }
            Attributes::ActivityTaskTimedOutEventAttributes(late) => {
                (late.scheduled_event_id, Err(some_failure(late.failure.as_ref())), String::new())
            }
            Attributes::ActivityTaskCanceledEventAttributes(canceled) => {
                let failure = Box::new(Failure::canceled("canceled"));
                (canceled.scheduled_event_id, Err(failure), canceled.identity.clone())
            }
            _ => return None,
        };
        match self.open.remove(&scheduled)? {
            Open::Activity { activity_type, arguments, since, attempt } => {
                let took = time.duration_since(since).unwrap_or_default();
                Some((What::Activity { activity_type, arguments, took, attempt, outcome }, by))
            }
            _ => None,
        }
    }

    /// What became of messages to others.
    fn sent(&mut self, attributes: &Attributes) -> Option<Read> {
        let (initiated, refused) = match attributes {
            Attributes::ExternalWorkflowExecutionSignaledEventAttributes(sent) => (sent.initiated_event_id, None),
            Attributes::ExternalWorkflowExecutionCancelRequestedEventAttributes(sent) => {
                (sent.initiated_event_id, None)
            }
            Attributes::SignalExternalWorkflowExecutionFailedEventAttributes(failed) => {
                let prefix = "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_";
                (failed.initiated_event_id, Some(cause_name(failed.cause().as_str_name(), prefix)))
            }
            Attributes::RequestCancelExternalWorkflowExecutionFailedEventAttributes(failed) => {
                let prefix = "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_";
                (failed.initiated_event_id, Some(cause_name(failed.cause().as_str_name(), prefix)))
            }
            _ => return None,
        };
        let what = match self.open.remove(&initiated)? {
            Open::SignalSent { name, workflow_id } => What::SignalSent { name, workflow_id, refused },
            Open::CancelSent { workflow_id } => What::CancelSent { workflow_id, refused },
            _ => return None,
        };
        Some((what, String::new()))
    }

    /// What changes about the run itself.
    fn state(&mut self, attributes: &Attributes) -> Option<Read> {
        let what = match attributes {
            Attributes::TimerFiredEventAttributes(fired) => match self.open.remove(&fired.started_event_id)? {
                Open::Timer { after } => What::Timer { after },
                _ => return None,
            },
            Attributes::ChildWorkflowExecutionStartedEventAttributes(started) => {
                match self.open.get_mut(&started.initiated_event_id)? {
                    Open::Child { workflow_type, workflow_id, arguments, .. } => What::ChildStarted {
                        workflow_type: workflow_type.clone(),
                        workflow_id: workflow_id.clone(),
                        arguments: std::mem::take(arguments),
                    },
                    _ => return None,
                }
            }
            Attributes::MarkerRecordedEventAttributes(marker) => markers::read(marker)?,
            Attributes::UpsertWorkflowSearchAttributesEventAttributes(upserted) => {
                let mut changed: Map = fields(&upserted.search_attributes.as_ref()?.indexed_fields);
                changed.shift_remove(CHANGE_VERSION);
                if changed.is_empty() {
                    return None;
                }
                What::Attributes(changed)
            }
            Attributes::WorkflowPropertiesModifiedEventAttributes(modified) => {
                What::Memo(fields(&modified.upserted_memo.as_ref()?.fields))
            }
            // Something came in at the last moment, and the task was given out anew: nobody's mistake.
            Attributes::WorkflowTaskFailedEventAttributes(failed)
                if matches!(
                    failed.cause(),
                    WorkflowTaskFailedCause::UnhandledCommand | WorkflowTaskFailedCause::ForceCloseCommand
                ) =>
            {
                return None;
            }
            Attributes::WorkflowTaskFailedEventAttributes(failed) => {
                What::TaskFailed { message: failed.failure.clone().unwrap_or_default().message }
            }
            Attributes::WorkflowTaskTimedOutEventAttributes(late) if late.started_event_id != 0 => What::TaskTimedOut,
            _ => return None,
        };
        Some((what, String::new()))
    }
}

pub(in crate::temporal) fn update_outcome(outcome: Option<Outcome>) -> Result<Value, Box<Failure>> {
    match outcome.and_then(|outcome| outcome.value) {
        Some(Answer::Failure(failure)) => Err(some_failure(Some(&failure))),
        Some(Answer::Success(payloads)) => Ok(some_value(Some(&payloads))),
        None => Ok(Value::Null),
    }
}
