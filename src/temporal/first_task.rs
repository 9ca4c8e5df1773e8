//! The first task of a run that the core gives together with a later one.
//!
//! A task that asked for nothing and was followed by the next one at once looks like a heartbeat to the core. So
//! a run that is not in memory gets its start and an update in one step, at the time of the later task. Once the
//! update is accepted, the history says that they were two, and a replay gives them one after the other. What
//! a replay will do is done at once: the first task is taken out of the step, with its own time. Its events
//! are asked for; that is one call for a run that is made anew while an update waits.
//!
//! An update that is rejected leaves nothing in the history: then a replay gives both tasks in one step, too.

use std::time::SystemTime;

use metonic_bridge::protos::temporal::api::{
    enums::v1::HistoryEventFilterType,
    history::v1::{HistoryEvent, WorkflowTaskStartedEventAttributes, history_event::Attributes},
};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        wire::{from_reasons, from_timestamp},
    },
    workflow::{Activation, Deployment, HistorySize, Job},
};

/// The events of a first task that nothing came before.
const FIRST_TASK: u32 = 3;

/// The first task and the later one, if the step has two.
pub(super) async fn split(client: &Client, activation: &Activation) -> Result<Option<[Activation; 2]>, AskError> {
    let Some(run) = may_have_two(activation) else { return Ok(None) };
    let current = i64::from(activation.history.events);
    let mut events: Vec<HistoryEvent> = Vec::new();
    let mut page = Vec::new();
    loop {
        let (more, next) = client.history_page(&run, page, false, HistoryEventFilterType::AllEvent).await?;
        events.extend(more);
        if next.is_empty() || events.last().is_some_and(|event| event.event_id >= current) {
            events.retain(|event| event.event_id < current);
            return Ok(last_done(&events).map(|task| apart(activation.clone(), task)));
        }
        page = next;
    }
}

/// The run, if the step begins it and brings an update that may have come later.
fn may_have_two(activation: &Activation) -> Option<RunKey> {
    if activation.replaying || activation.history.events <= FIRST_TASK || !activation.jobs.iter().any(is_update) {
        return None;
    }
    activation.jobs.iter().find_map(|job| match job {
        Job::Start(start) => {
            Some(RunKey { workflow_id: start.info.workflow_id.clone(), run_id: activation.run_id.clone() })
        }
        _ => None,
    })
}

fn is_update(job: &Job) -> bool {
    matches!(job, Job::Update(_) | Job::Unreadable { .. })
}

/// A task that was done.
#[derive(Debug, PartialEq)]
struct Done {
    time: SystemTime,
    history: HistorySize,
    deployment: Option<Deployment>,
    /// How many signals had come.
    signals: usize,
    /// The run had been asked to end.
    is_cancelled: bool,
}

/// The last task of these events that was done.
fn last_done(events: &[HistoryEvent]) -> Option<Done> {
    let at = events.windows(2).rposition(|pair| started(&pair[0]).is_some() && completed(&pair[1]))?;
    let before = || events[..at].iter().filter_map(|event| event.attributes.as_ref());
    let signal = |event: &&Attributes| matches!(event, Attributes::WorkflowExecutionSignaledEventAttributes(_));
    let cancel = |event: &Attributes| matches!(event, Attributes::WorkflowExecutionCancelRequestedEventAttributes(_));
    let task = started(&events[at])?;
    Some(Done {
        time: events[at].event_time.as_ref().map_or(SystemTime::UNIX_EPOCH, from_timestamp),
        history: HistorySize {
            events: u32::try_from(events[at].event_id).unwrap_or(u32::MAX),
            bytes: u64::try_from(task.history_size_bytes).unwrap_or_default(),
            continue_as_new_suggested: task.suggest_continue_as_new,
            reasons: from_reasons(task.suggest_continue_as_new_reasons()),
            target_version_changed: task.target_worker_deployment_version_changed,
        },
        deployment: deployment(&events[at + 1]),
        signals: before().filter(signal).count(),
        is_cancelled: before().any(cancel),
    })
}

fn started(event: &HistoryEvent) -> Option<&WorkflowTaskStartedEventAttributes> {
    match &event.attributes {
        Some(Attributes::WorkflowTaskStartedEventAttributes(started)) => Some(started),
        _ => None,
    }
}

fn completed(event: &HistoryEvent) -> bool {
    matches!(event.attributes, Some(Attributes::WorkflowTaskCompletedEventAttributes(_)))
}

fn deployment(event: &HistoryEvent) -> Option<Deployment> {
    let Some(Attributes::WorkflowTaskCompletedEventAttributes(completed)) = &event.attributes else { return None };
    let version = completed.deployment_version.clone()?;
    Some(Deployment { name: version.deployment_name, build_id: version.build_id })
}

/// What the run is told of itself belongs to the first task, and so do the messages that came before it.
fn apart(mut activation: Activation, task: Done) -> [Activation; 2] {
    let mut signals = task.signals;
    let is_of_task = |job: &mut Job| match job {
        Job::Start(_) | Job::Patch(_) | Job::Reseed(_) => true,
        Job::Signal(_) => {
            let came_before = signals > 0;
            signals = signals.saturating_sub(1);
            came_before
        }
        Job::Cancel { .. } => task.is_cancelled,
        Job::Update(_) | Job::Unreadable { .. } | Job::Resolve { .. } | Job::Query(_) => false,
    };
    let jobs = activation.jobs.extract_if(.., is_of_task).collect();
    let first = Activation {
        run_id: activation.run_id.clone(),
        time: task.time,
        replaying: true,
        history: task.history,
        deployment: task.deployment.or_else(|| activation.deployment.clone()),
        jobs,
    };
    [first, activation]
}
