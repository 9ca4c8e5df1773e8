//! The time that all attempts of a local activity have together. The core counts it while an attempt runs and
//! forgets it between two, so it is kept here: who has no time for another attempt is not tried again.
//!
//! Only while the worker itself waits between two. An attempt after a timer is a new request to the core,
//! with a time of its own, and the run counts that of all (`workflow::local`): it is told that an attempt
//! failed and not how, so that end has no cause.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    function::{FunctionOutcome, FunctionTask},
    value::RetryState,
    workflow::{
        RetryPolicy,
        retry::{local_wait, out_of_time},
    },
};

/// What a local activity has left, as one of its attempts begins.
#[derive(Debug)]
pub(super) struct AllAttempts {
    begun: Instant,
    left: Duration,
    retry: Option<RetryPolicy>,
    attempt: u32,
}

impl AllAttempts {
    /// Nothing: there is no such limit, or the server counts it.
    pub(super) fn of(task: &FunctionTask, retry: Option<RetryPolicy>) -> Option<Self> {
        let limit = task.schedule_to_close.filter(|_| task.is_local)?;
        let passed = task.started?.duration_since(task.scheduled?).unwrap_or_default();
        Some(Self { begun: Instant::now(), left: limit.saturating_sub(passed), retry, attempt: task.attempt })
    }

    /// There is no time even for this attempt.
    pub(super) fn is_over(&self) -> bool {
        self.left.is_zero()
    }

    /// How the attempt ended: with it the activity, if the next one would come too late.
    pub(super) fn judged(&self, outcome: FunctionOutcome) -> FunctionOutcome {
        let FunctionOutcome::Failed(failure) = outcome else { return outcome };
        let left = self.left.saturating_sub(self.begun.elapsed());
        match local_wait(self.retry.as_ref(), self.attempt, &failure, Some(left)) {
            Err(RetryState::Timeout) => FunctionOutcome::Failed(out_of_time(Some(failure))),
            _ => FunctionOutcome::Failed(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Failure;

    fn limit(left: u64, wait: u64) -> AllAttempts {
        let retry = RetryPolicy {
            initial_interval: Some(Duration::from_secs(wait)),
            backoff_coefficient: 1.0,
            maximum_interval: None,
            maximum_attempts: 3,
            non_retryable_error_types: vec!["Broke".to_owned()],
        };
        AllAttempts { begun: Instant::now(), left: Duration::from_secs(left), retry: Some(retry), attempt: 2 }
    }

    fn kind_after(limit: &AllAttempts, failure: Failure) -> String {
        match limit.judged(FunctionOutcome::Failed(failure)) {
            FunctionOutcome::Failed(failure) => failure.kind,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_would_come_too_late_is_not_made() {
        let ended = limit(5, 5).judged(FunctionOutcome::Failed(Failure::new("Busy", "no")));
        let FunctionOutcome::Failed(failure) = ended else { panic!("{ended:?}") };
        assert_eq!(failure, out_of_time(Some(Failure::new("Busy", "no"))));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_tried_again_in_time_or_not_at_all_keeps_its_failure() {
        let busy = || Failure::new("Busy", "no");
        let last = AllAttempts { attempt: 3, ..limit(5, 5) };
        let kinds = [
            kind_after(&limit(6, 5), busy()),
            kind_after(&limit(5, 5), Failure::new("Broke", "no")),
            kind_after(&last, busy()),
        ];
        assert_eq!(kinds, ["Busy", "Broke", "Busy"]);
    }
}
