//! The end of a run: what becomes of what it asked for, who is told, and which run goes on.

use std::time::Duration;

use crate::{
    function::CancelReason,
    sim::{
        End, Problem, Status,
        activity::State,
        begin::{Beginning, Chain, Family},
        run::{Open, Task},
        waits::Wait,
        world::{No, World},
    },
    value::{Failure, FailureInfo, RetryState, TimeoutKind, Value},
    workflow::{
        ContinueAsNew,
        retry::{self, arrived},
    },
};

/// How it stands with a run that somebody waits for.
pub(super) enum Standing {
    Ended(End),
    /// Another run goes on in its place.
    GoesOn(No),
    /// Told when something of this has changed.
    Runs(Wait<()>),
    Stuck(Problem),
}

impl World {
    pub(super) fn standing(&mut self, no: No) -> Standing {
        let stuck = self.stuck.and_then(|stuck| {
            let run = self.runs.get(&stuck)?;
            let failure = Box::new(run.task_failure.clone()?);
            Some(Problem::Stuck { workflow_id: run.workflow_id.clone(), failure })
        });
        let waits = self.waits.clone();
        let Some(run) = self.runs.get_mut(&no) else { return Standing::Stuck(Problem::Stopped) };
        if let Some(next) = run.next {
            return Standing::GoesOn(next);
        }
        if let Some(end) = &run.end {
            return Standing::Ended(end.clone());
        }
        if let Some(stuck) = stuck {
            return Standing::Stuck(stuck);
        }
        let (tx, rx) = waits.begin();
        run.waiters.push(tx);
        Standing::Runs(rx)
    }

    pub(super) fn complete(&mut self, no: No, value: Value) {
        self.record(no, 0, std::slice::from_ref(&value));
        self.close_run(no, Status::Completed, false);
        self.end_chain(no, End::Completed(value), RetryState::Unspecified);
    }

    pub(super) fn cancelled(&mut self, no: No) {
        self.close_run(no, Status::Canceled, false);
        self.end_chain(no, End::Canceled, RetryState::Unspecified);
    }

    pub(super) fn fail(&mut self, no: No, failure: Failure) {
        let failure = arrived(failure);
        match self.retry_run(no, &failure, Status::Failed) {
            Ok(()) => {}
            Err(state) => {
                self.close_run(no, Status::Failed, false);
                self.end_chain(no, End::Failed(Box::new(failure)), state);
            }
        }
    }

    /// Ends a run whose code is not told.
    pub(super) fn terminate_run(&mut self, no: No, reason: &str) {
        if self.is_open(no) {
            self.close_run(no, Status::Terminated, false);
            self.end_chain(no, End::Terminated(reason.to_owned()), RetryState::Unspecified);
        }
    }

    /// A run has used up its time, or all runs of its chain have.
    pub(super) fn run_over(&mut self, no: No, chain: bool) {
        if !self.is_open(no) {
            return;
        }
        let info = FailureInfo::Timeout { kind: TimeoutKind::StartToClose, last_heartbeat: Vec::new() };
        let failure = Failure::told("workflow timeout", info, None);
        let retried = if chain { Err(RetryState::Timeout) } else { self.retry_run(no, &failure, Status::TimedOut) };
        if let Err(state) = retried {
            self.close_run(no, Status::TimedOut, false);
            self.end_chain(no, End::TimedOut, state);
        }
    }

    /// Begins the next attempt of a workflow that failed, if its policy has one.
    fn retry_run(&mut self, no: No, failure: &Failure, status: Status) -> Result<(), RetryState> {
        let now = self.time.now();
        let Some(run) = self.runs.get(&no) else { return Ok(()) };
        let Some(policy) = &run.retry else { return Err(RetryState::RetryPolicyNotSet) };
        let left = run.expires.map(|expires| expires.duration_since(now).unwrap_or_default());
        let wait = retry::wait(Some(policy), run.start.info.attempt, failure, left)?;
        let info = &run.start.info;
        let beginning = Beginning {
            namespace: run.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            workflow_type: run.start.workflow_type.clone(),
            task_queue: run.task_queue.clone(),
            arguments: run.start.arguments.clone(),
            headers: run.start.headers.clone(),
            memo: info.memo.clone(),
            search_attributes: info.search_attributes.clone(),
            timeouts: run.timeouts,
            retry: run.retry.clone(),
            priority: run.priority.clone(),
            wait: wait_of(wait),
            family: self.family(no),
            chain: Chain {
                first_run_id: Some(info.first_run_id.clone()),
                continued_run_id: Some(run.run_id.clone()),
                attempts: info.attempt,
                expires: run.expires,
                last_failure: Some(failure.clone()),
            },
        };
        self.go_on(no, beginning, status);
        Ok(())
    }

    pub(super) fn continue_as_new(&mut self, no: No, next: ContinueAsNew, task_queue: String) {
        let Some(run) = self.runs.get(&no) else { return };
        let own = run.timeouts;
        let mut timeouts = own;
        timeouts.run = next.timeouts.run.or(own.run);
        timeouts.task = next.timeouts.task.or(own.task);
        let beginning = Beginning {
            namespace: run.namespace.clone(),
            workflow_id: run.workflow_id.clone(),
            workflow_type: next.workflow_type.unwrap_or_else(|| run.start.workflow_type.clone()),
            task_queue,
            arguments: next.arguments,
            headers: next.headers,
            memo: next.memo.unwrap_or_else(|| run.memo.clone()),
            search_attributes: next.search_attributes.unwrap_or_else(|| run.search_attributes.clone()),
            timeouts,
            retry: next.retry.or_else(|| run.retry.clone()),
            priority: run.priority.clone(),
            wait: next.delay.and_then(wait_of),
            family: self.family(no),
            chain: Chain {
                first_run_id: Some(run.start.info.first_run_id.clone()),
                continued_run_id: Some(run.run_id.clone()),
                attempts: 0,
                expires: run.expires,
                last_failure: None,
            },
        };
        self.go_on(no, beginning, Status::ContinuedAsNew);
    }

    /// Ends a run and begins the one in its place: under the same id, for the same parent.
    fn go_on(&mut self, no: No, beginning: Beginning, status: Status) {
        self.close_run(no, status, true);
        let parent = beginning.family.parent.clone();
        let next = self.begin_run(beginning);
        if let Some(parent) = parent
            && let Some(child) = self.runs.get_mut(&parent.run).and_then(|run| run.child(parent.seq))
        {
            child.run = next;
        }
        self.carry_updates(no, next);
        if let Some(run) = self.runs.get_mut(&no) {
            run.next = Some(next);
            run.tell_waiters();
        }
    }

    fn family(&self, no: No) -> Family {
        let Some(run) = self.runs.get(&no) else { return Family::default() };
        Family {
            parent: run.parent.clone(),
            told: run.start.info.parent.as_deref().cloned(),
            root: run.start.info.root.as_deref().cloned(),
        }
    }

    /// Ends a run: drops what it asked for, and does to its children what their policies say.
    /// `goes_on`: another one goes on in its place.
    fn close_run(&mut self, no: No, status: Status, goes_on: bool) {
        let now = self.time.now();
        let Some(run) = self.runs.get_mut(&no) else { return };
        run.status = status;
        run.closed = Some(now);
        run.record(1, &[]);
        run.waits = None;
        for key in run.timers.drain(..).chain(run.held.take()) {
            self.time.forget(key);
        }
        if run.questions.is_empty()
            && let Task::Ready(place) = &run.task
        {
            self.ready.remove(place);
            run.task = Task::Idle;
        }
        if !goes_on {
            run.inbox.clear();
        }
        let mut children = Vec::new();
        for (_, open) in std::mem::take(&mut run.open) {
            match open {
                Open::Timer(key) => self.time.forget(key),
                Open::Child(child) => children.push(child.run),
                Open::Activity(activity) => {
                    let own = activity.timers.iter().chain(&activity.heartbeat_timer).chain(&activity.close_timer);
                    own.for_each(|key| self.time.forget(*key));
                    match &activity.state {
                        State::InLine(place) => self.ready.remove(place),
                        State::Runs(token) => {
                            if let Some(attempt) = self.attempts.get_mut(token) {
                                attempt.gone = true;
                                if attempt.is_local {
                                    attempt.ask(CancelReason::Cancel);
                                }
                            }
                        }
                        State::Waits => {}
                    }
                }
            }
        }
        if self.stuck == Some(no) {
            self.stuck = None;
        }
        for child in children {
            self.parent_closed(child);
        }
        self.end_updates(no, goes_on);
        // Of one that its own code ends, the task goes on.
        self.leave_memory(no);
        self.note_closed(no);
    }

    /// A run has ended, and none goes on in its place.
    fn end_chain(&mut self, no: No, end: End, state: RetryState) {
        self.child_ended(no, &end, state);
        if let Some(run) = self.runs.get_mut(&no) {
            run.end = Some(end);
            run.tell_waiters();
        }
    }
}

fn wait_of(wait: Duration) -> Option<(Duration, bool)> {
    (!wait.is_zero()).then_some((wait, false))
}
