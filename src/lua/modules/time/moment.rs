//! A point in time and the zone it is shown in.

use std::time::Duration;

use crate::value::Failure;

use super::{
    civil,
    zone::{Zone, ZoneOffset},
};

/// Seconds from the first of January of the year 1 to 1970: where Go's time begins, which is what
/// `is_zero` asks about and `round` and `truncate` count from.
const YEAR_1: i64 = 62_135_596_800;
const NANOS: i64 = 1_000_000_000;
const DAY: i64 = 24 * 60 * 60;
/// The years that can be written: ±1,000,000 around 1970, in seconds.
const FURTHEST: i64 = 1_000_000 * 366 * DAY;

/// A point in time.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// Since 1970, rounded down.
    seconds: i64,
    nanos: u32,
    pub(super) zone: Zone,
}

/// A point in time as a clock on the wall and a calendar show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanos: u32,
    pub(super) weekday: u32,
    pub(super) year_day: u32,
}

impl Moment {
    /// So long after 1970, in UTC.
    pub(crate) fn since_1970(since: Duration) -> Self {
        let seconds = i64::try_from(since.as_secs()).unwrap_or(FURTHEST).min(FURTHEST);
        Self { seconds, nanos: since.subsec_nanos(), zone: Zone::utc() }
    }

    pub(super) fn new(seconds: i64, nanos: i64, zone: Zone) -> Result<Self, Failure> {
        let carried =
            seconds.checked_add(nanos.div_euclid(NANOS)).filter(|seconds| (-FURTHEST..=FURTHEST).contains(seconds));
        let seconds = carried.ok_or_else(too_far)?;
        let nanos = u32::try_from(nanos.rem_euclid(NANOS)).expect("less than a second of nanoseconds");
        Ok(Self { seconds, nanos, zone })
    }

    /// Of `year, month, day, hour, minute, second, nanosecond` as `zone` shows them; what is too
    /// large or too small carries.
    pub(super) fn from_parts(parts: [i64; 7], zone: Zone) -> Result<Self, Failure> {
        const LARGEST: u64 = 1_000_000_000_000;
        let [year, month, day, hour, minute, second, nanos] = parts;
        if parts[..6].iter().any(|part| part.unsigned_abs() > LARGEST) {
            return Err(too_far());
        }
        // No part alone is too large for what it is counted in; the days are for seconds.
        let days = civil::days(year, month, day).checked_mul(DAY).ok_or_else(too_far)?;
        let clock = hour * 3_600 + minute * 60 + second + nanos.div_euclid(NANOS);
        let shown = days.checked_add(clock).filter(|shown| (-FURTHEST..=FURTHEST).contains(shown));
        Self::new(zone.seconds_of(shown.ok_or_else(too_far)?), nanos.rem_euclid(NANOS), zone)
    }

    pub(super) fn parts(&self) -> Parts {
        let local = self.seconds + i64::from(self.zone.offset_at(self.seconds));
        let (days, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil::date(days);
        let second = u32::try_from(second).expect("less than a day of seconds");
        Parts {
            year,
            month,
            day,
            hour: second / 3_600,
            minute: second / 60 % 60,
            second: second % 60,
            nanos: self.nanos,
            weekday: civil::weekday(days),
            year_day: civil::year_day(days),
        }
    }

    pub(super) fn seconds(&self) -> i64 {
        self.seconds
    }

    /// What holds in its zone then.
    pub(super) fn offset(&self) -> ZoneOffset {
        self.zone.at(self.seconds)
    }

    /// Nanoseconds since 1970.
    pub(super) fn nanos(&self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS) + i128::from(self.nanos)
    }

    pub(super) fn plus(&self, nanos: i64) -> Result<Self, Failure> {
        Self::new(self.seconds, i64::from(self.nanos), self.zone.clone())?.shifted(nanos)
    }

    pub(super) fn earlier(&self, seconds: i64) -> Result<Self, Failure> {
        Self::new(self.seconds.saturating_sub(seconds), i64::from(self.nanos), self.zone.clone())
    }

    fn shifted(self, nanos: i64) -> Result<Self, Failure> {
        let (seconds, rest) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
        let seconds = self.seconds.checked_add(seconds).ok_or_else(too_far)?;
        Self::new(seconds, i64::from(self.nanos) + rest, self.zone)
    }

    pub(super) fn plus_date(&self, years: i64, months: i64, days: i64) -> Result<Self, Failure> {
        let now = self.parts();
        let plus = |part: i64, more: i64| part.saturating_add(more);
        Self::from_parts(
            [
                plus(now.year, years),
                plus(now.month.into(), months),
                plus(now.day.into(), days),
                now.hour.into(),
                now.minute.into(),
                now.second.into(),
                now.nanos.into(),
            ],
            self.zone.clone(),
        )
    }

    /// Nanoseconds from `earlier` to this, as far as a Duration reaches.
    pub(crate) fn since(&self, earlier: &Self) -> i64 {
        let nanos = self.nanos() - earlier.nanos();
        i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
    }

    pub(super) fn is_zero(&self) -> bool {
        self.seconds == -YEAR_1 && self.nanos == 0
    }

    pub(super) fn in_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    /// Down to a multiple of `step` nanoseconds since the year 1.
    pub(super) fn truncate(&self, step: i64) -> Result<Self, Failure> {
        if step <= 0 { Ok(self.clone()) } else { self.plus(-self.past(step)) }
    }

    /// To the nearest multiple of `step` nanoseconds since the year 1; halfway goes up.
    pub(super) fn round(&self, step: i64) -> Result<Self, Failure> {
        if step <= 0 {
            return Ok(self.clone());
        }
        let past = self.past(step);
        if past < step - past { self.plus(-past) } else { self.plus(step - past) }
    }

    fn past(&self, step: i64) -> i64 {
        let nanos = self.nanos() + i128::from(YEAR_1) * i128::from(NANOS);
        i64::try_from(nanos.rem_euclid(i128::from(step))).expect("a remainder is less than its divisor")
    }
}

fn too_far() -> Failure {
    Failure::invalid("the time lies too far away")
}

/// The same point in time, whatever zone shows it.
impl PartialEq for Moment {
    fn eq(&self, other: &Self) -> bool {
        self.nanos() == other.nanos()
    }
}

impl PartialOrd for Moment {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.nanos().partial_cmp(&other.nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(parts: [i64; 7]) -> Moment {
        Moment::from_parts(parts, Zone::utc()).unwrap()
    }

    #[test]
    fn a_moment_knows_its_parts() {
        let moment = at([2024, 2, 29, 23, 59, 58, 7]);
        let parts = moment.parts();
        assert_eq!((parts.year, parts.month, parts.day), (2024, 2, 29));
        assert_eq!((parts.hour, parts.minute, parts.second, parts.nanos), (23, 59, 58, 7));
        let east = moment.in_zone(Zone::fixed("X", 3_600).unwrap());
        assert_eq!((east.parts().month, east.parts().day, east.parts().hour), (3, 1, 0));
        assert_eq!(east, moment);
    }

    #[test]
    fn dates_and_durations_are_added() {
        assert_eq!(at([2024, 1, 31, 0, 0, 0, 0]).plus_date(0, 1, 0).unwrap(), at([2024, 3, 2, 0, 0, 0, 0]));
        assert_eq!(at([1970, 1, 1, 0, 0, 0, 0]).plus(-1).unwrap(), at([1969, 12, 31, 23, 59, 59, 999_999_999]));
    }

    /// Each part alone and all together, at and around each place where an integer may be too small.
    #[test]
    fn what_lies_too_far_away_is_refused() {
        let far =
            [i64::MIN, -1 << 53, -1_000_000_000_001, -1_000_000_000_000, 300_000_000_000, 1_000_000_000_000, i64::MAX];
        let now = at([2024, 1, 1, 0, 0, 0, 0]);
        for part in far {
            assert!(Moment::from_parts([part, 1, 1, 0, 0, 0, 0], Zone::utc()).is_err(), "{part}");
            assert!(Moment::from_parts([part; 7], Zone::utc()).is_err(), "{part}");
            assert!(now.plus_date(part, 0, 0).is_err(), "{part}");
            assert!(now.plus_date(part, part, part).is_err(), "{part}");
        }
        assert!(Moment::new(i64::MIN, 0, Zone::utc()).is_err());
        assert!(Moment::new(i64::MAX, i64::MAX, Zone::utc()).is_err());
    }

    #[test]
    fn the_furthest_times_can_be_moved_compared_and_rounded() {
        for sign in [-1, 1] {
            let end = Moment::new(sign * FURTHEST, 0, Zone::utc()).unwrap();
            assert!(end.plus(sign * i64::MAX).is_err());
            assert!(end.plus(i64::MIN).is_err() || sign == 1);
            assert_eq!(end.since(&at([1970, 1, 1, 0, 0, 0, 0])), if sign == 1 { i64::MAX } else { i64::MIN });
            assert_eq!(end.truncate(i64::MIN).unwrap(), end);
            assert!(end.round(i64::MAX).is_err() || end.truncate(i64::MAX).is_ok());
        }
    }

    #[test]
    fn rounding_counts_from_the_year_1() {
        let moment = at([2024, 5, 6, 7, 38, 30, 0]);
        let hour = 3_600_000_000_000;
        assert_eq!(moment.truncate(hour).unwrap(), at([2024, 5, 6, 7, 0, 0, 0]));
        assert_eq!(moment.round(hour).unwrap(), at([2024, 5, 6, 8, 0, 0, 0]));
        assert_eq!(moment.truncate(24 * hour).unwrap(), at([2024, 5, 6, 0, 0, 0, 0]));
        assert!(at([1, 1, 1, 0, 0, 0, 0]).is_zero());
    }
}
