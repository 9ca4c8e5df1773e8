//! Sleeps, timers, tickers and calendars.

use serde_json::json;

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
                local past = time.sleep_until(begun)
                return { slept, woke, past, not time.now():before(later), time.sleep(0) }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("sleeps", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!([true, true, true, true, true])));
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
                return { second:after(first), open }
            end }
        "#,
        ..Parts::default()
    };
    in_every_way("tickers", parts, |scenario| {
        assert_eq!(scenario.run(&[]), Ok(json!([true, false])));
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
