//! What the core makes one step of, taken apart by the events.

use std::time::UNIX_EPOCH;

use metonic_bridge::{
    ProtoTimestamp,
    protos::{
        coresdk::workflow_activation::{
            CancelWorkflow, InitializeWorkflow, SignalWorkflow, WorkflowActivation, workflow_activation_job::Variant,
        },
        temporal::api::history::v1::{HistoryEvent, history_event::Attributes},
    },
};

use crate::{
    temporal::{
        first_task::FirstTasks,
        wire::{Polled, from_activation},
    },
    workflow::{Activation, Job},
};

/// Events by what they are called, one second after the other.
fn events(names: &str) -> Vec<HistoryEvent> {
    let attributes = |name| match name {
        "begin" => Attributes::WorkflowExecutionStartedEventAttributes(<_>::default()),
        "scheduled" => Attributes::WorkflowTaskScheduledEventAttributes(<_>::default()),
        "started" => Attributes::WorkflowTaskStartedEventAttributes(<_>::default()),
        "completed" => Attributes::WorkflowTaskCompletedEventAttributes(<_>::default()),
        "failed" => Attributes::WorkflowTaskFailedEventAttributes(<_>::default()),
        "signal" => Attributes::WorkflowExecutionSignaledEventAttributes(<_>::default()),
        "cancel" => Attributes::WorkflowExecutionCancelRequestedEventAttributes(<_>::default()),
        "marker" => Attributes::MarkerRecordedEventAttributes(<_>::default()),
        other => panic!("{other}"),
    };
    let event = |(id, name)| HistoryEvent {
        event_id: id,
        event_time: Some(ProtoTimestamp { seconds: id, nanos: 0 }),
        attributes: Some(attributes(name)),
        ..HistoryEvent::default()
    };
    (1..).zip(names.split(' ')).map(event).collect()
}

/// The core's step with these jobs after so many events, taken apart: the time of each step and its jobs.
fn split(history: &str, jobs: &str, at: u32) -> Vec<String> {
    let job = |name| match name {
        "begin" => Variant::InitializeWorkflow(InitializeWorkflow::default()).into(),
        "signal" => Variant::SignalWorkflow(SignalWorkflow::default()).into(),
        "cancel" => Variant::CancelWorkflow(CancelWorkflow::default()).into(),
        other => panic!("{other}"),
    };
    let polled = WorkflowActivation {
        timestamp: Some(ProtoTimestamp { seconds: i64::from(at), nanos: 0 }),
        history_length: at,
        jobs: jobs.split(' ').map(job).collect(),
        ..WorkflowActivation::default()
    };
    let Ok(Polled::Activation(activation)) = from_activation(polled, "default", "queue") else { panic!("a step") };
    FirstTasks::of(&events(history)).split(activation).iter().map(shown).collect()
}

fn shown(step: &Activation) -> String {
    let job = |job: &Job| match job {
        Job::Start(_) => " begin",
        Job::Signal(_) => " signal",
        Job::Cancel { .. } => " cancel",
        other => panic!("{other:?}"),
    };
    let jobs: String = step.jobs.iter().map(job).collect();
    format!("{}:{jobs}", step.time.duration_since(UNIX_EPOCH).unwrap().as_secs())
}

#[test]
fn each_task_has_what_came_before_it() {
    let history = "begin signal scheduled started completed scheduled signal cancel started completed marker";
    assert_eq!(split(history, "begin signal signal cancel", 9), ["4: begin signal", "9: signal cancel"]);
    let cancelled = "begin cancel scheduled started completed scheduled signal started";
    assert_eq!(split(cancelled, "begin signal cancel", 8), ["4: begin cancel", "8: signal"]);
}

#[test]
fn many_tasks_may_have_asked_for_nothing_and_some_had_nothing_to_tell() {
    let history = "begin scheduled started completed scheduled started completed scheduled signal started completed \
                   scheduled started completed marker";
    assert_eq!(split(history, "begin signal", 13), ["3: begin", "10: signal"]);
    assert_eq!(split("begin scheduled started completed scheduled started", "begin", 6), ["3: begin"]);
}

#[test]
fn a_task_that_failed_is_none() {
    let history = "begin scheduled started failed scheduled signal started completed marker";
    assert_eq!(split(history, "begin signal", 7), ["7: begin signal"]);
}

#[test]
fn a_step_that_begins_nothing_or_has_one_task_stays_as_it_is() {
    let history = "begin scheduled started completed signal scheduled started completed marker";
    assert_eq!(split(history, "begin", 3), ["3: begin"]);
    assert_eq!(split(history, "signal", 7), ["7: signal"]);
}
