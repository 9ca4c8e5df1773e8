//! The calendar: days since 1970 to year, month and day and back, in the proleptic Gregorian
//! calendar, with integers only.

pub(in crate::lua::modules) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
pub(in crate::lua::modules) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Days from 1970-01-01 to the first of March of the year 0, where the counting below begins:
/// a year that begins in March ends with its leap day.
const MARCH_OF_YEAR_0: i64 = -719_468;
/// Days in 400 years, after which the calendar repeats.
const ERA: i64 = 146_097;

/// Days since 1970. A month beyond 12 or below 1 carries into the year, a day into the month.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let from_march = month - 3;
    let year = year + from_march.div_euclid(12);
    let month = from_march.rem_euclid(12);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    MARCH_OF_YEAR_0 + era * ERA + year * 365 + year / 4 - year / 100 + day_of_year
}

/// Year, month and day of a count of days since 1970.
pub(super) fn date(days: i64) -> (i64, u32, u32) {
    let since = days - MARCH_OF_YEAR_0;
    let (era, day) = (since.div_euclid(ERA), since.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + carry, small(month), small(day))
}

/// Sunday is 0.
pub(super) fn weekday(days: i64) -> u32 {
    small((days + 4).rem_euclid(7))
}

/// 1 for the first of January.
pub(super) fn year_day(days: i64) -> u32 {
    let (year, ..) = date(days);
    small(days - self::days(year, 1, 1) + 1)
}

/// How many days a month has.
pub(super) fn month_length(year: i64, month: u32) -> u32 {
    small(days(year, i64::from(month) + 1, 1) - days(year, i64::from(month), 1))
}

fn small(number: i64) -> u32 {
    u32::try_from(number).expect("parts of a date are small and not negative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        let mut expected = days(1799, 12, 31);
        for year in 1800..2200 {
            for month in 1..=12 {
                for day in 1..=month_length(year, month) {
                    expected += 1;
                    assert_eq!(days(year, i64::from(month), i64::from(day)), expected);
                    assert_eq!(date(expected), (year, month, day));
                }
            }
        }
    }

    #[test]
    fn known_days_are_where_they_belong() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2024, 2, 29), 19_782);
        assert_eq!(days(1, 1, 1), -719_162);
        assert_eq!((weekday(0), weekday(19_782), year_day(19_782)), (4, 4, 60));
    }

    #[test]
    fn parts_that_are_too_large_carry() {
        assert_eq!(days(2023, 14, 31), days(2024, 3, 2));
        assert_eq!(days(2024, 0, 1), days(2023, 12, 1));
        assert_eq!(days(2024, 3, 0), days(2024, 2, 29));
    }
}
