//! Times as text: what Go writes and reads, and what it refuses.

use super::{format::format, moment::Moment, parse::parse, zone::Zone};

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
fn a_space_in_a_layout_stands_for_any_number_of_spaces() {
    let read = parse("Jan 2 2006", "Mar   5 2024", Zone::utc()).unwrap();
    assert_eq!(format(&read, "2006-01-02"), "2024-03-05");
}

#[test]
fn an_hour_may_be_one_digit_of_a_day_of_24() {
    let read = parse("2006-01-02 15:04", "2024-03-05 9:04", Zone::utc()).unwrap();
    assert_eq!(format(&read, RFC3339), "2024-03-05T09:04:00Z");
}

#[test]
fn a_zone_without_a_name_shows_its_distance_in_its_place() {
    let read = parse(RFC3339, "2024-03-05T15:04:09+02:00", Zone::utc()).unwrap();
    assert_eq!(format(&read, "15:04 -0700 MST"), "15:04 +0200 +0200");
}

#[test]
fn a_distance_that_the_zone_has_then_means_the_zone() {
    let berlin = Zone::load("Europe/Berlin").unwrap();
    let zone = |text: &str| parse(RFC3339, text, berlin.clone()).unwrap().zone;
    assert_eq!(zone("2024-07-05T15:04:09+02:00"), berlin);
    assert_eq!(zone("2024-07-05T15:04:09+01:00"), Zone::fixed("", 3_600).unwrap());
}

#[test]
fn the_name_of_a_zone_is_read_as_go_reads_it() {
    const LAYOUT: &str = "2006-01-02 15:04 MST";
    for (location, text, shown) in [
        ("Europe/Berlin", "2024-07-05 15:04 CEST", "2024-07-05T13:04:00Z CEST"),
        // What the zone calls so, though not then.
        ("America/New_York", "2024-07-05 15:04 EST", "2024-07-05T20:04:00Z EDT"),
        ("UTC", "2024-07-05 15:04 PST", "2024-07-05T15:04:00Z PST"),
        ("UTC", "2024-07-05 15:04 UTC", "2024-07-05T15:04:00Z UTC"),
        ("UTC", "2024-07-05 15:04 GMT-3", "2024-07-05T15:04:00Z GMT-3"),
        ("America/Sao_Paulo", "2024-07-05 15:04 -03", "2024-07-05T18:04:00Z -03"),
        ("Pacific/Guam", "2024-07-05 15:04 ChST", "2024-07-05T05:04:00Z ChST"),
    ] {
        let read = parse(LAYOUT, text, Zone::load(location).unwrap()).unwrap();
        let utc = format(&read.in_zone(Zone::utc()), RFC3339);
        assert_eq!(format!("{utc} {}", format(&read, "MST")), shown, "{location} {text}");
    }
}

#[test]
fn an_hour_that_is_skipped_or_shown_twice_is_what_go_makes_of_it() {
    for (location, parts, shown) in [
        ("Europe/Berlin", [2024, 3, 31, 2, 30, 0, 0], "2024-03-31T03:30:00+02:00"),
        ("America/New_York", [2024, 3, 10, 2, 30, 0, 0], "2024-03-10T01:30:00-05:00"),
        ("Europe/Berlin", [2024, 10, 27, 2, 30, 0, 0], "2024-10-27T02:30:00+01:00"),
        ("America/New_York", [2024, 11, 3, 1, 30, 0, 0], "2024-11-03T01:30:00-04:00"),
        ("Europe/London", [2024, 10, 27, 1, 30, 0, 0], "2024-10-27T01:30:00Z"),
        ("Asia/Tokyo", [2024, 3, 31, 2, 30, 0, 0], "2024-03-31T02:30:00+09:00"),
    ] {
        let moment = Moment::from_parts(parts, Zone::load(location).unwrap()).unwrap();
        assert_eq!(format(&moment, RFC3339), shown, "{location}");
    }
}

#[test]
fn another_day_keeps_the_hour_of_the_place() {
    let berlin = Zone::load("Europe/Berlin").unwrap();
    let before = Moment::from_parts([2024, 3, 30, 12, 0, 0, 0], berlin).unwrap();
    assert_eq!(format(&before.plus_date(0, 0, 1).unwrap(), RFC3339), "2024-03-31T12:00:00+02:00");
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
        ("2006-01-02 002", "2024-03-05 066", "the day of the year is another day than the date"),
        ("15:04 MST", "15:04 ABCD", "the name of a zone is missing"),
        ("2006-01-02 MST", "2024-03-00 CET", "there is no day 0"),
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
        ("select(2, time.date(1e12, 1, 1))", "the time lies too far away"),
        ("select(2, time.date(2024, 1, 1):add_date(9e11, 0, 0))", "the time lies too far away"),
        ("select(2, time.date(2024, 1, 1):add_date(-2^53, 2^53, -2^53))", "the time lies too far away"),
        ("time.parse_duration(-9.19e18)", "-2552777h46m40s"),
        ("select(2, time.parse_duration(1e308))", "the duration is too long"),
        ("table.concat({time.date(2024, 3, 5, 14, 4, 9):clock()}, ':')", "14:4:9"),
        ("time.date(1, 1, 1):is_zero()", "true"),
        ("pcall(time.date, 'x')", "false"),
        (
            "time.date(2024, 7, 5, 9, 0, 0, 0, time.load_location('Asia/Tokyo')):format(time.RFC1123)",
            "Fri, 05 Jul 2024 09:00:00 JST",
        ),
        ("time.unix(0):in_location(time.load_location('Europe/Paris')):in_local():location()", "UTC"),
        ("time.load_location('Europe/Paris') == time.load_location('Europe/Paris')", "true"),
        ("time.parse(time.DATE_TIME, '2024-07-05 09:00:00', time.load_location('Asia/Tokyo')):utc():hour()", "0"),
        (
            "select(2, pcall(function() return time.unix(0):format(('2'):rep(10000)) end))",
            "app:main:1: Time:format: `layout` has more than 8192 bytes",
        ),
        ("select(2, time.fixed_zone(('x'):rep(100), 0))", "the name of a zone has at most 64 bytes"),
        (
            "select(2, pcall(time.unix, 1e18, 0))",
            "app:main:1: time.unix: `seconds` must be a whole number within 2^53, got 1000000000000000000",
        ),
        (
            "select(2, pcall(time.unix, 0 / 0))",
            "app:main:1: time.unix: `seconds` must be a whole number within 2^53, got NaN",
        ),
        (
            "select(2, pcall(function() return time.unix(0):sub(5) end))",
            "app:main:1: Time:sub: `earlier` must be a Time, got a number",
        ),
        (
            "select(2, pcall(function() return time.unix(0):round('1h') end))",
            "app:main:1: Time:round: `step` must be a Duration, got a string; make one with `time.parse_duration`",
        ),
    ] {
        assert_eq!(lua(code), text, "{code}");
    }
}
