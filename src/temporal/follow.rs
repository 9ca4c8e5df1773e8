//! A run's history as the steps its author wrote, while it happens.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, SystemTime},
};

use metonic_bridge::protos::temporal::api::{
    common::v1::Payloads,
    enums::v1::HistoryEventFilterType,
    failure::v1::Failure as ProtoFailure,
    history::v1::{HistoryEvent, history_event::Attributes},
};

use crate::{
    temporal::{
        calls::{AskError, RunEnd, RunKey, run_end},
        connect::Client,
        wire::{from_duration, from_failure, from_payloads, from_timestamp},
    },
    value::{Failure, Value, failure_kind},
};

/// Something that happened to a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// Since the run began.
    pub(crate) at: Duration,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum What {
    Started {
        arguments: Vec<Value>,
    },
    /// An activity ended, after all its attempts.
    Activity {
        activity_type: String,
        took: Duration,
        outcome: Result<Value, Box<Failure>>,
    },
    Timer {
        after: Duration,
    },
    Signal {
        name: String,
        arguments: Vec<Value>,
    },
    CancelRequested,
    /// A workflow task failed: the code is broken, and the server will try again.
    TaskFailed {
        message: String,
    },
    Ended(RunEnd),
}

/// Follows a run to its end, and on through those that continue it.
#[derive(Debug)]
pub(crate) struct Follow {
    client: Client,
    run: RunKey,
    page: Vec<u8>,
    begun: Option<SystemTime>,
    /// What is under way, by the event that began it.
    open: BTreeMap<i64, Open>,
    ready: VecDeque<Step>,
    ended: bool,
}

#[derive(Debug)]
enum Open {
    Activity { activity_type: String, since: SystemTime },
    Timer { after: Duration },
}

impl Follow {
    pub(crate) fn new(client: Client, run: RunKey) -> Self {
        Self { client, run, page: Vec::new(), begun: None, open: BTreeMap::new(), ready: VecDeque::new(), ended: false }
    }

    /// The next step; nothing after the end. Cancel-safe: a call that is dropped loses no step.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, AskError> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(Some(step));
            }
            if self.ended {
                return Ok(None);
            }
            let filter = HistoryEventFilterType::AllEvent;
            let (events, next) = self.client.history_page(&self.run, self.page.clone(), true, filter).await?;
            self.page = next;
            for event in &events {
                self.take(event)?;
            }
        }
    }

    fn take(&mut self, event: &HistoryEvent) -> Result<(), AskError> {
        let time = event.event_time.as_ref().map_or(SystemTime::UNIX_EPOCH, from_timestamp);
        let begun = *self.begun.get_or_insert(time);
        let at = time.duration_since(begun).unwrap_or_default();
        if let Some(end) = run_end(event) {
            let end = end?;
            match &end {
                RunEnd::ContinuedAsNew(run_id) => {
                    self.run.run_id.clone_from(run_id);
                    self.page.clear();
                    self.open.clear();
                }
                _ => self.ended = true,
            }
            self.ready.push_back(Step { at, what: What::Ended(end) });
            return Ok(());
        }
        if let Some(what) = self.step(event, time) {
            self.ready.push_back(Step { at, what });
        }
        Ok(())
    }

    /// What an event means to the author; nothing for what only the server cares about.
    fn step(&mut self, event: &HistoryEvent, time: SystemTime) -> Option<What> {
        Some(match event.attributes.as_ref()? {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => {
                What::Started { arguments: values(started.input.as_ref()) }
            }
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                let activity_type = scheduled.activity_type.clone().unwrap_or_default().name;
                self.open.insert(event.event_id, Open::Activity { activity_type, since: time });
                return None;
            }
            Attributes::ActivityTaskCompletedEventAttributes(done) => {
                let result = values(done.result.as_ref()).into_iter().next().unwrap_or_default();
                self.activity(done.scheduled_event_id, time, Ok(result))?
            }
            Attributes::ActivityTaskFailedEventAttributes(failed) => {
                self.activity(failed.scheduled_event_id, time, Err(some_failure(failed.failure.as_ref())))?
            }
            Attributes::ActivityTaskTimedOutEventAttributes(timed_out) => {
                self.activity(timed_out.scheduled_event_id, time, Err(some_failure(timed_out.failure.as_ref())))?
            }
            Attributes::ActivityTaskCanceledEventAttributes(canceled) => {
                self.activity(canceled.scheduled_event_id, time, Err(Box::new(Failure::canceled("canceled"))))?
            }
            Attributes::TimerStartedEventAttributes(timer) => {
                let after = timer.start_to_fire_timeout.map(from_duration).unwrap_or_default();
                self.open.insert(event.event_id, Open::Timer { after });
                return None;
            }
            Attributes::TimerFiredEventAttributes(fired) => match self.open.remove(&fired.started_event_id)? {
                Open::Timer { after } => What::Timer { after },
                Open::Activity { .. } => return None,
            },
            Attributes::WorkflowExecutionSignaledEventAttributes(signal) => {
                What::Signal { name: signal.signal_name.clone(), arguments: values(signal.input.as_ref()) }
            }
            Attributes::WorkflowExecutionCancelRequestedEventAttributes(_) => What::CancelRequested,
            Attributes::WorkflowTaskFailedEventAttributes(failed) => {
                What::TaskFailed { message: failed.failure.clone().unwrap_or_default().message }
            }
            _ => return None,
        })
    }

    fn activity(&mut self, scheduled: i64, time: SystemTime, outcome: Result<Value, Box<Failure>>) -> Option<What> {
        match self.open.remove(&scheduled)? {
            Open::Activity { activity_type, since } => {
                let took = time.duration_since(since).unwrap_or_default();
                Some(What::Activity { activity_type, took, outcome })
            }
            Open::Timer { .. } => None,
        }
    }
}

/// What cannot be read is shown as nothing.
fn values(payloads: Option<&Payloads>) -> Vec<Value> {
    payloads.and_then(|payloads| from_payloads(&payloads.payloads).ok()).unwrap_or_default()
}

/// The activity's own failure, without what Temporal wraps it in.
fn some_failure(failure: Option<&ProtoFailure>) -> Box<Failure> {
    let unknown = || Failure::new(failure_kind::UNKNOWN, "failed without a reason");
    Box::new(failure.map_or_else(unknown, from_failure))
}
