use super::*;

const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

fn at(text: &str) -> Instant {
    parse(RFC3339_NANO, text, &Zone::utc()).unwrap().instant
}

#[test]
fn the_calendar_agrees_with_known_days() {
    for (text, unix, weekday, year_day) in [
        ("1970-01-01T00:00:00Z", 0, 4, 1),
        ("2000-02-29T12:00:00Z", 951_825_600, 2, 60),
        ("2026-11-21T00:00:00Z", 1_795_219_200, 6, 325),
        ("1969-12-31T23:59:59Z", -1, 3, 365),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 1, 1),
        ("2100-03-01T00:00:00Z", 4_107_542_400, 1, 60),
    ] {
        let instant = at(text);
        let civil = Civil::of(instant, &Zone::utc());
        assert_eq!((instant.unix(), civil.weekday, civil.year_day), (unix, weekday, year_day), "{text}");
        assert_eq!(format(RFC3339_NANO, instant, &Zone::utc()), text);
    }
}

#[test]
fn every_layout_of_go_writes_the_reference_time() {
    let zone = Zone { name: "MST".into(), offset: -7 * 3600 };
    let instant =
        Date { year: 2006, month: 1, day: 2, hour: 15, minute: 4, second: 5, nanosecond: 123_456_789 }.instant(&zone);
    for (layout, text) in [
        ("Mon Jan _2 15:04:05 2006", "Mon Jan  2 15:04:05 2006"),
        ("02 Jan 06 15:04 MST", "02 Jan 06 15:04 MST"),
        ("02 Jan 06 15:04 -0700", "02 Jan 06 15:04 -0700"),
        ("Monday, 02-Jan-06 15:04:05 MST", "Monday, 02-Jan-06 15:04:05 MST"),
        ("Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 02 Jan 2006 15:04:05 -0700"),
        ("2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-07:00"),
        (RFC3339_NANO, "2006-01-02T15:04:05.123456789-07:00"),
        ("3:04PM", "3:04PM"),
        ("Jan _2 15:04:05.000", "Jan  2 15:04:05.123"),
        ("2006-01-02 15:04:05", "2006-01-02 15:04:05"),
        ("2006-01-02", "2006-01-02"),
        ("15:04:05", "15:04:05"),
        ("__2 002 _2006", "  2 002 _2006"),
        ("Month", "Month"),
        ("03:04:05,00 pm", "03:04:05,12 pm"),
    ] {
        assert_eq!(format(layout, instant, &zone), text, "{layout}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let utc = Zone::utc();
    for layout in [RFC3339_NANO, "Mon, 02 Jan 2006 15:04:05.000000000 -0700", "2006 002 15:04:05.999999999"] {
        let instant = Instant(1_795_219_200 * NANOS + 7_000_120_000);
        let text = format(layout, instant, &utc);
        assert_eq!(parse(layout, &text, &utc).unwrap().instant, instant, "{layout}: {text}");
    }
}

#[test]
fn a_time_of_another_zone_is_the_same_instant() {
    let there = parse("2006-01-02T15:04:05Z07:00", "2026-11-21T02:30:00+02:30", &Zone::utc()).unwrap();
    assert_eq!(there.instant, at("2026-11-21T00:00:00Z"));
    assert_eq!(there.zone, Zone { name: String::new(), offset: 9_000 });
}

#[test]
fn what_is_no_time_is_refused_with_its_place() {
    let read = |layout: &str, text: &str| parse(layout, text, &Zone::utc()).unwrap_err();
    assert_eq!(read("2006-01-02", "2026-13-01"), "`2026-13-01` does not fit the layout `2006-01-02` at `13-01`");
    assert_eq!(read("2006-01-02", "2026-02-30"), "`2026-02-30` is no time: month 2 of year 2026 has no day 30");
    assert_eq!(read("15:04", "25:00"), "`25:00` is no time: there is no hour 25");
    assert_eq!(read("15:04", "12:00x"), "`12:00x` goes on after the layout `15:04` has ended: `x`");
    assert_eq!(read("Jan 2", "Foo 2"), "`Foo 2` does not fit the layout `Jan 2` at `Foo 2`");
}

#[test]
fn parts_beyond_their_range_are_carried() {
    let date = |year, month, day| Date { year, month, day, ..Date::default() }.instant(&Zone::utc());
    assert_eq!(date(2026, 10, 32), at("2026-11-01T00:00:00Z"));
    assert_eq!(date(2026, 14, 1), at("2027-02-01T00:00:00Z"));
    assert_eq!(date(2026, 0, 1), at("2025-12-01T00:00:00Z"));
    assert_eq!(date(2026, 3, 0), at("2026-02-28T00:00:00Z"));
}

#[test]
fn nothing_panics_on_odd_input() {
    for layout in ["", ".000000000000", "Z", "-07", "20", "é2006é", ".9", "_", "__", "PM", "Z07:00:00"] {
        for text in ["", "é", "1", "+", "Z", "-9", "12", "99999999999", ".1", "+99"] {
            let _ = parse(layout, text, &Zone::utc());
        }
        let _ = format(layout, Instant(i128::from(i64::MAX) * NANOS), &Zone { name: String::new(), offset: i32::MAX });
        let _ = format(layout, Instant(i128::from(i64::MIN)), &Zone::utc());
    }
    let _ = Date { year: i64::MAX, month: i64::MIN, day: i64::MAX, ..Date::default() }.instant(&Zone::utc());
}
