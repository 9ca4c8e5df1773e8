//! How attempts of activities end, and what comes after: the next one, or the end of the activity.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    function::{CancelReason, FunctionOutcome},
    sim::{
        activity::{Activity, Attempt, State},
        time::{Due, Time},
        words,
        world::{No, World},
    },
    value::{Failure, RetryState, TimeoutKind},
    workflow::{
        Outcome, Seq,
        retry::{self, arrived},
    },
};

/// A local activity's wait that is longer becomes a timer of the run.
const LOCAL_THRESHOLD: Duration = Duration::from_mins(1);

impl World {
    /// The code of an attempt has ended.
    pub(super) fn attempt_done(&mut self, token: u64, outcome: FunctionOutcome) {
        let Some(attempt) = self.attempts.remove(&token) else { return };
        if let Some(attachment) = self.workers.get_mut(&attempt.worker) {
            let busy = if attempt.is_local { &mut attachment.locals } else { &mut attachment.activities };
            *busy = busy.saturating_sub(1);
        }
        self.note_idle(attempt.worker);
        let (no, seq) = (attempt.run, attempt.seq);
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        if activity.state != State::Runs(token) {
            // It was given up: its time was over.
            return;
        }
        forget_attempt(&mut self.time, activity);
        match outcome {
            FunctionOutcome::Completed(value) => match value.portable() {
                Ok(()) => self.end_activity(no, seq, Outcome::Completed(value)),
                Err(error) => self.attempt_failed(no, seq, Failure::invalid(format!("the result: {error}"))),
            },
            FunctionOutcome::Cancelled(_) if activity.cancel_requested => {
                let failure = cancelled(activity);
                self.end_activity(no, seq, Outcome::Failed(failure));
            }
            FunctionOutcome::Failed(_) if activity.is_local() && attempt.asked() == Some(CancelReason::Shutdown) => {
                // Its worker went; the same attempt is made by the next one.
                self.line_up(no, seq);
            }
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => {
                match overdue(activity, &attempt) {
                    // A failure after the attempt's time is the server's to tell.
                    Some(kind) => self.attempt_late(no, seq, kind),
                    None => self.attempt_failed(no, seq, failure),
                }
            }
        }
    }

    /// An activity has used up a time.
    pub(super) fn activity_timed_out(&mut self, no: No, seq: Seq, kind: TimeoutKind) {
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        if let State::Runs(token) = activity.state
            && let Some(attempt) = self.attempts.get_mut(&token)
        {
            attempt.gone = true;
            attempt.ask(CancelReason::Timeout);
        }
        forget_attempt(&mut self.time, activity);
        self.attempt_late(no, seq, kind);
    }

    fn attempt_late(&mut self, no: No, seq: Seq, kind: TimeoutKind) {
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        if activity.is_local() {
            let failure = words::local_timed_out(activity, kind);
            if kind == TimeoutKind::StartToClose {
                return self.local_failed(
                    no,
                    seq,
                    failure.cause.clone().map_or_else(Failure::default, |cause| *cause),
                    failure,
                );
            }
            return self.end_activity(no, seq, Outcome::Failed(failure));
        }
        let failure = words::timeout(activity, kind);
        match self.try_again(no, seq, &failure) {
            Ok(()) => {}
            Err(state) => {
                let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
                let cause = match state {
                    RetryState::Timeout => words::timeout(activity, TimeoutKind::ScheduleToClose),
                    _ => failure,
                };
                let failure = words::activity_timed_out(activity, state, cause);
                self.end_activity(no, seq, Outcome::Failed(failure));
            }
        }
    }

    fn attempt_failed(&mut self, no: No, seq: Seq, failure: Failure) {
        let failure = arrived(failure);
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        if activity.is_local() {
            return self.local_failed(no, seq, failure.clone(), failure);
        }
        if activity.cancel_requested {
            let failure = words::activity_failed(activity, RetryState::CancelRequested, failure);
            return self.end_activity(no, seq, Outcome::Failed(failure));
        }
        if let Err(state) = self.try_again(no, seq, &failure) {
            let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
            let failure = words::activity_failed(activity, state, failure);
            self.end_activity(no, seq, Outcome::Failed(failure));
        }
    }

    /// Plans the next attempt, if there is to be one.
    fn try_again(&mut self, no: No, seq: Seq, failure: &Failure) -> Result<(), RetryState> {
        let now = self.time.now();
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return Ok(()) };
        if activity.cancel_requested {
            return Err(RetryState::CancelRequested);
        }
        let passed = now.duration_since(activity.scheduled).unwrap_or_default();
        let left = activity.request.timeouts.schedule_to_close.map(|limit| limit.saturating_sub(passed));
        let wait = retry::wait(activity.request.retry.as_ref(), activity.attempt, failure, left)?;
        activity.last_failure = Some(failure.clone());
        activity.attempt += 1;
        self.wait_for_attempt(no, seq, wait);
        Ok(())
    }

    fn wait_for_attempt(&mut self, no: No, seq: Seq, wait: Duration) {
        let key = self.time.after(wait, Due::Attempt { run: no, seq });
        if let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) {
            activity.state = State::Waits;
            activity.timers.push(key);
        }
    }

    pub(super) fn attempt_again(&mut self, no: No, seq: Seq) {
        self.line_up(no, seq);
    }

    /// A local attempt failed: the core decides by the policy, and ours is the time that is left. `told` is what the run hears if
    /// that was the last one.
    fn local_failed(&mut self, no: No, seq: Seq, failure: Failure, told: Failure) {
        let now = self.time.now();
        let Some(activity) = self.runs.get_mut(&no).and_then(|run| run.activity(seq)) else { return };
        let passed = now.duration_since(activity.scheduled).unwrap_or_default();
        let left = activity.request.timeouts.schedule_to_close.map(|limit| limit.saturating_sub(passed));
        let planned = retry::local_wait(activity.request.retry.as_ref(), activity.attempt, &failure, left);
        let wait = match planned {
            Ok(wait) if !activity.cancel_requested => wait,
            Err(RetryState::Timeout) if !activity.cancel_requested => {
                // After a wait by a timer, a worker does not know how an attempt failed before.
                let waited = activity.request.local.as_ref().is_some_and(|local| local.first_scheduled.is_some());
                let failure = retry::out_of_time((!waited).then_some(failure));
                return self.end_activity(no, seq, Outcome::Failed(failure));
            }
            _ => return self.end_activity(no, seq, Outcome::Failed(told)),
        };
        let threshold = activity.request.local.as_ref().and_then(|local| local.retry_threshold);
        activity.last_failure = Some(failure);
        activity.attempt += 1;
        if wait > threshold.unwrap_or(LOCAL_THRESHOLD) {
            let first_scheduled = Some(activity.scheduled);
            let outcome = Outcome::Backoff { attempt: activity.attempt, wait, first_scheduled };
            self.end_activity(no, seq, outcome);
        } else {
            self.wait_for_attempt(no, seq, wait);
        }
    }
}

fn cancelled(activity: &Activity) -> Failure {
    if activity.is_local() { words::local_cancelled(activity) } else { words::activity_cancelled(activity) }
}

/// Which time the attempt had used up when it ended by itself. Real time counts: the function counts it.
fn overdue(activity: &Activity, attempt: &Attempt) -> Option<TimeoutKind> {
    let passed = Instant::now().duration_since(attempt.begun);
    let timeouts = activity.request.timeouts;
    let is_over = |limit: Option<Duration>| limit.is_some_and(|limit| passed >= limit);
    if is_over(timeouts.start_to_close) {
        Some(TimeoutKind::StartToClose)
    } else if is_over(timeouts.schedule_to_close) {
        Some(TimeoutKind::ScheduleToClose)
    } else {
        None
    }
}

/// The timers of an attempt that is over; the one of all attempts together stays.
fn forget_attempt(time: &mut Time, activity: &mut Activity) {
    let timers = activity.timers.drain(..).chain(activity.heartbeat_timer.take());
    for key in timers.collect::<Vec<_>>() {
        time.forget(key);
    }
}
