//! What the engine knows of runs, for those who ask.

use crate::sim::{
    ActivityState, Description, PendingActivity, PendingChild, Problem, Row, Run as RunName,
    activity::{Activity, State},
    run::{Open, Run, Task},
    world::World,
};

impl World {
    pub(super) fn list(&self) -> Vec<Row> {
        self.runs.values().rev().map(row).collect()
    }

    pub(super) fn describe(&self, name: &RunName) -> Result<Description, Problem> {
        let no = self.find(name)?;
        let Some(run) = self.runs.get(&no) else { return Err(Problem::Stopped) };
        let (mut activities, mut children) = (Vec::new(), Vec::new());
        for open in run.open.values() {
            match open {
                Open::Activity(activity) if !activity.is_local() => activities.push(pending(activity)),
                Open::Child(child) => children.push(PendingChild {
                    workflow_type: child.workflow_type.clone(),
                    workflow_id: child.workflow_id.clone(),
                }),
                Open::Activity(_) | Open::Timer(_) => {}
            }
        }
        let has_task = run.is_open() && (run.held.is_some() || !matches!(run.task, Task::Idle));
        Ok(Description {
            row: row(run),
            activities,
            children,
            task_attempt: has_task.then_some(run.task_failures + 1),
            task_failure: run.task_failure.clone().map(Box::new),
            cancel_requested: run.cancel_requested,
            next_run: run.next.and_then(|next| self.runs.get(&next)).map(|next| next.run_id.clone()),
        })
    }
}

fn row(run: &Run) -> Row {
    Row {
        run: RunName {
            namespace: run.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            run_id: run.run_id.clone(),
        },
        workflow_type: run.start.workflow_type.clone(),
        task_queue: run.task_queue.clone(),
        status: run.status,
        started: run.started,
        closed: run.closed,
        history: run.history,
        parent: run.start.info.parent.as_ref().map(|parent| parent.workflow_id.clone()),
        memo: run.memo.clone(),
        search_attributes: run.search_attributes.clone(),
    }
}

fn pending(activity: &Activity) -> PendingActivity {
    let state = match activity.state {
        State::Runs(_) if activity.cancel_requested => ActivityState::CancelRequested,
        State::Runs(_) => ActivityState::Running,
        State::InLine(_) | State::Waits => ActivityState::Scheduled,
    };
    PendingActivity {
        id: activity.id.clone(),
        activity_type: activity.request.activity_type.clone(),
        state,
        attempt: activity.attempt,
        heartbeat: activity.heartbeat.clone(),
        last_failure: activity.last_failure.clone().map(Box::new),
    }
}
