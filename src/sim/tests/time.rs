//! Time that skips, and what people would have waited for.

use super::*;

#[tokio::test(start_paused = true)]
async fn months_pass_in_a_moment() {
    let bench = Bench::new("return function() require('time').sleep('2400h') return 'slept' end").attach();
    assert_eq!(bench.value(vec![]).await, "\"slept\"");
    assert_eq!(passed(&bench.engine), Duration::from_hours(2400));
}

#[tokio::test(start_paused = true)]
async fn time_stands_still_while_nobody_waits() {
    let bench = Bench::new("return function() require('time').sleep('1h') end").attach();
    let run = bench.begin(vec![]);
    assert_eq!(bench.engine.query(&run, "__stack_trace", vec![]).await.map(|_| ()), Ok(()));
    assert_eq!(passed(&bench.engine), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn timers_of_one_moment_come_in_one_step_in_their_order() {
    let bench = Bench::new(
        "local time, workflow = require('time'), require('workflow')
        return function()
            local order = {}
            for _, name in ipairs({ 'a', 'b', 'c' }) do
                coroutine.spawn(function() time.sleep('1h') order[#order + 1] = name end)
            end
            time.sleep('1h')
            time.sleep('1ms')
            return { order, workflow.history_length() }
        end",
    )
    .attach();
    // Start; task; four timers; four fired; task; one timer, fired; scheduled and started.
    assert_eq!(bench.value(vec![]).await, r#"[["a","b","c"],19]"#);
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_cancelled_does_not_fire() {
    let bench = Bench::new(
        "local time, workflow = require('time'), require('workflow')
        return function()
            local _, err = workflow.with_timeout('1m', function() time.sleep('1h') end)
            return tostring(err:kind())
        end",
    )
    .attach();
    assert_eq!(bench.value(vec![]).await, "\"Timeout\"");
    assert_eq!(passed(&bench.engine), Duration::from_mins(1));
}

/// S82: thirty days, checked each hour.
#[tokio::test(start_paused = true)]
async fn a_month_of_hourly_checks_gives_all_its_items() {
    let bench = Bench::new(
        "local time, funcs = require('time'), require('funcs')
        return function()
            local items = {}
            for day = 1, 30 do
                for hour = 1, 24 do
                    items[#items + 1] = funcs.call('app:check', day * 100 + hour)
                    time.sleep('1h')
                end
            end
            return { #items, items[1], items[720] }
        end",
    )
    .attach();
    assert_eq!(bench.value(vec![]).await, "[720,101,3024]");
    assert_eq!(passed(&bench.engine), Duration::from_hours(720));
}

/// S102: a hundred polls of a job that never ends.
#[tokio::test(start_paused = true)]
async fn a_job_that_never_ends_is_given_up_after_a_hundred_polls() {
    let polls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&polls);
    let bench = Bench::new(
        "local time, funcs = require('time'), require('funcs')
        return function()
            for _ = 1, 100 do
                if funcs.call('app:status') == 'done' then return 'done' end
                time.sleep('60s')
            end
            return 'timed out'
        end",
    )
    .doing(move |_, _| {
        *counted.lock().unwrap() += 1;
        async { done("running") }
    })
    .attach();
    assert_eq!(bench.value(vec![]).await, "\"timed out\"");
    assert_eq!((*polls.lock().unwrap(), passed(&bench.engine)), (100, Duration::from_mins(100)));
}

/// S102, as the guide to activities recommends: the retry policy does the asking.
#[tokio::test(start_paused = true)]
async fn a_job_is_polled_by_the_retries_of_one_call() {
    let bench = Bench::new(
        "local funcs = require('funcs')
        return function()
            local call = funcs.new():with_options({
                start_to_close_timeout = '10s',
                retry_policy = { initial_interval = '60s', backoff_coefficient = 1, maximum_attempts = 100 },
            })
            local result, err = call:call('app:ask')
            return { result, err and err:message() }
        end",
    )
    .doing(|task, _| async move { if task.attempt < 42 { failed("Running") } else { done("done") } })
    .attach();
    assert_eq!(bench.value(vec![]).await, "[\"done\"]");
    assert_eq!(passed(&bench.engine), Duration::from_mins(41));
}

const CRISIS: &str = "local workflow, time = require('workflow'), require('time')
return function()
    local answer = workflow.wait_signal('decided', { timeout = '4h' })
    return { answer and 'decided' or 'escalated', time.now():unix() }
end";

/// S111: nobody decides in time.
#[tokio::test(start_paused = true)]
async fn a_crisis_that_nobody_decides_escalates_at_its_time() {
    let bench = Bench::new(CRISIS).attach();
    assert_eq!(bench.value(vec![]).await, format!("[\"escalated\",{}]", 1_767_225_600 + 4 * 3600));
}

#[tokio::test(start_paused = true)]
async fn a_crisis_that_somebody_decides_does_not_escalate() {
    let bench = Bench::new(CRISIS).attach();
    let run = bench.begin(vec![]);
    bench.engine.sleep(Duration::from_hours(3)).await;
    bench.engine.signal(&run, signal("decided", "yes")).unwrap();
    assert_eq!(bench.result(&run).await, format!("[\"decided\",{}]", 1_767_225_600 + 3 * 3600));
}

#[tokio::test(start_paused = true)]
async fn the_same_requests_give_the_same_run_ids_and_the_same_chance() {
    let code = "return function() return { require('workflow').info().run_id, math.random(1000000) } end";
    let first = Bench::new(code).attach().value(vec![]).await;
    assert_eq!(Bench::new(code).attach().value(vec![]).await, first);
}

#[tokio::test]
async fn the_real_clock_shows_the_time_of_the_machine() {
    let bench = Bench::on(Clock::Real, "return function() require('time').sleep('20ms') return 'slept' end").attach();
    let before = bench.engine.now();
    assert_eq!(bench.value(vec![]).await, "\"slept\"");
    assert!(bench.engine.now() >= before + Duration::from_millis(20));
}
