//! Attempts that are asked to end.

use super::*;

async fn cancelled(code: &str, reason: CancelReason) -> FunctionOutcome {
    let (tx, context) = cancellable();
    let (bench, entry) = (Bench::new(), entry("f", code));
    let run = bench.run_with(&entry, task(Vec::new()), context);
    let ask = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        tx.send_replace(Some(reason));
    };
    tokio::join!(run, ask).0
}

const SLEEPS: &str = "return function() return require('time').sleep('1h') end";

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_an_error_of_kind_canceled() {
    let FunctionOutcome::Cancelled(failure) = cancelled(SLEEPS, CancelReason::Cancel).await else {
        panic!("it was not cancelled")
    };
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Canceled", "the activity was cancelled"));
}

#[tokio::test(start_paused = true)]
async fn a_raised_cancellation_is_one_too() {
    let code = "return function() assert(require('time').sleep('1h')) end";
    assert!(matches!(cancelled(code, CancelReason::Cancel).await, FunctionOutcome::Cancelled(_)));
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_is_a_failure_that_is_retried_elsewhere() {
    let FunctionOutcome::Failed(failure) = cancelled(SLEEPS, CancelReason::Shutdown).await else {
        panic!("it did not fail")
    };
    assert_eq!((failure.retryable, failure.message.as_str()), (Some(true), "the worker is shutting down"));
}

#[tokio::test(start_paused = true)]
async fn what_the_code_makes_of_a_cancellation_counts() {
    let code = r#"
        return function()
            local ok, err = require("time").sleep("1h")
            return { ok = ok, kind = err:kind(), reason = require("activity").cancelled() }
        end
    "#;
    let FunctionOutcome::Completed(value) = cancelled(code, CancelReason::Cancel).await else {
        panic!("it was not completed")
    };
    assert_eq!(value.to_json(), r#"{"kind":"Canceled","reason":"cancel"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_while_the_code_runs_is_told_to_who_listens() {
    let code = r#"
        return function()
            local activity = require("activity")
            local cancellation = activity.cancellation()
            activity.heartbeat("now")
            return "asked to end: " .. cancellation:receive()
        end
    "#;
    let (tx, context) = cancellable();
    let ask = Arc::new(move |_| {
        tx.send_replace(Some(CancelReason::Cancel));
    });
    let (bench, entry) = (Bench::new(), entry("f", code));
    let outcome = bench.run_with(&entry, task(Vec::new()), FunctionContext { heartbeat: ask, ..context }).await;
    assert_eq!(outcome, FunctionOutcome::Completed("asked to end: cancel".into()));
}

#[tokio::test(start_paused = true)]
async fn code_that_does_not_hear_is_ended_after_the_grace() {
    let code = "return function() local time = require('time') while true do time.sleep('1m') end end";
    let began = tokio::time::Instant::now();
    // The clock of the test stands still while the code spins, so the grace is none at all.
    let (tx, context) = cancellable();
    tx.send_replace(Some(CancelReason::Cancel));
    let mut bench = Bench::new();
    bench.world = Arc::new(World { grace: Duration::ZERO, ..World::clone(&bench.world) });
    let outcome = bench.run_with(&entry("f", code), task(Vec::new()), context).await;
    assert!(matches!(outcome, FunctionOutcome::Cancelled(_)), "{outcome:?}");
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn an_error_canceled_that_nobody_asked_for_is_a_failure() {
    let failure = failure(r#"return nil, errors.new{ message = "mine", kind = errors.CANCELED }"#).await;
    assert_eq!(failure.message, "mine");
}

#[tokio::test(start_paused = true)]
async fn a_wait_for_another_coroutine_ends_too() {
    let code = r#"
        return function()
            coroutine.spawn(function() require("time").sleep("1h") end)
            channel.new():receive()
        end
    "#;
    assert!(matches!(cancelled(code, CancelReason::Cancel).await, FunctionOutcome::Cancelled(_)));
}

#[tokio::test(start_paused = true)]
async fn whoever_listens_is_told_why() {
    let code = r#"
        return function()
            local channel = require("activity").cancellation()
            local reason = channel:receive()
            return { reason, (channel:receive()) }
        end
    "#;
    let FunctionOutcome::Completed(value) = cancelled(code, CancelReason::Paused).await else {
        panic!("it was not completed")
    };
    assert_eq!(value.to_json(), r#"["paused"]"#);
}
