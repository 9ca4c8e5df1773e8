//! How an attempt ends.

use arc_swap::ArcSwap;
use futures_util::future::join_all;

use super::*;
use crate::diag::Diagnostic;

#[tokio::test]
async fn a_value_completes_the_attempt() {
    let outcome = run("return function(a, b) return { sum = a + b } end", vec![Value::Int(1), Value::Int(2)]).await;
    assert_eq!(outcome, FunctionOutcome::Completed(Value::from_json(br#"{"sum":3}"#).unwrap()));
}

#[tokio::test]
async fn nothing_is_a_value_too() {
    assert_eq!(value("").await, Value::Null);
}

#[tokio::test]
async fn bytes_come_back_as_bytes() {
    assert_eq!(value(r#"return "\xff\x00""#).await, Value::Bytes(vec![0xff, 0]));
}

#[tokio::test]
async fn a_returned_error_object_fails_as_its_author_says() {
    let failure = failure(
        r#"return nil, errors.new{ message = "no", kind = "OutOfStock", retryable = false, details = { n = 1 } }"#,
    )
    .await;
    assert_eq!((failure.kind.as_str(), failure.message.as_str(), failure.retryable), ("OutOfStock", "no", Some(false)));
    assert_eq!(failure.details.unwrap().to_json(), r#"{"n":1}"#);
}

#[tokio::test]
async fn a_raised_error_object_fails_as_its_author_says() {
    let failure = failure(r#"error(errors.new{ message = "later", kind = "Busy" })"#).await;
    assert_eq!((failure.kind.as_str(), failure.message.as_str(), failure.retryable), ("Busy", "later", None));
}

#[tokio::test]
async fn a_returned_text_is_an_error_that_is_not_retried() {
    let failure = failure(r#"return nil, "no luck""#).await;
    assert_eq!(
        (failure.kind.as_str(), failure.message.as_str(), failure.retryable),
        ("Internal", "no luck", Some(false))
    );
}

#[tokio::test]
async fn a_second_value_that_is_no_error_is_told() {
    let failure = failure("return 1, 2").await;
    assert_eq!(
        failure.message,
        "the second value that a function returns is its error, a text or one of `errors.new`; this is a number"
    );
}

#[tokio::test]
async fn a_bug_is_a_lua_error_with_its_place() {
    let code = "local function inner(order)\n  return order.items\nend\nreturn function() return inner(nil) end";
    let FunctionOutcome::Failed(failure) = run(code, Vec::new()).await else { panic!("it did not fail") };
    assert_eq!((failure.kind.as_str(), failure.retryable), ("LuaError", Some(true)));
    assert_eq!(failure.message, "f.lua:2: attempt to index nil with 'items'");
    assert_eq!(failure.stack, "f.lua:2: in inner\nf.lua:4");
}

#[tokio::test(start_paused = true)]
async fn a_bug_after_a_wait_has_its_place_too() {
    let code = "return function()\n  require('time').sleep('1s')\n  local nothing\n  return nothing.x\nend";
    let FunctionOutcome::Failed(failure) = run(code, Vec::new()).await else { panic!("it did not fail") };
    assert_eq!(failure.message, "f.lua:4: attempt to index nil with 'x'");
}

#[tokio::test]
async fn a_result_that_no_payload_can_hold_is_not_retried() {
    let failure = failure("return { a = { print } }").await;
    assert_eq!((failure.kind.as_str(), failure.retryable), ("Invalid", Some(false)));
    assert_eq!(failure.message, "the result cannot leave the function: `a[1]`: a function cannot be written");
}

#[tokio::test]
async fn a_loop_without_end_is_ended_and_not_retried() {
    let mut limits = PROFILE.limits.clone();
    limits.instructions = 100_000;
    let profile: &'static Profile = Box::leak(Box::new(Profile { limits, ..copy(&PROFILE) }));
    let entry = super::entry_of(profile, "f", "return function() while true do pcall(error) end end", Allow::default());
    let outcome = Bench::new().run_with(&entry, task(Vec::new()), alone()).await;
    let FunctionOutcome::Failed(failure) = outcome else { panic!("it did not fail") };
    assert_eq!(failure.retryable, Some(false));
    assert_eq!(failure.message, "f.lua:1: the function ran 100000 steps without waiting, which is more than it may");
    assert_eq!(failure.stack, "f.lua:1");
}

#[tokio::test(start_paused = true)]
async fn what_is_held_over_waits_has_a_limit() {
    // No garbage, so that it does not hang on the collector's pace when the limit is noticed.
    let code = "return function()
        local time, t = require('time'), {}
        for i = 1, 60 do
            t[i] = ('x'):rep(3e6 + i)
            time.sleep('1ms')
        end
    end";
    let failure = Bench::new().run_with(&small("f", code), task(Vec::new()), alone()).await;
    let FunctionOutcome::Failed(failure) = failure else { panic!("it did not fail") };
    assert_eq!(failure.message, "f.lua:5: the function holds 18 MiB of memory while it waits; 16 MiB is the most");
    assert_eq!(failure.retryable, Some(false));
}

#[tokio::test(start_paused = true)]
async fn what_is_held_shows_beside_neighbours_that_make_garbage() {
    let code = "return function(holds)
        local time, t = require('time'), {}
        for i = 1, 60 do
            local large = ('x'):rep(3e6) .. i .. (holds and 'held' or 'garbage')
            if holds then t[i] = large end
            for _ = 1, holds and 1 or 5 do time.sleep('1ms') end
        end
        return 'done'
    end";
    let (bench, entry) = (Bench::new(), small("f", code));
    let call = |holds: bool| bench.run_with(&entry, task(vec![Value::Bool(holds)]), alone());
    let (held, first, second) = tokio::join!(call(true), call(false), call(false));
    let FunctionOutcome::Failed(failure) = held else { panic!("it did not fail") };
    assert!(failure.message.ends_with(" MiB of memory while it waits; 16 MiB is the most"), "{}", failure.message);
    assert_eq!((first, second), (FunctionOutcome::Completed("done".into()), FunctionOutcome::Completed("done".into())));
}

#[tokio::test(start_paused = true)]
async fn calls_by_the_hundred_may_wait_at_once() {
    let code = "return function(number) require('time').sleep('1s') return number end";
    let (bench, entry) = (Bench::new(), small("f", code));
    let calls = (0..600).map(|number| bench.run_with(&entry, task(vec![Value::Int(number)]), alone()));
    let outcomes = join_all(calls).await;
    assert_eq!(outcomes, (0..600).map(|number| FunctionOutcome::Completed(number.into())).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn garbage_of_many_slices_is_not_held() {
    let code = "return function()
        local time = require('time')
        for i = 1, 200 do
            local t = table.create(1e5, i)
            time.sleep('1ms')
        end
        return 'done'
    end";
    let outcome = Bench::new().run_with(&small("f", code), task(Vec::new()), alone()).await;
    assert_eq!(outcome, FunctionOutcome::Completed("done".into()));
}

/// A function that may take 16 MiB.
fn small(name: &str, code: &str) -> std::sync::Arc<FunctionEntry> {
    let mut limits = PROFILE.limits.clone();
    limits.memory = 16 * 1024 * 1024;
    let profile: &'static Profile = Box::leak(Box::new(Profile { limits, ..copy(&PROFILE) }));
    super::entry_of(profile, name, code, Allow::default())
}

fn copy(profile: &Profile) -> Profile {
    Profile { limits: profile.limits.clone(), ..*profile }
}

#[tokio::test]
async fn a_stray_yield_is_a_lua_error() {
    let failure = failure("coroutine.yield(1)").await;
    let said = "f.lua:1: coroutine.yield: no code has resumed this coroutine, so nobody gets what it yields; resume it, or \
                wait with the functions of metonic";
    assert_eq!(failure.message, said);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_ends_with_its_time() {
    let code = "return function() require('time').sleep('1h') end";
    let limited = FunctionTask { start_to_close: Some(Duration::from_secs(3)), ..task(Vec::new()) };
    let began = tokio::time::Instant::now();
    let outcome = Bench::new().run_with(&entry("f", code), limited, alone()).await;
    let FunctionOutcome::Failed(failure) = outcome else { panic!("it did not fail") };
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Timeout", "the function did not end within 3s"));
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn nothing_of_an_attempt_is_left_for_the_next() {
    let code = "count = (count or 0)\nlocal upvalue = 0\nreturn function() count += 1 upvalue += 1 return { count, upvalue } end";
    let (bench, entry) = (Bench::new(), entry("f", code));
    for _ in 0..3 {
        let outcome = bench.run_with(&entry, task(Vec::new()), alone()).await;
        assert_eq!(outcome, FunctionOutcome::Completed(Value::List(vec![Value::Int(1), Value::Int(1)])));
    }
}

#[tokio::test(start_paused = true)]
async fn two_hundred_sleepers_on_one_lane_take_one_sleep() {
    let code = "return function(n) assert(require('time').sleep('1s')) return n end";
    let (bench, entry) = (Bench::new(), entry("f", code));
    let began = tokio::time::Instant::now();
    let runs = (0..200).map(|n| bench.run_with(&entry, task(vec![Value::Int(n)]), alone()));
    let outcomes = join_all(runs.collect::<Vec<_>>()).await;
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    let expected: Vec<_> = (0..200).map(|n| FunctionOutcome::Completed(Value::Int(n))).collect();
    assert_eq!(outcomes, expected);
}

#[tokio::test(start_paused = true)]
async fn a_sleep_inside_a_coroutine_of_the_author_sleeps() {
    let body = r#"
        local time = require("time")
        local began = {}
        local generate = coroutine.wrap(function()
            for n = 1, 3 do
                time.sleep("1s")
                coroutine.yield(n)
            end
        end)
        return { generate(), generate(), generate() }
    "#;
    let began = tokio::time::Instant::now();
    assert_eq!(value(body).await.to_json(), "[1,2,3]");
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

fn runner(entry: &Arc<FunctionEntry>) -> Runner {
    let catalog = Catalog::new([("app:f".to_owned(), Arc::clone(entry))], []);
    Runner::new(start_lanes(1).unwrap(), Arc::new(ArcSwap::from_pointee(catalog)), Bench::new().world)
}

#[tokio::test]
async fn an_unknown_type_names_what_there_is() {
    let runner = runner(&entry("f", "return function() end"));
    let unknown = FunctionTask { activity_type: "app:g".to_owned(), ..task(Vec::new()) };
    let FunctionOutcome::Failed(failure) = runner.run(unknown, alone()).await else { panic!("it did not fail") };
    assert_eq!((failure.kind.as_str(), failure.retryable), ("NotFound", Some(true)));
    assert_eq!(failure.message, "this worker has no activity `app:g`; it has `app:f`");
}

#[tokio::test]
async fn an_unknown_type_is_told_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let target = Arc::clone(&told);
    let show = move |diagnostic: &Diagnostic| target.lock().unwrap().push(diagnostic.headline.clone());
    let runner = runner(&entry("f", "return function() end")).told_by(Teller::shown_by(Some(Arc::new(show))));
    for attempt in 1..4 {
        let unknown = FunctionTask { activity_type: "app:g".to_owned(), attempt, ..task(Vec::new()) };
        runner.run(unknown, alone()).await;
    }
    assert_eq!(*told.lock().unwrap(), ["this worker has no activity `app:g`; it has `app:f`"]);
}

#[tokio::test]
async fn a_lane_runs_attempts_from_anywhere() {
    let runner = runner(&entry("f", "return function(n) return n + 1 end"));
    let outcome = runner.run(task(vec![Value::Int(41)]), alone()).await;
    assert_eq!(outcome, FunctionOutcome::Completed(Value::Int(42)));
}

#[tokio::test]
async fn a_panic_of_ours_ends_its_attempt_and_not_its_lane() {
    let runner = runner(&entry("f", "return function(x) if x then require('activity').heartbeat() end return 1 end"));
    let context = FunctionContext { heartbeat: Arc::new(|_| panic!("boom")), ..alone() };
    let FunctionOutcome::Failed(failure) = runner.run(task(vec![Value::Bool(true)]), context).await else {
        panic!("it did not fail")
    };
    assert_eq!((failure.kind.as_str(), failure.retryable), ("Internal", Some(true)));
    assert!(failure.message.ends_with("broke while it ran the function: boom"), "{}", failure.message);
    let outcome = runner.run(task(Vec::new()), alone()).await;
    assert_eq!(outcome, FunctionOutcome::Completed(Value::Int(1)));
}

#[tokio::test]
async fn coroutines_that_wait_for_one_another_are_told_so() {
    let failure = failure("channel.new():receive()").await;
    assert_eq!(failure.message, "every coroutine waits for another one, and nothing else can wake them");
}
