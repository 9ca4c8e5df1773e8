//! The modules of functions, seen from Lua.

use super::*;

#[tokio::test]
async fn variables_are_read_and_written() {
    let body = r#"
        local env = require("env")
        local before, missing = env.get("KEY")
        local written = env.set("KEY", "v")
        local _, locked = env.set("LOCKED", "v")
        return { missing = missing:kind(), written = written, locked = locked:kind(), now = env.get("KEY"), all = env.get_all() }
    "#;
    assert_eq!(
        value(body).await.to_json(),
        r#"{"all":{"KEY":"v"},"locked":"PermissionDenied","missing":"NotFound","now":"v","written":true}"#
    );
}

#[tokio::test]
async fn an_attempt_knows_itself() {
    let body = r#"
        local activity = require("activity")
        local info = activity.info()
        return { info.activity_type, info.activity_id, info.attempt, info.workflow_id, info.is_local, #activity.idempotency_key() }
    "#;
    assert_eq!(value(body).await.to_json(), r#"["app:f","7",2,"order-1",false,32]"#);
}

#[tokio::test]
async fn a_heartbeat_carries_details_to_the_next_attempt() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let remember = Arc::clone(&said);
    let context =
        FunctionContext { heartbeat: Arc::new(move |details| remember.lock().unwrap().push(details)), ..alone() };
    let code = r#"
        local activity = require("activity")
        return function()
            local at, of = activity.heartbeat_details()
            activity.heartbeat(at + 1, { of = of })
        end
    "#;
    let task = FunctionTask { heartbeat_details: vec![Value::Int(4), Value::Int(9)], ..task(Vec::new()) };
    Bench::new().run_with(&entry("f", code), task, context).await;
    assert_eq!(*said.lock().unwrap(), [vec![Value::Int(5), Value::from_json(br#"{"of":9}"#).unwrap()]]);
}

#[tokio::test]
async fn what_the_caller_passed_along_is_found() {
    let header = Value::from_json(br#"{"tenant":"a"}"#).unwrap();
    let task =
        FunctionTask { headers: [("wippy-context".to_owned(), header)].into_iter().collect(), ..task(Vec::new()) };
    let code = r#"
        local ctx = require("ctx")
        return function()
            local _, missing = ctx.get("user")
            return { ctx.get("tenant"), missing:message(), ctx.all().tenant }
        end
    "#;
    let outcome = Bench::new().run_with(&entry("f", code), task, alone()).await;
    let FunctionOutcome::Completed(value) = outcome else { panic!("{outcome:?}") };
    assert_eq!(value.to_json(), r#"["a","key not found: user","a"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_sleep_until_a_time_takes_what_is_left() {
    let body = r#"
        local time = require("time")
        local later = time.now():add("1h")
        return { time.sleep_until(time.unix(0)), time.sleep_until(later, { summary = "noon" }) }
    "#;
    let begun = tokio::time::Instant::now();
    assert_eq!(value(body).await.to_json(), "[true,true]");
    assert_eq!(begun.elapsed().as_secs().div_ceil(60), 60);
}

#[tokio::test(start_paused = true)]
async fn a_function_calls_another_in_the_process() {
    let mut bench = Bench::new();
    bench.functions.push(entry("double", "return function(n) require('time').sleep('1s') return 2 * n end"));
    bench.functions.push(entry("fail", "return function() return nil, errors.new('Busy', 'later') end"));
    let code = r#"
        local funcs = require("funcs")
        return function()
            local _, busy = funcs.call("app:fail")
            local _, unknown = funcs.call("app:doubel")
            return { funcs.call("double", 21), busy:kind(), unknown:message() }
        end
    "#;
    let outcome = bench.run_with(&entry("f", code), task(Vec::new()), alone()).await;
    let FunctionOutcome::Completed(value) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        value.to_json(),
        r#"[42,"Busy","no function of this project is called `app:doubel`; did you mean `app:double`?"]"#
    );
}

#[tokio::test]
async fn functions_that_call_one_another_without_end_are_stopped() {
    let mut bench = Bench::new();
    let entry = entry("f", "return function() return require('funcs').call('app:f') end");
    bench.functions.push(Arc::clone(&entry));
    let outcome = bench.run_with(&entry, task(Vec::new()), alone()).await;
    let FunctionOutcome::Failed(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.message, "functions call functions more than 16 deep");
}

#[tokio::test(start_paused = true)]
async fn time_is_the_real_one() {
    let body = r#"
        local time = require("time")
        local _, bad = time.sleep("soon")
        return { time.now():year() >= 2025, time.sleep(5 * time.MILLISECOND), bad:kind() }
    "#;
    assert_eq!(value(body).await.to_json(), r#"[true,true,"Invalid"]"#);
}

#[tokio::test(start_paused = true)]
async fn coroutines_work_side_by_side() {
    let body = r#"
        local time = require("time")
        local done = channel.new()
        for n = 1, 3 do
            coroutine.spawn(function()
                time.sleep(n .. "s")
                done:send(n)
            end)
        end
        return { (done:receive()), (done:receive()), (done:receive()) }
    "#;
    let began = tokio::time::Instant::now();
    assert_eq!(value(body).await.to_json(), "[1,2,3]");
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn timers_tell_the_time_through_channels() {
    let body = r#"
        local time = require("time")
        local told = {}
        local ticker = time.ticker("1s")
        local timer = time.timer("10s")
        local stopped = timer:reset("2500ms")
        local limit = time.after("1h")
        while #told < 3 do
            local case = channel.select{ ticker:channel(), timer:response(), limit }
            told[#told + 1] = if case.channel == timer:channel() then "timer" else "tick"
        end
        ticker:stop()
        local _, bad = time.after("0s")
        return { told, stopped, timer:stop(), bad:message() }
    "#;
    let began = tokio::time::Instant::now();
    assert_eq!(
        value(body).await.to_json(),
        r#"[["tick","tick","timer"],true,false,"time.after: the duration must be longer than nothing"]"#
    );
    assert_eq!(began.elapsed(), Duration::from_millis(2500));
}

#[tokio::test(start_paused = true)]
async fn calls_go_on_side_by_side_and_give_futures() {
    let mut bench = Bench::new();
    bench.functions.push(entry("double", "return function(n) require('time').sleep(n .. 's') return 2 * n end"));
    bench.functions.push(entry("who", "return function() return require('ctx').get('user') end"));
    let code = r#"
        local funcs = require("funcs")
        return function()
            local one, two = funcs.async("double", 1), funcs.async("double", 2)
            local never = funcs.async("double", 1000)
            never:cancel()
            local tenant = funcs.new():with_context({ user = "ada" })
            local _, option = tenant:with_options({ heartbeat_timeout = "1s" }):call("who")
            return {
                one:response():receive():data(),
                two:response():receive():data(),
                never:is_canceled(),
                tenant:call("who"),
                option:message(),
            }
        end
    "#;
    let began = tokio::time::Instant::now();
    let outcome = bench.run_with(&entry("f", code), task(Vec::new()), alone()).await;
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    let FunctionOutcome::Completed(value) = outcome else { panic!("{outcome:?}") };
    assert_eq!(
        value.to_json(),
        r#"[2,4,true,"ada","a function that is called by a function runs in the same process and has no option `heartbeat_timeout`"]"#
    );
}

#[tokio::test]
async fn a_function_has_what_workflows_have_to_write_and_to_sign() {
    let body = r#"
        local crypto, yaml = require("crypto"), require("yaml")
        local token = crypto.jwt.encode({ exp = os.time() + 60, sub = "a" }, "secret")
        return payload.new({ crypto.jwt.verify(token, "secret").sub, yaml.decode("[1]")[1], #crypto.random.bytes(9) })
    "#;
    assert_eq!(value(body).await.to_json(), r#"["a",1,9]"#);
}

#[tokio::test]
async fn a_function_may_work_on_passwords_for_as_long_as_it_may_run() {
    let body = "return #require('crypto').pbkdf2('password', 'salt', 100001, 32)";
    assert_eq!(value(body).await.to_json(), "32");
}

#[tokio::test]
async fn what_is_counted_is_kept_and_what_is_not_is_told() {
    let metrics = Metrics::kept();
    let mut bench = Bench::new();
    bench.world = Arc::new(World { metrics: metrics.clone(), ..World::clone(&bench.world) });
    let code = r#"return function()
        local metrics = require("metrics")
        local kept = metrics.counter_add("charged", 2.5, { method = "card" })
        local ok, err = metrics.gauge_set("charged", 1, { method = "card" })
        return { kept, ok == nil, err:kind(), err:message() }
    end"#;
    let outcome = bench.run_with(&entry("f", code), task(Vec::new()), alone()).await;
    let FunctionOutcome::Completed(value) = outcome else { panic!("{outcome:?}") };
    let told = r#"[true,true,"Invalid","`charged` is a counter already and cannot be a gauge as well"]"#;
    assert_eq!(value.to_json(), told);
    assert!(metrics.text().contains("charged{method=\"card\"} 2.5\n"), "{}", metrics.text());
}
