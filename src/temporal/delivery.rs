//! Brings the end of an activity to the server, however long the server is away.
//!
//! The core gives up after ten seconds and says that all is well; the activity then runs again when
//! its time is over. So ends are delivered here, until the server has taken one or the attempt's
//! own time is over, and the core is only told that somebody else does it.

use std::time::Duration;

use metonic_bridge::{
    CallError, Code,
    protos::temporal::api::{
        common::v1::Payloads,
        enums::v1::ActivityTaskFailedCause,
        workflowservice::v1::{RespondActivityTaskCompletedRequest, RespondActivityTaskFailedRequest},
    },
};
use tokio::time::{Instant, sleep};

use crate::{
    function::FunctionOutcome,
    temporal::{
        connect::Client,
        wire::{to_failure, to_payload},
    },
    value::{Failure, Value},
};

/// The server takes messages of 4 MiB.
const LARGEST_RESULT: usize = 4 * 1024 * 1024 - 16 * 1024;

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Without a limit of its own, an attempt is given up after this.
const PATIENCE: Duration = Duration::from_mins(10);

/// Whose end it is, and until when it matters.
pub(super) struct Delivery {
    pub(super) token: Vec<u8>,
    pub(super) deadline: Option<Instant>,
    /// Goes with a failure, so that the next attempt has it.
    pub(super) last_heartbeat: Option<Payloads>,
}

/// Returns when the server has the outcome, or does not want it any more.
pub(super) async fn deliver(client: &Client, delivery: Delivery, outcome: &FunctionOutcome) {
    let request = Request::of(client, &delivery, outcome);
    let give_up = delivery.deadline.unwrap_or_else(|| Instant::now() + PATIENCE);
    insist(give_up, || request.send(client)).await;
}

/// Sends until it is taken, or not wanted, or too late.
async fn insist<F: Future<Output = Result<(), CallError>>>(give_up: Instant, mut send: impl FnMut() -> F) {
    let mut wait = FIRST_WAIT;
    let mut tries = 1_u32;
    loop {
        let Err(error) = send().await else {
            if tries > 1 {
                tracing::info!(attempt = tries, "An activity's end reached the server at last.");
            }
            return;
        };
        if !may_pass(error.code) {
            // Most often the attempt timed out, or its run has ended: nobody waits for it.
            tracing::debug!(%error, "The server does not take an activity's end.");
            return;
        }
        if Instant::now() + wait >= give_up {
            tracing::warn!(%error, attempt = tries, "An activity's end did not reach the server in time; it will run again.");
            return;
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        tries += 1;
    }
}

/// Whether the same call may work later.
fn may_pass(code: Code) -> bool {
    match code {
        Code::Unavailable
        | Code::Unknown
        | Code::Internal
        | Code::DeadlineExceeded
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::Cancelled
        | Code::DataLoss
        // A key that has expired may be renewed.
        | Code::Unauthenticated
        | Code::PermissionDenied => true,
        Code::Ok
        | Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::FailedPrecondition
        | Code::OutOfRange
        | Code::Unimplemented => false,
    }
}

enum Request {
    Completed(Box<RespondActivityTaskCompletedRequest>),
    Failed(Box<RespondActivityTaskFailedRequest>),
}

impl Request {
    fn of(client: &Client, delivery: &Delivery, outcome: &FunctionOutcome) -> Self {
        match outcome {
            FunctionOutcome::Completed(value) => Self::completed(client, delivery, value),
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => {
                Self::failed(client, delivery, failure, ActivityTaskFailedCause::ActivityWorkerUnhandledFailure)
            }
        }
    }

    fn completed(client: &Client, delivery: &Delivery, value: &Value) -> Self {
        let cause = ActivityTaskFailedCause::PayloadsTooLarge;
        match to_payload(value) {
            Ok(payload) if payload.data.len() > LARGEST_RESULT => {
                let size = payload.data.len();
                let message = format!("the result has {size} bytes; the server takes {LARGEST_RESULT}");
                Self::failed(client, delivery, &Failure::invalid(message), cause)
            }
            Ok(payload) => Self::Completed(Box::new(RespondActivityTaskCompletedRequest {
                task_token: delivery.token.clone(),
                result: Some(Payloads { payloads: vec![payload] }),
                identity: client.connection.identity().to_owned(),
                namespace: client.namespace.clone(),
                ..RespondActivityTaskCompletedRequest::default()
            })),
            Err(error) => {
                let cause = ActivityTaskFailedCause::ActivityWorkerUnhandledFailure;
                Self::failed(client, delivery, &Failure::invalid(format!("the result: {error}")), cause)
            }
        }
    }

    fn failed(client: &Client, delivery: &Delivery, failure: &Failure, cause: ActivityTaskFailedCause) -> Self {
        Self::Failed(Box::new(RespondActivityTaskFailedRequest {
            task_token: delivery.token.clone(),
            failure: Some(to_failure(failure)),
            identity: client.connection.identity().to_owned(),
            namespace: client.namespace.clone(),
            last_heartbeat_details: delivery.last_heartbeat.clone(),
            cause: cause.into(),
            ..RespondActivityTaskFailedRequest::default()
        }))
    }

    async fn send(&self, client: &Client) -> Result<(), CallError> {
        match self {
            Self::Completed(request) => {
                client.connection.respond_activity_task_completed(request.as_ref().clone()).await.map(|_| ())
            }
            Self::Failed(request) => {
                client.connection.respond_activity_task_failed(request.as_ref().clone()).await.map(|_| ())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server answers until `until`, and then that it has it; gives the seconds it took and
    /// the number of tries.
    async fn delivered(answer: Code, until: Duration, give_up: Duration) -> (u64, u32) {
        let begun = Instant::now();
        let mut tries = 0;
        insist(begun + give_up, || {
            tries += 1;
            let passed = begun.elapsed() >= until;
            async move { if passed { Ok(()) } else { Err(CallError { code: answer, message: String::new() }) } }
        })
        .await;
        (begun.elapsed().as_secs(), tries)
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_is_sent_until_the_server_is_back() {
        // Longer than the ten seconds after which the core would have given up.
        let minute = Duration::from_mins(1);
        assert_eq!(delivered(Code::Unavailable, minute, PATIENCE).await, (61, 34));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_that_nobody_waits_for_is_sent_once() {
        assert_eq!(delivered(Code::NotFound, PATIENCE, PATIENCE).await, (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_is_not_sent_after_the_time_of_its_attempt() {
        assert_eq!(delivered(Code::Unavailable, PATIENCE, Duration::from_secs(5)).await, (3, 5));
    }
}
