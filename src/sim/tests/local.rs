//! Local activities and side effects.

use super::*;

fn calling(options: &str) -> String {
    format!(
        "local funcs = require('funcs')
        return function()
            local calls = funcs.new():with_options({{ ['local'] = true, {options} }})
            local value, err = calls:call('app:f')
            return value or {{ err:kind(), err:message() }}
        end"
    )
}

#[tokio::test(start_paused = true)]
async fn a_local_activity_is_tried_again_without_a_step_of_the_run() {
    let bench = Bench::new(&calling(""))
        .doing(|task, _| async move {
            assert!(task.is_local);
            if task.attempt < 3 { failed("Busy") } else { done("at last") }
        })
        .attach();
    assert_eq!(bench.value(vec![]).await, "\"at last\"");
    assert_eq!(passed(&bench.engine), Duration::from_secs(1 + 2));
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_of_a_local_activity_becomes_a_timer_of_the_run() {
    let bench = Bench::new(&calling("retry_policy = { initial_interval = '10m' }"))
        .doing(|task, _| async move { if task.attempt < 2 { failed("Busy") } else { done("at last") } })
        .attach();
    let run = bench.begin(vec![]);
    assert_eq!(bench.result(&run).await, "\"at last\"");
    assert_eq!(passed(&bench.engine), Duration::from_mins(10));
    // Start; task; marker; task with a timer, fired; task; marker; task; end.
    assert_eq!(bench.engine.describe(&run).unwrap().row.history.events, 1 + 3 + 1 + 3 + 1 + 1 + 3 + 1 + 3 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_local_activity_fails_with_its_own_failure() {
    let bench = Bench::new(&calling("retry_policy = { maximum_attempts = 1 }"))
        .doing(|_, _| async { failed("Broke") })
        .attach();
    assert_eq!(bench.value(vec![]).await, r#"["Broke","no Broke"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_local_activity_may_take_too_long() {
    let bench = Bench::new(&calling("schedule_to_close_timeout = '5s'"))
        .doing(|_, _| async { std::future::pending().await })
        .attach();
    assert_eq!(bench.value(vec![]).await, r#"["Timeout","Activity timed out"]"#);
}

#[tokio::test(start_paused = true)]
async fn all_attempts_of_a_local_activity_have_one_time() {
    let bench =
        Bench::new(&calling("schedule_to_close_timeout = '10s'")).doing(|_, _| async { failed("Busy") }).attach();
    // Tried at 0, 1, 3 and 7 seconds; the next would be at 15.
    assert_eq!(bench.value(vec![]).await, r#"["Timeout","Activity timed out"]"#);
    assert_eq!(passed(&bench.engine), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn the_cause_of_a_local_activity_out_of_time_is_known_where_the_worker_waited() {
    for (threshold, cause) in [("1h", "\"Busy\""), ("1ms", "\"none\"")] {
        let code = format!(
            "local funcs = require('funcs')
            return function()
                local options = {{ ['local'] = {{ local_retry_threshold = '{threshold}' }}, schedule_to_close_timeout = '10s' }}
                local _, err = funcs.new():with_options(options):call('app:f')
                return err:cause() and err:cause():kind() or 'none'
            end"
        );
        let bench = Bench::new(&code).doing(|_, _| async { failed("Busy") }).attach();
        assert_eq!(bench.value(vec![]).await, cause, "{threshold}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_local_activity_hears_at_once_that_it_should_end() {
    let bench = Bench::new(&called_off("['local'] = true, cancellation_type = 'wait_completed'"))
        .doing(|_, context| async move {
            context.cancelled().await;
            FunctionOutcome::Cancelled(Failure::canceled("asked to"))
        })
        .attach();
    assert_eq!(bench.value(vec![]).await, "\"Canceled\"");
}

#[tokio::test(start_paused = true)]
async fn a_side_effect_runs_once_however_often_the_run_is_made_anew() {
    let bench = Bench::new(
        "local time, workflow = require('time'), require('workflow')
        return function()
            local drawn = workflow.side_effect(function() return math.random(1000000) end)
            time.sleep('1h')
            local again = workflow.side_effect(function() return drawn end)
            time.sleep('1h')
            return drawn == again
        end",
    )
    .with(|worker| worker.evicts_after_each_task = true)
    .attach();
    assert_eq!(bench.value(vec![]).await, "true");
}
