//! The first tasks of a run that the core gives together.
//!
//! A task that asked for nothing and was followed by the next one at once looks like a heartbeat to the core. So
//! a run that is not in memory, or is replayed, gets its start in one step with what came later, at the time of the
//! later task; a run in memory had a step for each. What came in one task is put in one step here, with its own time,
//! wherever a run begins: then all see the same. The events of the tasks are asked for, unless they are at hand;
//! that is one call for a run that is made anew and began so.

use std::time::SystemTime;

use metonic_bridge::protos::temporal::api::{
    enums::v1::HistoryEventFilterType,
    history::v1::{
        HistoryEvent, WorkflowTaskCompletedEventAttributes, WorkflowTaskStartedEventAttributes,
        history_event::Attributes,
    },
};

use crate::{
    temporal::{
        calls::{AskError, RunKey},
        connect::Client,
        wire::{from_reasons, from_timestamp},
    },
    workflow::{Activation, Completion, Deployment, HistorySize, Job, Workflows},
};

/// The events of a first task that nothing came before.
const FIRST_TASK: usize = 3;

/// The steps of which the core made one.
pub(super) async fn split(client: &Client, activation: Activation) -> Result<Vec<Activation>, AskError> {
    let Some(run) = may_have_more(&activation) else { return Ok(vec![activation]) };
    let current = i64::from(activation.history.events);
    let mut events: Vec<HistoryEvent> = Vec::new();
    let mut page = Vec::new();
    loop {
        let (more, next) = client.history_page(&run, page, false, HistoryEventFilterType::AllEvent).await?;
        events.extend(more);
        if next.is_empty() || events.last().is_some_and(|event| event.event_id >= current) {
            return Ok(FirstTasks::of(&events).split(activation));
        }
        page = next;
    }
}

/// The run, if the step begins it and has more history than one task of what it brings.
fn may_have_more(activation: &Activation) -> Option<RunKey> {
    let came_before = activation.jobs.iter().filter(|job| matches!(job, Job::Signal(_) | Job::Cancel { .. })).count();
    if activation.history.events as usize <= FIRST_TASK + came_before {
        return None;
    }
    activation.jobs.iter().find_map(|job| match job {
        Job::Start(start) => {
            Some(RunKey { workflow_id: start.info.workflow_id.clone(), run_id: activation.run_id.clone() })
        }
        _ => None,
    })
}

/// The tasks at the beginning of a history that asked for nothing, and the one after them.
#[derive(Debug, Default)]
pub(super) struct FirstTasks(Vec<Done>);

impl FirstTasks {
    pub(super) fn of(events: &[HistoryEvent]) -> Self {
        let mut tasks = Vec::new();
        let (mut signals, mut is_cancelled) = (0, false);
        for (event, next) in events.iter().zip(events.iter().skip(1)) {
            match &event.attributes {
                Some(Attributes::WorkflowExecutionSignaledEventAttributes(_)) => signals += 1,
                Some(Attributes::WorkflowExecutionCancelRequestedEventAttributes(_)) => is_cancelled = true,
                Some(Attributes::WorkflowTaskStartedEventAttributes(started)) => {
                    if let Some(Attributes::WorkflowTaskCompletedEventAttributes(completed)) = &next.attributes {
                        tasks.push(Done::new(event, started, completed, signals, is_cancelled));
                    }
                }
                Some(Attributes::WorkflowTaskCompletedEventAttributes(_))
                    if !matches!(next.attributes, Some(Attributes::WorkflowTaskScheduledEventAttributes(_))) =>
                {
                    break;
                }
                _ => {}
            }
        }
        Self(tasks)
    }

    /// The steps of which the core made one, each with what came in its task.
    pub(super) fn split(&self, mut activation: Activation) -> Vec<Activation> {
        let mut steps = Vec::new();
        if activation.jobs.iter().any(|job| matches!(job, Job::Start(_))) {
            let (current, mut told) = (activation.history.events, 0);
            for task in self.0.iter().take_while(|task| task.history.events < current) {
                steps.extend(apart(&mut activation, task, task.signals - told));
                told = task.signals;
            }
        }
        if steps.is_empty() || !activation.jobs.is_empty() {
            steps.push(activation);
        }
        steps
    }
}

/// What the run asks for in these steps, one after the other.
pub(super) async fn take(workflows: &dyn Workflows, steps: Vec<Activation>) -> Completion {
    let mut commands = Vec::new();
    for step in steps {
        match workflows.activate(step).await {
            Completion::Commands(more) => commands.extend(more),
            failed @ Completion::TaskFailed(_) => return failed,
        }
    }
    Completion::Commands(commands)
}

/// A task that was done.
#[derive(Debug)]
struct Done {
    time: SystemTime,
    history: HistorySize,
    deployment: Option<Deployment>,
    /// How many signals had come.
    signals: usize,
    /// The run had been asked to end.
    is_cancelled: bool,
}

impl Done {
    fn new(
        event: &HistoryEvent,
        started: &WorkflowTaskStartedEventAttributes,
        completed: &WorkflowTaskCompletedEventAttributes,
        signals: usize,
        is_cancelled: bool,
    ) -> Self {
        let version = completed.deployment_version.clone();
        Self {
            time: event.event_time.as_ref().map_or(SystemTime::UNIX_EPOCH, from_timestamp),
            history: HistorySize {
                events: u32::try_from(event.event_id).unwrap_or(u32::MAX),
                bytes: u64::try_from(started.history_size_bytes).unwrap_or_default(),
                continue_as_new_suggested: started.suggest_continue_as_new,
                reasons: from_reasons(started.suggest_continue_as_new_reasons()),
                target_version_changed: started.target_worker_deployment_version_changed,
            },
            deployment: version.map(|it| Deployment { name: it.deployment_name, build_id: it.build_id }),
            signals,
            is_cancelled,
        }
    }
}

/// What of a step came in this task, if anything did. What the run is told of itself came in the first.
fn apart(activation: &mut Activation, task: &Done, mut signals: usize) -> Option<Activation> {
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
    let jobs: Vec<_> = activation.jobs.extract_if(.., is_of_task).collect();
    (!jobs.is_empty()).then(|| Activation {
        run_id: activation.run_id.clone(),
        time: task.time,
        replaying: true,
        history: task.history,
        deployment: task.deployment.clone().or_else(|| activation.deployment.clone()),
        jobs,
    })
}
