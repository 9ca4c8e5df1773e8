//! Times as text: what Go writes and reads, and what it refuses.

use super::{
    moment::Moment,
    text::{format, parse},
    zone::Zone,
};

const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

fn moment() -> Moment {
    Moment::from_parts([2024, 3, 5, 15, 4, 9, 120_000_000], Zone::fixed("CET", 3_600).unwrap()).unwrap()
}

#[test]
fn a_time_is_written_as_its_layout_shows() {
    for (layout, text) in [
        (RFC3339, "2024-03-05T15:04:09+01:00"),
        ("2006-01-02T15:04:05.999999999Z07:00", "2024-03-05T15:04:09.12+01:00"),
        ("02 Jan 06 15:04 MST", "05 Mar 24 15:04 CET"),
        ("Monday, 02-Jan-06 15:04:05 MST", "Tuesday, 05-Mar-24 15:04:09 CET"),
        ("Mon, 02 Jan 2006 15:04:05 -0700", "Tue, 05 Mar 2024 15:04:09 +0100"),
        ("3:04PM", "3:04PM"),
        ("Jan _2 15:04:05.000", "Mar  5 15:04:09.120"),
        ("January 2, 2006 (002)", "March 5, 2024 (065)"),
        ("1/2/06 03 pm -07", "3/5/24 03 pm +01"),
    ] {
        assert_eq!(format(&moment(), layout), text, "{layout}");
    }
}

#[test]
fn what_was_written_is_read_again() {
    for layout in [
        "2006-01-02T15:04:05.999999999Z07:00",
        "Mon, 02 Jan 2006 15:04:05.000 -0700",
        "Monday January _2 2006 03:04:05.99 PM -07:00",
        "2006 002 15:04:05,000 -07",
    ] {
        assert_eq!(parse(layout, &format(&moment(), layout), Zone::utc()).unwrap(), moment(), "{layout}");
    }
}

#[test]
fn a_fraction_may_follow_the_seconds_unasked() {
    let read = parse(RFC3339, "2024-03-05T14:04:09.12Z", Zone::utc()).unwrap();
    assert_eq!(read, moment());
}

#[test]
fn a_time_without_a_zone_is_in_the_one_that_is_given() {
    let read = parse("2006-01-02 15:04", "2024-03-05 15:04", Zone::fixed("X", 7_200).unwrap()).unwrap();
    assert_eq!(format(&read, RFC3339), "2024-03-05T15:04:00+02:00");
}

#[test]
fn what_is_no_time_is_told() {
    for (layout, text, reason) in [
        ("2006-01-02", "2024-13-01", "there is no month 13"),
        ("2006-01-02", "2024-02-30", "there is no such day in the month"),
        ("2006-01-02", "2024-02-03x", "`x` is left over"),
        ("2006-01-02", "2024/02/03", "`-` is missing before `/02/03`"),
        ("2006-01-02", "24-02-03", "a number is missing before `24-02-03`"),
        ("15:04", "24:00", "there is no hour 24"),
        (RFC3339, "2024-03-05T15:04:09", "the distance from UTC is missing"),
        ("Mon", "Xyz", "the name of a weekday is missing before `Xyz`"),
        ("Jan", "é", "the name of a month is missing before `é`"),
        ("2006 002", "2023 366", "there is no such day in the year"),
    ] {
        let failure = parse(layout, text, Zone::utc()).unwrap_err();
        assert_eq!(failure.message, format!("`{text}` is no time as `{layout}` shows one: {reason}"));
    }
}

/// What `code` gives as text, in a function that has `time`.
fn lua(code: &str) -> String {
    let lua = crate::lua::testing::lua();
    let environment = crate::lua::sandbox::environment(&lua).unwrap();
    environment.raw_set("time", super::table(&lua).unwrap()).unwrap();
    let chunk = crate::lua::testing::load(&lua, "app:main", &format!("return tostring({code})"), environment).unwrap();
    chunk.call(()).unwrap()
}

#[test]
fn lua_code_holds_times_and_durations_as_objects() {
    for (code, text) in [
        ("time.date(2024, 3, 5, 14, 4, 9, 120000000)", "2024-03-05T14:04:09.12Z"),
        ("time.date(2024, time.FEBRUARY, 29):add('36h'):format(time.DATE_TIME)", "2024-03-01 12:00:00"),
        ("time.date(2024, 1, 2):sub(time.date(2024, 1, 1))", "24h0m0s"),
        ("time.date(2024, 1, 2):sub(time.date(2024, 1, 1)):hours()", "24"),
        ("time.unix(1709647449, 5):unix_nano()", "1709647449000000005"),
        ("time.unix(0) == time.date(1970, 1, 1) and time.unix(0) < time.unix(1)", "true"),
        ("time.date(2024, 3, 5):in_location(time.fixed_zone('X', 3600)):location():string()", "X"),
        ("time.parse(time.DATE_ONLY, '2024-03-05'):weekday() == time.TUESDAY", "true"),
        ("select(2, time.parse(time.DATE_ONLY, 'x')):kind()", "Invalid"),
        ("select(2, time.load_location('Mars/Olympus')):kind()", "NotFound"),
        ("time.parse_duration('1h30m'):minutes()", "90"),
        (
            "time.parse_duration(1500):nanoseconds() + time.parse_duration(time.parse_duration('1us')):nanoseconds()",
            "2500",
        ),
        (
            "select(2, time.parse_duration('soon')):message()",
            "`soon` is no duration; write one as `30s`, `1h30m` or `500ms`",
        ),
        ("table.concat({time.date(2024, 3, 5, 14, 4, 9):clock()}, ':')", "14:4:9"),
        ("time.date(1, 1, 1):is_zero()", "true"),
        ("pcall(time.date, 'x')", "false"),
    ] {
        assert_eq!(lua(code), text, "{code}");
    }
}
