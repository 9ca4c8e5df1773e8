//! Activities: asked for, put in line, begun, asked to end.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use crate::{
    function::{CancelReason, FunctionTask},
    sim::{
        Worker,
        activity::{Activity, Attempt, State},
        launch::{AttemptLaunch, Launch},
        order::priority_of,
        ready::{Line, Slot, Step},
        refusal,
        run::Open,
        time::Due,
        words,
        world::{No, World},
    },
    value::{Failure, TimeoutKind, Value},
    workflow::{Cancellation, Outcome, SIDE_EFFECT, ScheduleActivity, Seq, recorded},
};

impl World {
    pub(super) fn schedule(&mut self, no: No, worker: &Worker, request: ScheduleActivity) {
        let seq = request.seq;
        if request.local.is_some() && request.activity_type == SIDE_EFFECT {
            // A marker.
            self.record(no, 1, &request.arguments);
            let outcome = recorded(&request.arguments).map_or_else(Outcome::Failed, Outcome::Completed);
            return self.resolve(no, seq, outcome);
        }
        let timeouts = request.timeouts.without_zeros();
        let mut activity = Activity::unsent(ScheduleActivity { timeouts, ..request });
        activity.scheduled = self.time.now();
        activity.task_queue = refusal::queue(&activity.request.queue, &worker.queue_prefix, &worker.task_queue);
        if let Some(local) = &activity.request.local {
            activity.attempt = local.attempt.max(1);
            activity.scheduled = local.first_scheduled.unwrap_or(activity.scheduled);
        } else if let Some(run) = self.runs.get_mut(&no) {
            activity.scheduled_event = run.record(1, &activity.request.arguments);
        }
        if let Some(limit) = activity.request.timeouts.schedule_to_close {
            let due = Due::Timeout { run: no, seq, kind: TimeoutKind::ScheduleToClose };
            activity.close_timer = Some(self.time.at(activity.scheduled + limit.min(LONGEST), due));
        }
        self.open(no, seq, Open::Activity(Box::new(activity)), 0);
        self.line_up(no, seq);
    }

    /// Puts the next attempt in line.
    pub(super) fn line_up(&mut self, no: No, seq: Seq) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        let (namespace, of_run) = (run.namespace.clone(), run.priority.clone());
        let Some(activity) = run.activity(seq) else { return };
        let slot = if activity.is_local() { Slot::Local } else { Slot::Activity };
        let line = Line { slot, namespace, task_queue: activity.task_queue.clone() };
        let priority = priority_of(activity.request.priority.as_ref().or(of_run.as_ref()));
        let place = self.ready.push(line, priority, Step::Attempt(no, seq));
        activity.state = State::InLine(place);
        if let Some(limit) = activity.request.timeouts.schedule_to_start {
            let due = Due::Timeout { run: no, seq, kind: TimeoutKind::ScheduleToStart };
            activity.timers.push(self.time.after(limit, due));
        }
    }

    pub(super) fn begin_attempt(&mut self, no: No, seq: Seq, number: u64) -> Option<Launch> {
        let token = self.number();
        let now = self.time.now();
        let attachment = self.workers.get_mut(&number)?;
        let worker = Arc::clone(&attachment.worker);
        let run = self.runs.get_mut(&no)?;
        let started_event = i64::from(run.history.events) + 1;
        let (run_id, workflow_id) = (run.run_id.clone(), run.workflow_id.clone());
        let workflow_type = run.start.workflow_type.clone();
        let activity = run.activity(seq)?;
        for key in activity.timers.drain(..) {
            self.time.forget(key);
        }
        activity.state = State::Runs(token);
        activity.started_event = started_event;
        activity.identity.clone_from(&worker.identity);
        let timeouts = activity.request.timeouts;
        let start_to_close = timeouts.start_to_close.or(timeouts.schedule_to_close);
        if let Some(limit) = timeouts.start_to_close {
            let due = Due::Timeout { run: no, seq, kind: TimeoutKind::StartToClose };
            activity.timers.push(self.time.after(limit, due));
        }
        if let Some(limit) = timeouts.heartbeat.filter(|_| !activity.is_local()) {
            let due = Due::Timeout { run: no, seq, kind: TimeoutKind::Heartbeat };
            activity.heartbeat_timer = Some(self.time.after(limit, due));
        }
        let is_local = activity.is_local();
        let task = FunctionTask {
            activity_type: activity.request.activity_type.clone(),
            activity_id: activity.id.clone(),
            token: token.to_be_bytes().to_vec(),
            arguments: activity.request.arguments.clone(),
            headers: activity.request.headers.clone(),
            attempt: activity.attempt,
            namespace: worker.namespace.clone(),
            task_queue: worker.task_queue.clone(),
            workflow_id,
            run_id,
            workflow_type,
            heartbeat_details: activity.heartbeat.clone(),
            scheduled: Some(activity.scheduled),
            started: Some(now),
            schedule_to_close: timeouts.schedule_to_close,
            start_to_close,
            heartbeat_timeout: timeouts.heartbeat.filter(|_| !is_local),
            is_local,
        };
        let (tx, rx) = watch::channel(None);
        if self.attempts.is_empty() {
            self.time.anchor();
        }
        let attempt =
            Attempt { run: no, seq, worker: number, is_local, begun: Instant::now(), gone: false, cancel: tx };
        self.attempts.insert(token, attempt);
        if is_local {
            attachment.locals += 1;
        } else {
            attachment.activities += 1;
        }
        let functions = Arc::clone(&worker.functions);
        Some(Launch::Attempt(Box::new(AttemptLaunch { token, functions, task, cancel: rx })))
    }

    /// An attempt says that it is still here, and hears whether it should end.
    pub(super) fn heartbeat(&mut self, token: u64, details: Vec<Value>) {
        let Some(attempt) = self.attempts.get(&token) else { return };
        if attempt.is_local {
            return;
        }
        let (no, seq) = (attempt.run, attempt.seq);
        if attempt.gone {
            return attempt.ask(CancelReason::Gone);
        }
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        if activity.state != State::Runs(token) {
            return attempt.ask(CancelReason::Gone);
        }
        activity.heartbeat = details;
        if let Some(limit) = activity.request.timeouts.heartbeat {
            if let Some(key) = activity.heartbeat_timer.take() {
                self.time.forget(key);
            }
            let due = Due::Timeout { run: no, seq, kind: TimeoutKind::Heartbeat };
            activity.heartbeat_timer = Some(self.time.after(limit, due));
        }
        if activity.cancel_requested {
            attempt.ask(CancelReason::Cancel);
        }
    }

    /// The run asks an activity to end.
    pub(super) fn cancel_activity(&mut self, no: No, seq: Seq) {
        let Some(run) = self.runs.get_mut(&no) else { return };
        let Some(activity) = run.activity(seq).filter(|activity| !activity.is_over && !activity.cancel_requested)
        else {
            return;
        };
        let (cancellation, is_local) = (activity.request.cancellation, activity.is_local());
        let failure = if is_local { words::local_cancelled(activity) } else { words::activity_cancelled(activity) };
        if cancellation != Cancellation::Abandon {
            activity.cancel_requested = true;
            let state = activity.state.clone();
            self.record(no, 1, &[]);
            match state {
                // Nobody has begun it, so it is over at once.
                State::InLine(_) | State::Waits => return self.end_activity(no, seq, Outcome::Failed(failure)),
                State::Runs(token) if is_local => {
                    if let Some(attempt) = self.attempts.get(&token) {
                        attempt.ask(CancelReason::Cancel);
                    }
                }
                // It hears of it with its next heartbeat.
                State::Runs(_) => {}
            }
        }
        if cancellation != Cancellation::WaitCompleted {
            self.give_up(no, seq, failure);
        }
    }

    /// The run goes on without the activity, which goes on, too.
    fn give_up(&mut self, no: No, seq: Seq, failure: Failure) {
        if let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) {
            activity.is_over = true;
        }
        self.resolve(no, seq, Outcome::Failed(failure));
    }

    /// An activity is over, for whatever reason. What still runs of it counts for nothing.
    pub(super) fn end_activity(&mut self, no: No, seq: Seq, outcome: Outcome) {
        let Some(Open::Activity(mut activity)) = self.close(no, seq) else { return };
        let timers =
            activity.timers.drain(..).chain(activity.heartbeat_timer.take()).chain(activity.close_timer.take());
        for key in timers.collect::<Vec<_>>() {
            self.time.forget(key);
        }
        if let State::InLine(place) = &activity.state {
            self.ready.remove(place);
        }
        if activity.is_local() {
            self.record(no, 1, &[]);
        } else {
            // Started and ended; the start is written with the end.
            let values: Vec<Value> = match &outcome {
                Outcome::Completed(value) => vec![value.clone()],
                _ => Vec::new(),
            };
            self.record(no, 2, &values);
        }
        if !activity.is_over {
            self.resolve(no, seq, outcome);
        }
    }
}

/// An activity without end may take so long.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
