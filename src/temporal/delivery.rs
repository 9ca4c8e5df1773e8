//! Brings the end of an activity to the server, however long the server is away.
//!
//! The core gives up after ten seconds and says that all is well; the activity then runs again when
//! its time is over. So ends are delivered here, until the server has taken one or the attempt's
//! own time is over, and the core is only told that somebody else does it. An end that the server
//! will never take, because it is too large or not as it should be, becomes a short failure: nobody
//! would hear of it otherwise. What kind of failure one is, and when it is tried again, stays.

use std::time::Duration;

use metonic_bridge::{
    CallError, Code, failed_activity_size,
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
    value::{Failure, FailureInfo, Value},
};

/// The server takes messages of 4 MiB; some of it is for what is sent with a result or a failure.
const LARGEST_END: usize = 4 * 1024 * 1024 - 16 * 1024;

const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Without a limit of its own, an attempt is given up after this.
const PATIENCE: Duration = Duration::from_mins(10);

/// So much of a failure that is too large is told.
const TOLD_CHARACTERS: usize = 200;

/// A longer name of a kind is no name.
const LONGEST_KIND: usize = 1000;

/// Whose end it is, and until when it matters.
pub(super) struct Delivery {
    pub(super) token: Vec<u8>,
    pub(super) deadline: Option<Instant>,
    /// Goes with a failure, so that the next attempt has it.
    pub(super) last_heartbeat: Option<Payloads>,
}

/// Who tells it.
struct Teller<'a> {
    identity: &'a str,
    namespace: &'a str,
}

/// Returns when the server has the outcome, or does not want it any more.
pub(super) async fn deliver(client: &Client, identity: &str, delivery: Delivery, outcome: &FunctionOutcome) {
    let teller = Teller { identity, namespace: &client.namespace };
    deliver_by(&teller, delivery, outcome, |request| request.send(client)).await;
}

async fn deliver_by<F: Future<Output = Result<(), CallError>>>(
    teller: &Teller<'_>,
    delivery: Delivery,
    outcome: &FunctionOutcome,
    send: impl Fn(Request) -> F,
) {
    let give_up = delivery.deadline.unwrap_or_else(|| Instant::now() + PATIENCE);
    let request = Request::of(teller, &delivery, outcome);
    let Some(refused) = insist(give_up, || send(request.clone())).await else { return };
    let request = Request::refused(teller, delivery, outcome, &refused);
    insist(give_up, || send(request.clone())).await;
}

/// Sends until it is taken, or not wanted, or too late. An error: the server will never take it as it is.
async fn insist<F: Future<Output = Result<(), CallError>>>(
    give_up: Instant,
    mut send: impl FnMut() -> F,
) -> Option<CallError> {
    let mut wait = FIRST_WAIT;
    let mut tries = 1_u32;
    loop {
        let Err(error) = send().await else {
            if tries > 1 {
                tracing::info!(attempt = tries, "An activity's end reached the server at last.");
            }
            return None;
        };
        if is_refusal(&error) {
            tracing::warn!(%error, "The server refuses an activity's end.");
            return Some(error);
        }
        if !may_pass(error.code) {
            // Most often the attempt timed out, or its run has ended: nobody waits for it.
            tracing::debug!(%error, "The server does not take an activity's end.");
            return None;
        }
        if Instant::now() + wait >= give_up {
            tracing::warn!(%error, attempt = tries, "An activity's end did not reach the server in time; it will run again.");
            return None;
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        tries += 1;
    }
}

/// Whether the server refuses what is sent, whoever waits for it.
fn is_refusal(error: &CallError) -> bool {
    error.code == Code::InvalidArgument
        // Of a message that is too large, gRPC says the same as of a server that is too busy.
        || (matches!(error.code, Code::ResourceExhausted | Code::OutOfRange) && error.message.contains("larger than max"))
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

#[derive(Clone)]
enum Request {
    Completed(Box<RespondActivityTaskCompletedRequest>),
    Failed(Box<RespondActivityTaskFailedRequest>),
}

impl Request {
    fn of(teller: &Teller<'_>, delivery: &Delivery, outcome: &FunctionOutcome) -> Self {
        match outcome {
            FunctionOutcome::Completed(value) => Self::completed(teller, delivery, value),
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => {
                Self::failed(teller, delivery, failure, ActivityTaskFailedCause::ActivityWorkerUnhandledFailure)
            }
        }
    }

    fn completed(teller: &Teller<'_>, delivery: &Delivery, value: &Value) -> Self {
        let cause = ActivityTaskFailedCause::PayloadsTooLarge;
        match to_payload(value) {
            Ok(payload) if payload.data.len() > LARGEST_END => {
                let size = payload.data.len();
                let message = format!("the result has {size} bytes; the server takes {LARGEST_END}");
                Self::failed(teller, delivery, &Failure::invalid(message), cause)
            }
            Ok(payload) => Self::Completed(Box::new(RespondActivityTaskCompletedRequest {
                task_token: delivery.token.clone(),
                result: Some(Payloads { payloads: vec![payload] }),
                identity: teller.identity.to_owned(),
                namespace: teller.namespace.to_owned(),
                ..RespondActivityTaskCompletedRequest::default()
            })),
            Err(error) => {
                let cause = ActivityTaskFailedCause::ActivityWorkerUnhandledFailure;
                Self::failed(teller, delivery, &Failure::invalid(format!("the result: {error}")), cause)
            }
        }
    }

    fn failed(teller: &Teller<'_>, delivery: &Delivery, failure: &Failure, cause: ActivityTaskFailedCause) -> Self {
        let mut request = RespondActivityTaskFailedRequest {
            task_token: delivery.token.clone(),
            failure: Some(to_failure(failure)),
            identity: teller.identity.to_owned(),
            namespace: teller.namespace.to_owned(),
            last_heartbeat_details: delivery.last_heartbeat.clone(),
            cause: cause.into(),
            ..RespondActivityTaskFailedRequest::default()
        };
        fit(&mut request, failure);
        Self::Failed(Box::new(request))
    }

    /// What is sent for an end that the server refuses.
    fn refused(teller: &Teller<'_>, delivery: Delivery, outcome: &FunctionOutcome, error: &CallError) -> Self {
        let message = |what: &str| format!("the server refused the {what} of the function: {error}");
        let failure = match outcome {
            FunctionOutcome::Completed(_) => Failure::invalid(message("result")),
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => {
                short(failure, message("failure"))
            }
        };
        let delivery = Delivery { last_heartbeat: None, ..delivery };
        Self::failed(teller, &delivery, &failure, ActivityTaskFailedCause::ActivityWorkerUnhandledFailure)
    }

    async fn send(self, client: &Client) -> Result<(), CallError> {
        match self {
            Self::Completed(request) => client.connection.respond_activity_task_completed(*request).await.map(drop),
            Self::Failed(request) => client.connection.respond_activity_task_failed(*request).await.map(drop),
        }
    }
}

/// A failure in other words. What it is, whether another attempt may help and when stays.
fn short(failure: &Failure, message: String) -> Failure {
    let Failure { kind, foreign_type, retryable, info, .. } = failure;
    let info = match info {
        FailureInfo::Application { next_retry_delay, .. } => {
            FailureInfo::Application { next_retry_delay: *next_retry_delay, foreign_details: Vec::new() }
        }
        _ => FailureInfo::None,
    };
    let told = Failure { retryable: *retryable, info, ..Failure::invalid(message) };
    if kind.len() + foreign_type.len() > LONGEST_KIND {
        return told;
    }
    Failure { kind: kind.clone(), foreign_type: foreign_type.clone(), ..told }
}

/// Leaves out what is too large: what the next attempt would have, then the failure itself.
fn fit(request: &mut RespondActivityTaskFailedRequest, failure: &Failure) {
    if failed_activity_size(request) <= LARGEST_END {
        return;
    }
    request.last_heartbeat_details = None;
    let size = failed_activity_size(request);
    if size <= LARGEST_END {
        return;
    }
    let beginning: String = failure.message.chars().take(TOLD_CHARACTERS).collect();
    let message = format!("the failure has {size} bytes; the server takes {LARGEST_END}; it begins with: {beginning}");
    request.failure = Some(to_failure(&short(failure, message)));
    request.set_cause(ActivityTaskFailedCause::PayloadsTooLarge);
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::temporal::wire::{from_failure, to_payloads};

    /// What the server answers until `until`, and then that it has it; gives the seconds it took and
    /// the number of tries.
    async fn delivered(answer: Code, until: Duration, give_up: Duration) -> (u64, u32) {
        let begun = Instant::now();
        let mut tries = 0;
        let _ = insist(begun + give_up, || {
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
    async fn an_end_that_the_server_refuses_is_sent_once_and_given_back() {
        let error = |code, message: &str| CallError { code, message: message.to_owned() };
        let too_large = "grpc: received message larger than max (5000000 vs. 4194304)";
        for error in [error(Code::InvalidArgument, "bad"), error(Code::ResourceExhausted, too_large)] {
            let mut tries = 0;
            let refused = insist(Instant::now() + PATIENCE, || {
                tries += 1;
                std::future::ready(Err(error.clone()))
            });
            assert_eq!((refused.await.as_ref(), tries), (Some(&error), 1));
        }
    }

    /// The message that is left of a failure, and whether what the next attempt would have is.
    fn left(message: &str, heartbeat: &str) -> (String, bool) {
        let failure = Failure::new("Busy", message);
        let mut request = RespondActivityTaskFailedRequest {
            failure: Some(to_failure(&failure)),
            last_heartbeat_details: to_payloads(&[heartbeat.into()]).ok(),
            ..RespondActivityTaskFailedRequest::default()
        };
        fit(&mut request, &failure);
        (request.failure.unwrap().message, request.last_heartbeat_details.is_some())
    }

    #[test]
    fn a_failure_that_fits_is_left_as_it_is() {
        assert_eq!(left("no", "half"), ("no".to_owned(), true));
    }

    #[test]
    fn a_failure_goes_without_what_the_next_attempt_would_have_if_that_is_too_large() {
        assert_eq!(left("no", &"x".repeat(LARGEST_END)), ("no".to_owned(), false));
    }

    #[test]
    fn a_failure_that_is_too_large_is_told_by_its_beginning() {
        let (message, has_heartbeat) = left(&"x".repeat(LARGEST_END), "half");
        assert!(
            message.starts_with("the failure has ") && message.ends_with(&"x".repeat(TOLD_CHARACTERS)),
            "{message}"
        );
        assert!(message.len() < 1000 && !has_heartbeat);
    }

    /// A failure of a kind that says when it is to be tried again.
    fn busy(message: &str) -> Failure {
        let next_retry_delay = Some(Duration::from_secs(7));
        let info = FailureInfo::Application { next_retry_delay, foreign_details: vec!["x".into()] };
        Failure { retryable: Some(true), info, ..Failure::new("Busy", message) }
    }

    #[test]
    fn a_failure_that_is_too_large_stays_of_its_kind() {
        let failure = busy(&"x".repeat(LARGEST_END));
        let mut request = RespondActivityTaskFailedRequest {
            failure: Some(to_failure(&failure)),
            ..RespondActivityTaskFailedRequest::default()
        };
        fit(&mut request, &failure);
        let told = from_failure(&request.failure.unwrap());
        assert_eq!((told.kind.as_str(), told.retryable), ("Busy", Some(true)));
        let FailureInfo::Application { next_retry_delay, .. } = told.info else { panic!("{:?}", told.info) };
        assert_eq!(next_retry_delay, Some(Duration::from_secs(7)));
    }

    /// The failure that is sent after the server has refused an end.
    async fn after_refusal(outcome: FunctionOutcome) -> Failure {
        let sent = RefCell::new(Vec::new());
        let teller = Teller { identity: "test", namespace: "default" };
        let delivery = Delivery { token: Vec::new(), deadline: None, last_heartbeat: None };
        deliver_by(&teller, delivery, &outcome, |request| {
            sent.borrow_mut().push(request);
            let is_first = sent.borrow().len() == 1;
            let refusal = CallError { code: Code::InvalidArgument, message: "bad".to_owned() };
            std::future::ready(if is_first { Err(refusal) } else { Ok(()) })
        })
        .await;
        let sent = sent.into_inner();
        assert_eq!(sent.len(), 2);
        let Some(Request::Failed(request)) = sent.into_iter().next_back() else { panic!("a failure is sent") };
        from_failure(&request.failure.unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_result_that_the_server_refuses_is_a_failure_for_good() {
        let told = after_refusal(FunctionOutcome::Completed(Value::Int(1))).await;
        assert_eq!((told.kind.as_str(), told.retryable), ("Invalid", Some(false)));
        assert!(told.message.starts_with("the server refused the result of the function: "), "{}", told.message);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_the_server_refuses_stays_of_its_kind() {
        let told = after_refusal(FunctionOutcome::Failed(busy("no"))).await;
        assert_eq!((told.kind.as_str(), told.retryable), ("Busy", Some(true)));
        assert!(told.message.starts_with("the server refused the failure of the function: "), "{}", told.message);
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_is_not_sent_after_the_time_of_its_attempt() {
        assert_eq!(delivered(Code::Unavailable, PATIENCE, Duration::from_secs(5)).await, (3, 5));
    }
}
