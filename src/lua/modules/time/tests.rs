use std::{rc::Rc, time::Duration};

use mlua::Lua;

use super::*;

/// What `source` gives, with `time` at hand; its clock shows 2026-11-21T09:30:00.5Z.
fn eval(source: &str) -> String {
    let lua = Lua::new();
    let clock = Rc::new(|| Duration::new(1_795_253_400, 500_000_000));
    Ambient::enter(&lua, &Rc::new(Ambient::new(1).with_clock(clock)));
    lua.globals().set("time", open(&lua).unwrap()).unwrap();
    lua.load(format!("local results = table.pack((function() {source} end)())
        for i = 1, results.n do results[i] = tostring(results[i]) end
        return table.concat(results, ' ')")).eval().unwrap()
}

#[test]
fn now_is_the_clock_of_the_run() {
    assert_eq!(eval("return time.now()"), "2026-11-21T09:30:00.5Z");
    assert_eq!(eval("return time.now():unix(), time.now():unix_nano()"), "1795253400 1795253400500000000");
}

#[test]
fn times_are_made_and_shown() {
    assert_eq!(eval("return time.date(2026, 2, 28, 23, 59, 59, 0):add('2s')"), "2026-03-01T00:00:01Z");
    assert_eq!(eval("return time.unix(0):format(time.RFC1123)"), "Thu, 01 Jan 1970 00:00:00 UTC");
    assert_eq!(eval("return time.parse(time.RFC3339, '2026-11-21T10:00:00+01:00'):utc()"), "2026-11-21T09:00:00Z");
    assert_eq!(eval("return time.date(2026, 1, 31):add_date(0, 1, 0):date()"), "2026 3 3");
    assert_eq!(eval("return time.unix(90):clock()"), "0 1 30");
    assert_eq!(eval("return time.unix(0):in_location(time.fixed_zone('CET', 3600))"), "1970-01-01T01:00:00+01:00");
}

#[test]
fn durations_are_read_and_counted() {
    assert_eq!(eval("return time.parse_duration('1m30s'):seconds(), time.parse_duration(1500000):milliseconds()"), "90 1");
    assert_eq!(eval("return time.unix(100):sub(time.unix(40))"), "1m0s");
    assert_eq!(eval("return time.parse_duration('-5s')"), "-5s");
    assert_eq!(eval("return time.parse_duration('1s') < time.parse_duration('2s')"), "true");
    assert_eq!(eval("return time.unix(7):round(time.parse_duration('5s')):unix(), time.unix(7):truncate(time.parse_duration('5s')):unix()"), "5 5");
}

#[test]
fn what_cannot_be_read_gives_nil_and_an_error() {
    assert_eq!(
        eval("local v, e = time.parse_duration('30') return v, e"),
        "nil time.parse_duration: `30` has no unit; write `30s` for seconds or `30ms` for milliseconds"
    );
    assert_eq!(
        eval("local v, e = time.load_location('Europe/Vienna') return v, e:kind()"),
        "nil NotFound"
    );
    assert_eq!(eval("return select(2, time.parse(time.DATE_ONLY, 'soon')):kind()"), "Invalid");
}
