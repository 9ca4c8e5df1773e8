//! Activities: their attempts, their times, their ends.

use super::*;
use crate::value::FailureInfo;

/// Calls `app:f` with some options, and tells its error.
fn calling(options: &str) -> String {
    format!(
        "local funcs = require('funcs')
        return function(argument)
            local value, err = funcs.new():with_options({options}):call('app:f', argument)
            if value then return value end
            local details = err:details() or {{}}
            return {{ err:kind(), err:message(), details._retry_state, details.timeout_type }}
        end"
    )
}

async fn hangs(_: FunctionTask, context: FunctionContext) -> FunctionOutcome {
    context.cancelled().await;
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn an_activity_is_told_who_calls_it_and_its_result_comes_back() {
    let bench = Bench::new(&calling("{}"))
        .doing(|task, _| async move {
            let FunctionTask { activity_type, activity_id, workflow_id, workflow_type, attempt, .. } = task;
            done(&format!("{activity_type} {activity_id} {workflow_id} {workflow_type} {attempt}"))
        })
        .attach();
    assert_eq!(bench.value(vec![]).await, "\"app:f 1 order-1 app:main 1\"");
}

#[tokio::test(start_paused = true)]
async fn a_failed_activity_is_tried_again_after_growing_waits() {
    let bench = Bench::new(&calling("{}"))
        .doing(|task, _| async move { if task.attempt < 4 { failed("Busy") } else { done("at last") } })
        .attach();
    assert_eq!(bench.value(vec![]).await, "\"at last\"");
    assert_eq!(passed(&bench.engine), Duration::from_secs(1 + 2 + 4));
}

#[tokio::test(start_paused = true)]
async fn a_failure_may_say_when_to_try_again() {
    let bench = Bench::new(&calling("{}"))
        .doing(|task, _| async move {
            let info = FailureInfo::Application {
                next_retry_delay: Some(Duration::from_secs(90)),
                foreign_details: Vec::new(),
            };
            match task.attempt {
                1 => FunctionOutcome::Failed(Failure { info, ..Failure::new("Busy", "later") }),
                _ => done("later"),
            }
        })
        .attach();
    assert_eq!(bench.value(vec![]).await, "\"later\"");
    assert_eq!(passed(&bench.engine), Duration::from_secs(90));
}

#[tokio::test(start_paused = true)]
async fn an_activity_is_given_up_after_its_last_attempt() {
    let bench = Bench::new(&calling("{ retry_policy = { maximum_attempts = 2 } }"))
        .doing(|_, _| async { failed("Busy") })
        .attach();
    assert_eq!(bench.value(vec![]).await, r#"["Busy","no Busy","maximum_attempts_reached"]"#);
    assert_eq!(passed(&bench.engine), Duration::from_secs(1));
}

/// The end of a run that calls `app:f` twice with the id `a`; or why its task fails.
async fn called_twice(between: &str) -> Result<End, String> {
    let code = format!(
        "local funcs, workflow, time = require('funcs'), require('workflow'), require('time')
        local function call() return funcs.new():with_options({{ id = 'a' }}):call('app:f') end
        return function()
            local first = workflow.scope(call)
            {between}
            return call()
        end"
    );
    let bench = Bench::new(&code).doing(|_, _| async { done("done") }).attach();
    bench.engine.result(&bench.begin(vec![])).await.map_err(|problem| problem.to_string())
}

#[tokio::test(start_paused = true)]
async fn an_id_is_of_one_activity_at_a_time() {
    let Ok(End::Failed(refused)) = called_twice("").await else { panic!("it was not refused") };
    assert_eq!(refused.kind, "AlreadyExists");
    assert_eq!(called_twice("first:result()").await, Ok(End::Completed("done".into())));
}

#[tokio::test(start_paused = true)]
async fn an_id_is_no_longer_than_a_server_takes() {
    let bench = Bench::new(&calling("{ id = string.rep('a', 1001) }")).doing(|_, _| async { done("done") }).attach();
    let refused = "invalid temporal activity options for app:f: `id` has 1001 bytes; Temporal takes 1000";
    assert_eq!(bench.value(vec![]).await, format!(r#"["Invalid","{refused}"]"#));
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_name_a_timeout_that_is_not_retryable() {
    let options = "{ start_to_close_timeout = '5s', retry_policy = { non_retryable_error_types = { 'TemporalTimeout:StartToClose' } } }";
    let bench = Bench::new(&calling(options)).doing(hangs).attach();
    let end = bench.value(vec![]).await;
    assert_eq!(end, r#"["Timeout","activity StartToClose timeout","non_retryable_failure","start_to_close"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_a_type_that_is_not_retryable_is_the_last() {
    let bench = Bench::new(&calling("{ retry_policy = { non_retryable_error_types = { 'Broke' } } }"))
        .doing(|_, _| async { failed("Broke") })
        .attach();
    assert_eq!(bench.value(vec![]).await, r#"["Broke","no Broke","non_retryable_failure"]"#);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_all_attempts_ends_the_waits() {
    let bench =
        Bench::new(&calling("{ schedule_to_close_timeout = '10s' }")).doing(|_, _| async { failed("Busy") }).attach();
    // Tried at 0, 1, 3 and 7 seconds; the next would be at 15.
    assert_eq!(bench.value(vec![]).await, r#"["Busy","no Busy","timeout"]"#);
    assert_eq!(passed(&bench.engine), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_tried_again() {
    let bench = Bench::new(&calling("{ start_to_close_timeout = '5s', retry_policy = { maximum_attempts = 2 } }"))
        .doing(hangs)
        .attach();
    let end = bench.value(vec![]).await;
    assert_eq!(end, r#"["Timeout","activity StartToClose timeout","maximum_attempts_reached","start_to_close"]"#);
    assert_eq!(passed(&bench.engine), Duration::from_secs(5 + 1 + 5));
}

#[tokio::test(start_paused = true)]
async fn all_attempts_together_may_take_too_long() {
    let bench = Bench::new(&calling("{ schedule_to_close_timeout = '8s' }")).doing(hangs).attach();
    let end = bench.value(vec![]).await;
    assert_eq!(end, r#"["Timeout","activity ScheduleToClose timeout","non_retryable_failure","schedule_to_close"]"#);
    assert_eq!(passed(&bench.engine), Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn an_activity_that_nobody_begins_is_given_up() {
    let bench = Bench::new(&calling("{ schedule_to_start_timeout = '3s' }")).with(|worker| worker.activities = false);
    let bench = bench.attach();
    let end = bench.value(vec![]).await;
    assert_eq!(end, r#"["Timeout","activity ScheduleToStart timeout","non_retryable_failure","schedule_to_start"]"#);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_falls_silent_is_given_up() {
    let bench = Bench::new(&calling("{ heartbeat_timeout = '2s', retry_policy = { maximum_attempts = 1 } }"))
        .doing(|_, context| async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            (context.heartbeat)(vec!["here".into()]);
            std::future::pending().await
        })
        .attach();
    let end = bench.value(vec![]).await;
    assert_eq!(end, r#"["Timeout","activity Heartbeat timeout","maximum_attempts_reached","heartbeat"]"#);
}

#[tokio::test(start_paused = true)]
async fn the_next_attempt_has_what_the_last_one_said() {
    let bench = Bench::new(&calling("{}"))
        .doing(|task, context| async move {
            if task.attempt == 1 {
                (context.heartbeat)(vec![Value::Int(41)]);
                return failed("Busy");
            }
            FunctionOutcome::Completed(Value::List(task.heartbeat_details))
        })
        .attach();
    assert_eq!(bench.value(vec![]).await, "[41]");
}

/// Calls `app:f`, cancels the call soon, and goes on for a while.
fn cancelling(kind: &str) -> String {
    format!(
        "local funcs, time, workflow = require('funcs'), require('time'), require('workflow')
        return function()
            local call = workflow.scope(function()
                return funcs.new():with_options({{ cancellation_type = '{kind}' }}):call('app:f')
            end)
            time.sleep('10ms')
            call:cancel('enough')
            local _, err = call:result()
            time.sleep('30ms')
            return err:kind()
        end"
    )
}

/// A function that says again and again that it is there, until it is asked to end; and why it was.
/// Its time is real, and so is the engine's.
fn lively(kind: &str) -> (Bench, Arc<Mutex<Option<CancelReason>>>) {
    let ended = Arc::new(Mutex::new(None));
    let told = Arc::clone(&ended);
    let bench = Bench::on(Clock::Real, &cancelling(kind)).doing(move |_, context| {
        let told = Arc::clone(&told);
        async move {
            while context.reason().is_none() {
                tokio::time::sleep(Duration::from_millis(2)).await;
                (context.heartbeat)(Vec::new());
            }
            *told.lock().unwrap() = context.reason();
            FunctionOutcome::Cancelled(Failure::canceled("asked to"))
        }
    });
    (bench.attach(), ended)
}

#[tokio::test]
async fn a_cancelled_call_waits_for_the_activity_that_hears_of_it_with_its_heartbeat() {
    let (bench, ended) = lively("wait_completed");
    assert_eq!(bench.value(vec![]).await, "\"Canceled\"");
    assert_eq!(*ended.lock().unwrap(), Some(CancelReason::Cancel));
}

#[tokio::test]
async fn a_cancelled_call_goes_on_at_once_if_it_only_tries() {
    let bench = Bench::on(Clock::Real, &cancelling("try_cancel")).doing(hangs).attach();
    assert_eq!(bench.value(vec![]).await, "\"Canceled\"");
}

#[tokio::test]
async fn an_abandoned_activity_is_not_told() {
    let (bench, ended) = lively("abandon");
    assert_eq!(bench.value(vec![]).await, "\"Canceled\"");
    // When its run has ended it hears that nobody waits for it.
    assert_ne!(*ended.lock().unwrap(), Some(CancelReason::Cancel));
}

#[tokio::test(start_paused = true)]
async fn an_activity_between_two_attempts_is_cancelled_at_once() {
    let options = "cancellation_type = 'wait_completed', retry_policy = { initial_interval = '1h' }";
    let bench = Bench::new(&called_off(options)).doing(|_, _| async { failed("Busy") }).attach();
    assert_eq!(bench.value(vec![]).await, "\"Canceled\"");
    assert_eq!(passed(&bench.engine), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn a_result_that_no_payload_holds_fails_the_activity() {
    let bench = Bench::new(&calling("{}"))
        .doing(|_, _| async { FunctionOutcome::Completed(Value::List(vec![Value::Bytes(vec![0xff])])) })
        .attach();
    let end = bench.value(vec![]).await;
    assert!(end.starts_with(r#"["Invalid","the result: `[0]` is bytes inside a table"#), "{end}");
}

#[tokio::test]
async fn a_worker_runs_no_more_activities_at_once_than_it_has_slots() {
    let most = Arc::new(Mutex::new((0, 0)));
    let seen = Arc::clone(&most);
    let bench = Bench::on(
        Clock::Real,
        "local funcs = require('funcs')
        return function()
            local calls = {}
            for n = 1, 6 do calls[n] = funcs.async('app:f', n) end
            for n = 1, 6 do calls[n]:response():receive() end
            return 'all'
        end",
    )
    .with(|worker| worker.max_activities = 2)
    .doing(move |_, _| {
        let seen = Arc::clone(&seen);
        async move {
            {
                let mut seen = seen.lock().unwrap();
                seen.0 += 1;
                seen.1 = seen.0.max(seen.1);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            seen.lock().unwrap().0 -= 1;
            done("one")
        }
    })
    .attach();
    assert_eq!(bench.value(vec![]).await, "\"all\"");
    assert_eq!(most.lock().unwrap().1, 2);
}
