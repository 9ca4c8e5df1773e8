//! Zones: UTC, fixed distances from it, and the named zones of the IANA database.
//!
//! The database is compiled in and the machine's own zone is never asked: files of a machine
//! differ, and a replay would see another hour than the first run.

use std::sync::Arc;

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use mlua::{UserData, UserDataFields, UserDataMethods, UserDataRef};

use crate::{
    diag::closest,
    value::{Failure, failure_kind},
};

/// The furthest a fixed zone may be from UTC: a day.
const FURTHEST: i64 = 24 * 60 * 60;
/// The longest name of a fixed zone, in bytes: a layout may ask for it many times.
const LONGEST_NAME: usize = 64;
/// After so many seconds the calendar, and with it every rule for summer time, repeats.
const CYCLE: i64 = 146_097 * 24 * 60 * 60;
/// Behind every change that is not made by a rule for all years: 2050.
const AFTER_ALL_CHANGES: i64 = 2_524_608_000;

/// A place's distance from UTC, at any time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Zone {
    name: Arc<str>,
    rules: Rules,
}

#[derive(Clone, Debug, PartialEq)]
enum Rules {
    /// Seconds to the east, always.
    Fixed(i32),
    Iana(TimeZone),
}

/// What holds in a zone at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ZoneOffset {
    /// To the east of UTC.
    pub(super) seconds: i32,
    /// `CET`; empty if nobody named it.
    pub(super) abbreviation: String,
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".into(), rules: Rules::Fixed(0) }
    }

    /// `offset` counts seconds to the east.
    pub(crate) fn fixed(name: &str, offset: i64) -> Result<Self, Failure> {
        if name.len() > LONGEST_NAME {
            return Err(Failure::invalid(format!("the name of a zone has at most {LONGEST_NAME} bytes")));
        }
        match i32::try_from(offset) {
            Ok(seconds) if offset.abs() < FURTHEST => Ok(Self { name: name.into(), rules: Rules::Fixed(seconds) }),
            _ => Err(Failure::invalid(format!("a zone lies less than a day from UTC, not {offset} seconds"))),
        }
    }

    /// A zone of the IANA database, as `Europe/Berlin`; the machine's own is UTC.
    pub(crate) fn load(name: &str) -> Result<Self, Failure> {
        Self::find(name).map_err(|close| {
            let hint = hint(close.as_deref(), ", and `time.fixed_zone(name, seconds)` makes others");
            let message = format!("there is no location `{name}`; {hint}");
            Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) }
        })
    }

    /// The same; the error is the name that may be meant.
    fn find(name: &str) -> Result<Self, Option<String>> {
        if ["", "UTC", "Local"].contains(&name) {
            return Ok(Self::utc());
        }
        let database = TimeZoneDatabase::bundled();
        match database.get(name) {
            Ok(zone) if zone.iana_name() == Some(name) => Ok(Self { name: name.into(), rules: Rules::Iana(zone) }),
            _ => {
                let known: Vec<String> = database.available().map(|known| known.as_str().to_owned()).collect();
                Err(closest(name, known.iter().map(String::as_str)).map(str::to_owned))
            }
        }
    }

    /// What holds so many seconds after 1970.
    pub(super) fn at(&self, seconds: i64) -> ZoneOffset {
        match &self.rules {
            Rules::Fixed(offset) => ZoneOffset { seconds: *offset, abbreviation: self.name.to_string() },
            Rules::Iana(zone) => {
                let info = zone.to_offset_info(timestamp(seconds));
                ZoneOffset { seconds: info.offset().seconds(), abbreviation: info.abbreviation().to_owned() }
            }
        }
    }

    /// Seconds to the east of UTC, so many seconds after 1970.
    pub(super) fn offset_at(&self, seconds: i64) -> i32 {
        match &self.rules {
            Rules::Fixed(offset) => *offset,
            Rules::Iana(zone) => zone.to_offset(timestamp(seconds)).seconds(),
        }
    }

    /// The seconds after 1970 at which clocks here show what UTC shows `shown` seconds after 1970.
    ///
    /// As Go has it: an hour that the clocks skip counts on from the distance that held before it
    /// or holds after it, and of an hour that they show twice it is one of the two.
    pub(super) fn seconds_of(&self, shown: i64) -> i64 {
        let guess = self.offset_at(shown);
        if guess == 0 {
            return shown;
        }
        shown - i64::from(self.offset_at(shown - i64::from(guess)))
    }

    /// The distance that this zone calls by `abbreviation`: the one that holds when the clocks show
    /// `shown` if one does, else any.
    pub(super) fn offset_called(&self, abbreviation: &str, shown: i64) -> Option<i32> {
        let called: Vec<i32> = self
            .offsets()
            .into_iter()
            .filter(|offset| offset.abbreviation == abbreviation)
            .map(|offset| offset.seconds)
            .collect();
        let holds = called.iter().find_map(|offset| {
            let then = self.at(shown - i64::from(*offset));
            (then.abbreviation == abbreviation).then_some(then.seconds)
        });
        holds.or_else(|| called.first().copied())
    }

    /// Every distance this zone ever had, the oldest first.
    fn offsets(&self) -> Vec<ZoneOffset> {
        let Rules::Iana(zone) = &self.rules else {
            return vec![self.at(0)];
        };
        let mut offsets: Vec<ZoneOffset> = zone
            .preceding(timestamp(AFTER_ALL_CHANGES))
            .map(|change| ZoneOffset {
                seconds: change.offset().seconds(),
                abbreviation: change.abbreviation().to_owned(),
            })
            .collect();
        offsets.push(self.at(i64::MIN));
        offsets.reverse();
        offsets
    }
}

/// As the database counts; a time that it cannot count is one of the same day in a year it can.
fn timestamp(seconds: i64) -> Timestamp {
    let last = Timestamp::MAX.as_second();
    let cycles = if seconds > last { (seconds - last).div_euclid(CYCLE) + 1 } else { 0 };
    Timestamp::from_second(seconds - cycles * CYCLE).unwrap_or(Timestamp::MIN)
}

/// Why there is no time zone of this name; nothing: there is one.
pub(crate) fn unknown_zone(name: &str) -> Option<String> {
    let close = Zone::find(name).err()?;
    Some(format!("there is no time zone `{name}`; {}", hint(close.as_deref(), "")))
}

fn hint(close: Option<&str>, others: &str) -> String {
    match close {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("it is written as `Europe/Berlin`{others}"),
    }
}

impl UserData for Zone {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Location");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("string", |_, this, ()| Ok(this.name.to_string()));
        methods.add_meta_method("__tostring", |_, this, ()| Ok(this.name.to_string()));
        methods.add_meta_method("__eq", |_, this, other: UserDataRef<Self>| Ok(*this == *other));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Zone {
        Zone::load(name).unwrap()
    }

    #[test]
    fn a_place_has_its_summer_and_its_winter() {
        let berlin = named("Europe/Berlin");
        let (january, july) = (1_704_067_200, 1_719_792_000);
        assert_eq!(berlin.at(january), ZoneOffset { seconds: 3_600, abbreviation: "CET".to_owned() });
        assert_eq!(berlin.at(july), ZoneOffset { seconds: 7_200, abbreviation: "CEST".to_owned() });
    }

    #[test]
    fn a_rule_holds_for_all_years_to_come() {
        let july_of_2024 = 1_719_792_000;
        assert_eq!(named("Europe/Berlin").offset_at(july_of_2024 + 50 * CYCLE), 7_200);
    }

    #[test]
    fn before_there_were_zones_the_sun_counts() {
        assert_eq!(named("Europe/Berlin").at(-10_000 * CYCLE).abbreviation, "LMT");
    }

    #[test]
    fn an_abbreviation_means_what_it_meant_then() {
        let (berlin, new_york) = (named("Europe/Berlin"), named("America/New_York"));
        assert_eq!(berlin.offset_called("CEST", 1_719_792_000), Some(7_200));
        assert_eq!(new_york.offset_called("EST", 1_719_792_000), Some(-18_000));
        assert_eq!(berlin.offset_called("EST", 1_719_792_000), None);
    }

    #[test]
    fn a_name_is_exact_and_a_wrong_one_gets_a_suggestion() {
        let message = Zone::load("Europe/Berln").unwrap_err().message;
        assert_eq!(message, "there is no location `Europe/Berln`; did you mean `Europe/Berlin`?");
        assert!(Zone::load("../etc/passwd").is_err());
        assert!(Zone::load("Mars/Olympus").unwrap_err().message.ends_with("makes others"));
    }

    #[test]
    fn the_machine_has_no_zone() {
        assert_eq!(named("Local"), Zone::utc());
    }
}
