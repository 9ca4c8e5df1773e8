//! Sleeps, timers, tickers and calendars.

use serde_json::{Value, json};

use crate::support::{Parts, in_every_way, server};

#[test]
fn a_workflow_sleeps_for_a_time_and_until_a_time() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function()
                local begun = time.now()
                local slept = time.sleep("300ms", { summary = "a while" })
                local later = time.now():add("300ms")
                local woke = time.sleep_until(later)
                -- From here on no timer is asked for.
                require("workflow").side_effect(function() return 1 end)
                local past = time.sleep_until(begun)
                return { slept, woke, past, not time.now():before(later), time.sleep(0) }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("sleeps", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, true, true, true, true])));
        let events = server().history(&id);
        let is_marker = |event: &Value| event["eventType"] == "EVENT_TYPE_MARKER_RECORDED";
        let marker = events.iter().position(is_marker).unwrap();
        let timers = |events: &[Value]| -> Vec<Value> {
            let started = events.iter().map(|event| &event["timerStartedEventAttributes"]["startToFireTimeout"]);
            started.filter(|after| after.is_string()).cloned().collect()
        };
        assert_eq!(timers(&events)[0], "0.300s");
        assert!(timers(&events[..marker]).len() >= 2, "{events:?}");
        assert_eq!(timers(&events[marker..]), Vec::<Value>::new());
    });
}

#[test]
fn what_a_run_asks_for_says_in_the_history_what_it_is_for() {
    let parts = Parts {
        flow: r#"
            local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
            local function never() return false end
            return { main = function()
                time.sleep("1ms", { summary = "a sleep" })
                workflow.await(never, "1ms", { summary = "an await" })
                workflow.wait_signal("never", { timeout = "1ms", summary = "a signal" })
                workflow.with_timeout("1h", function() time.sleep("1ms", { summary = "inside" }) end, { summary = "a limit" })
                funcs.new():with_options({ summary = "an activity" }):call("t:same", 1)
                workflow.side_effect(function() return 1 end, { summary = "a record" })
                local local_call = {
                    summary = "a local call",
                    ["local"] = true,
                    local_retry_threshold = "1ms",
                    retry_policy = { initial_interval = "10ms", maximum_attempts = 2 },
                }
                funcs.new():with_options(local_call):call("t:broken", 1)
            end }
        "#,
        functions: "return { same = function(value) return value end, \
                    broken = function() return nil, errors.new('no') end }",
        activities: &["same", "broken"],
        ..Parts::default()
    };
    in_every_way("summaries", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert!(scenario.end(&id).is_ok());
        let summaries = |event_type: &str| -> Vec<Value> {
            server().events(&id, event_type).iter().map(|event| event["userMetadata"]["summary"].clone()).collect()
        };
        assert_eq!(
            summaries("EVENT_TYPE_TIMER_STARTED"),
            ["a sleep", "an await", "a signal", "a limit", "inside", "a local call"].map(Value::from)
        );
        assert_eq!(summaries("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED"), [json!("an activity")]);
        // Each attempt of the local call that a timer follows has a record of its own.
        assert_eq!(
            summaries("EVENT_TYPE_MARKER_RECORDED"),
            ["a record", "a local call", "a local call"].map(Value::from)
        );
    });
}

#[test]
fn a_timer_is_stopped_and_set_anew() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function()
                local stopped, anew = time.timer("1h"), time.timer("1h")
                -- What is taken back in the task that asked for it is never asked for.
                time.sleep("1ms")
                local was_running = { stopped:stop(), anew:reset("200ms"), stopped:stop() }
                local fired = channel.select({
                    stopped:channel():case_receive(), anew:channel():case_receive(), time.after("1h"):case_receive(),
                })
                return { was_running, fired.channel == anew:channel() }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("timers", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([[true, true, false], true])));
        let timers =
            ["STARTED", "CANCELED", "FIRED"].map(|what| server().events(&id, &format!("EVENT_TYPE_TIMER_{what}")));
        assert_eq!(timers.map(|events| events.len()), [5, 2, 2]);
    });
}

#[test]
fn what_fired_and_was_not_received_is_taken_back_by_a_stop_and_a_reset() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function()
                local anew, stopped = time.timer("1ms"), time.timer("1ms")
                time.sleep("300ms")
                anew:reset("100ms")
                stopped:stop()
                local unread = channel.select({ anew:channel(), stopped:channel(), default = true })
                local begun = time.now()
                local fired = anew:channel():receive()
                return { unread.default, fired:after(begun) }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("timers-unread", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!([true, true])));
    });
}

#[test]
fn a_ticker_gives_the_time_until_it_is_stopped() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function()
                local ticker = time.ticker("150ms")
                local first = ticker:channel():receive()
                local second = ticker:channel():receive()
                ticker:stop()
                local _, open = ticker:channel():receive()
                -- What is taken back in the task that asked for it is never asked for.
                local slow = time.ticker("1h")
                time.sleep("1ms")
                slow:stop()
                time.sleep("1ms")
                return { second:after(first), open }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("tickers", parts, |scenario| {
        let id = scenario.begin(&[]);
        assert_eq!(scenario.end(&id), Ok(json!([true, false])));
        let timers =
            ["STARTED", "FIRED", "CANCELED"].map(|what| server().events(&id, &format!("EVENT_TYPE_TIMER_{what}")));
        assert_eq!(timers.map(|events| events.len()), [5, 4, 1]);
    });
}

/// Four checks a day for thirty days, a run for each day; a millisecond stands for six hours.
#[test]
fn a_month_of_checks_gives_all_its_items() {
    let parts = Parts {
        flow: r#"
            local funcs, time, workflow = require("funcs"), require("time"), require("workflow")
            return { main = function(day, items)
                items = items or {}
                for hour = 6, 24, 6 do
                    items[#items + 1] = funcs.call("t:check", day * 100 + hour)
                    time.sleep("1ms")
                end
                if day == 30 then
                    return items
                end
                workflow.continue_as_new(day + 1, items)
            end }
        "#,
        functions: "return { check = function(n) return n end }",
        activities: &["check"],
        ..Parts::default()
    };
    in_every_way("month", parts, |scenario| {
        let id = scenario.begin(&[json!(1)]);
        let renewed = Err(json!("EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW"));
        while server().end(&id) == renewed {}
        let items: Vec<u32> = (1..=30).flat_map(|day| (6..=24).step_by(6).map(move |hour| day * 100 + hour)).collect();
        assert_eq!(scenario.end(&id), Ok(json!(items)));
    });
}

#[test]
fn a_calendar_needs_no_zone_of_the_machine() {
    let parts = Parts {
        flow: r#"
            local time = require("time")
            return { main = function(place, text)
                local zone = time.load_location(place)
                local read = time.parse(time.DATE_TIME, text, zone)
                time.sleep("100ms")
                local summer = read:add_date(0, 6, 0)
                return { read:utc():format(time.RFC3339), summer:format("15:04 MST"), summer:in_local():format("15:04 MST") }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("calendars", parts, |scenario| {
        let arguments = [json!("Europe/Berlin"), json!("2026-01-15 09:00:00")];
        assert_eq!(scenario.run(&arguments), Ok(json!(["2026-01-15T08:00:00Z", "09:00 CEST", "07:00 UTC"])));
    });
}

#[test]
fn a_local_activity_has_one_time_for_all_its_attempts() {
    let parts = Parts {
        flow: r#"
            local funcs = require("funcs")
            return { main = function()
                local ended = {}
                -- Both ways to wait for the next attempt: in the worker, and by a timer.
                for n, threshold in ipairs({ "1h", "1ms" }) do
                    local options = { ["local"] = { local_retry_threshold = threshold } }
                    local _, err = funcs.new():with_options(options):call("t:never")
                    ended[n] = { err:kind(), err:retryable(), err:details().timeout_type }
                end
                return ended
            end }
        "#,
        functions: r#"
            return { never = function()
                return nil, errors.new({ kind = "Unavailable", message = "not yet", retryable = true })
            end }
        "#,
        activities: &["never"],
        options: "activity.schedule_to_close_timeout: 2s\n\
                  activity.retry_policy: {initial_interval: 100ms, backoff_coefficient: 1}",
        ..Parts::default()
    };
    in_every_way("local-time", parts, |scenario| {
        let ended = json!(["Timeout", false, "schedule_to_close"]);
        assert_eq!(scenario.run(&[]), Ok(json!([ended, ended])));
    });
}
