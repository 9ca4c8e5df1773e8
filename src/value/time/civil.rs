//! Days and the Gregorian calendar, extended in both directions.

use super::{Instant, NANOS, Zone};

const SECONDS_A_DAY: i64 = 86_400;

/// What a time is called in a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: u32,
    /// 1 to 31.
    pub(crate) day: u32,
    pub(crate) hour: u32,
    pub(crate) minute: u32,
    pub(crate) second: u32,
    pub(crate) nanosecond: u32,
    /// 0 is Sunday.
    pub(crate) weekday: u32,
    /// 1 to 366.
    pub(crate) year_day: u32,
}

/// A date and time as somebody writes it. Parts beyond their range are carried: October 32 is
/// November 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) nanosecond: i64,
}

impl Civil {
    pub(crate) fn of(instant: Instant, zone: &Zone) -> Self {
        let seconds = instant.unix().saturating_add(i64::from(zone.offset));
        let days = seconds.div_euclid(SECONDS_A_DAY);
        let second_of_day = part(seconds.rem_euclid(SECONDS_A_DAY));
        let (year, month, day) = date_of(days);
        Self {
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            nanosecond: instant.subsecond(),
            // 1970-01-01 was a Thursday.
            weekday: part((days + 4).rem_euclid(7)),
            year_day: part(days - days_before(year, 1, 1) + 1),
        }
    }
}

impl Date {
    /// The instant that this is in a zone.
    pub(crate) fn instant(self, zone: &Zone) -> Instant {
        let months = i128::from(self.month) - 1;
        let year = i128::from(self.year) + months.div_euclid(12);
        let year = i64::try_from(year).unwrap_or(i64::MAX / 400).clamp(-1_000_000_000, 1_000_000_000);
        let month = part(i64::try_from(months.rem_euclid(12)).expect("a remainder of twelve fits")) + 1;
        let days = i128::from(days_before(year, month, 1)) + i128::from(self.day) - 1;
        let seconds = days * i128::from(SECONDS_A_DAY)
            + i128::from(self.hour) * 3600
            + i128::from(self.minute) * 60
            + i128::from(self.second)
            - i128::from(zone.offset);
        Instant(seconds * NANOS + i128::from(self.nanosecond))
    }
}

/// How many days a month has.
pub(super) fn days_in(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0 && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date. Years are counted from March, so that the leap day is the last.
fn days_before(year: i64, month: u32, day: u32) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = i64::from((153 * month + 2) / 5 + day - 1);
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    // 719 468 days lie between 0000-03-01 and 1970-01-01.
    era * 146_097 + day_of_era - 719_468
}

/// The date that lies `days` after 1970-01-01.
fn date_of(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = part(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

fn part(value: i64) -> u32 {
    u32::try_from(value).expect("a part of a day or year is small and not negative")
}
