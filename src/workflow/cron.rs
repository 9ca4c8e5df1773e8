//! `cron_schedule`: five fields as `cron` has them, or a word as `@daily` or `@every 1h30m`, each with
//! `CRON_TZ=Europe/Berlin ` before it.
//!
//! The server refuses a start with any other text, so it is read here before anything is started: with
//! the grammar of robfig/cron, oddities included. Beyond that, a zone has to be one that we know, and a
//! wait cannot be negative.

use std::collections::BTreeSet;

use crate::{lua::time::unknown_zone, value::parse_duration};

/// How a right one looks.
pub(crate) const SCHEDULE_HINT: &str = "write one as `30 8 * * mon-fri`, `@daily` or `@every 1h30m`";

/// One of the five fields: its name, its bounds, and words for its numbers from the first on.
struct Part {
    name: &'static str,
    low: u64,
    high: u64,
    words: &'static [&'static str],
}

const PARTS: [Part; 5] = [
    Part { name: "minute", low: 0, high: 59, words: &[] },
    Part { name: "hour", low: 0, high: 23, words: &[] },
    Part { name: "day of the month", low: 1, high: 31, words: &[] },
    Part {
        name: "month",
        low: 1,
        high: 12,
        words: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Part { name: "day of the week", low: 0, high: 6, words: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const WORDS: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// Why the server does not take a schedule.
pub(crate) fn wrong_schedule(text: &str) -> Option<String> {
    let zoned = text.strip_prefix("TZ=").or_else(|| text.strip_prefix("CRON_TZ="));
    let schedule = match zoned.map(|zoned| zoned.split_once(' ')) {
        None => text,
        Some(None) => return Some("a time zone stands alone".to_owned()),
        Some(Some((zone, schedule))) => match unknown_zone(zone) {
            None => schedule.trim(),
            Some(why) => return Some(why),
        },
    };
    if let Some(wait) = schedule.strip_prefix("@every ") {
        return wrong_wait(wait);
    }
    if schedule.starts_with('@') {
        return (!WORDS.contains(&schedule)).then(|| format!("the words are {} and `@every 5m`", WORDS.join(", ")));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let Ok(fields) = <[&str; 5]>::try_from(fields.as_slice()) else {
        return Some(format!(
            "it has {} fields and needs five: minute, hour, day, month, day of the week",
            fields.len()
        ));
    };
    let mut times = Vec::new();
    for (field, part) in fields.into_iter().zip(&PARTS) {
        match part.read(field) {
            Some(read) => times.push(read),
            None => {
                return Some(format!("`{field}` is no {}, which goes from {} to {}", part.name, part.low, part.high));
            }
        }
    }
    (!comes(&times)).then(|| "there is no such day".to_owned())
}

/// Why `@every` does not take a wait: it knows no days, and nothing stands around the duration.
fn wrong_wait(wait: &str) -> Option<String> {
    match parse_duration(wait) {
        Err(error) => Some(error.to_string()),
        Ok(_) if wait.contains('d') => Some("`@every` knows no days; `24h` is one".to_owned()),
        Ok(_) if wait.trim() != wait => Some("there is a space too many".to_owned()),
        Ok(_) => None,
    }
}

/// Whether a day ever comes that the fields allow.
fn comes(fields: &[Times]) -> bool {
    let [minutes, hours, days, months, weekdays] = fields else { return false };
    let has_day = days.numbers.iter().any(|day| months.numbers.iter().any(|month| *day <= last_day(*month)));
    let has_weekday = !weekdays.numbers.is_empty();
    // Of two fields that both name days one is enough.
    let has_date = if days.every || weekdays.every { has_day && has_weekday } else { has_day || has_weekday };
    ![minutes, hours, months].iter().any(|field| field.numbers.is_empty()) && has_date
}

/// The longest that a month may be.
fn last_day(month: u64) -> u64 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What a field allows.
#[derive(Debug, Default)]
struct Times {
    numbers: BTreeSet<u64>,
    /// It begins with a star, and leaves nothing out.
    every: bool,
}

impl Part {
    /// Items between commas; one that is empty says nothing.
    fn read(&self, field: &str) -> Option<Times> {
        let mut times = Times::default();
        for item in field.split(',').filter(|item| !item.is_empty()) {
            let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
            let step = step.map_or(Some(1), number).filter(|step| *step > 0)?;
            let (first, last) = self.range(range, step)?;
            times.every |= is_star(range) && step == 1;
            times.numbers.extend((first..=last).filter(|at| (at - first).is_multiple_of(step)));
        }
        Some(times)
    }

    /// `*`, `5`, `1-5`, `mon`. What stands behind the dash of a star is not looked at.
    fn range(&self, range: &str, step: u64) -> Option<(u64, u64)> {
        if is_star(range) {
            return Some((self.low, self.high));
        }
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (self.value(first)?, self.value(last)?),
            None if step > 1 => (self.value(range)?, self.high),
            None => (self.value(range)?, self.value(range)?),
        };
        (first <= last).then_some((first, last))
    }

    fn value(&self, text: &str) -> Option<u64> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let named = word.and_then(|at| u64::try_from(at).ok()).map(|at| at + self.low);
        named.or_else(|| number(text)).filter(|value| (self.low..=self.high).contains(value))
    }
}

fn is_star(range: &str) -> bool {
    matches!(range.split('-').next(), Some("*" | "?"))
}

/// As Go reads a number: a plus may stand before it.
fn number(text: &str) -> Option<u64> {
    text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each was given to a server.
    #[test]
    fn a_schedule_that_the_server_takes_is_right() {
        for text in [
            "* * * * *",
            " * * * * * ",
            "30 8 * * mon-fri",
            "*/5 0-6,12 1/2 JAN ?",
            "0,,5 * * * *",
            ",5 * * * *",
            "*-5 * * * *",
            "?-5/2 * * * *",
            "*-5-7 * * * *",
            "+5 */+5 * * *",
            "00005 * * * *",
            "*/100 * * * *",
            "*/9223372036854775807 * * * *",
            "* * * * sun/2",
            "* * * 1-feb *",
            "* * 29 feb *",
            "* * 30 feb,apr *",
            "* * 31 feb */2",
            "* * 5 * ,",
            "* * , * 5",
            "@daily",
            "@every 1h30m",
            "@every 1.5h",
            "@every .5s",
            "@every +5s",
            "@every 0",
            "CRON_TZ=Europe/Berlin 0 8 * * 0",
            "CRON_TZ= 0 0 * * *",
            "CRON_TZ=Local 0 0 * * *",
            "CRON_TZ=EST 0 0 * * *",
            "TZ=Etc/GMT+5 0 0 * * *",
            "TZ=UTC   @daily ",
            "TZ=UTC @every 5s",
        ] {
            assert_eq!(wrong_schedule(text), None, "{text}");
        }
    }

    #[test]
    fn a_schedule_that_the_server_refuses_is_wrong() {
        for text in [
            "nonsense here",
            "60 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "* * * * mon-sun",
            "* * * january *",
            "sun * * * *",
            "5-1 * * * *",
            "5- * * * *",
            "-5 * * * *",
            "1-2-3 * * * *",
            "5/ * * * *",
            "5/2/3 * * * *",
            "*/0 * * * *",
            "*/9223372036854775808 * * * *",
            ", * * * *",
            "* * , * *",
            "* * 31 feb *",
            "* * 31 feb */1",
            "* * * * * *",
            "@often",
            "@Daily",
            " @daily",
            "@daily x",
            "@every day",
            "@every 1d",
            "@every 1h1d",
            "@every  5s",
            "@every 5s ",
            "@every 1h 30m",
            "@every 1500",
            "@every",
            "TZ=UTC",
            "TZ=UTC @every  5s",
            "tz=UTC 0 0 * * *",
            "CRON_TZ=europe/berlin 0 0 * * *",
            "CRON_TZ=Nowhere/Land 0 0 * * *",
            "CRON_TZ=UTC TZ=UTC 0 0 * * *",
        ] {
            assert!(wrong_schedule(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_schedule_says_what_is_right() {
        let zone = "there is no time zone `Europe/Berln`; did you mean `Europe/Berlin`?";
        assert_eq!(wrong_schedule("CRON_TZ=Europe/Berln 0 0 * * *").as_deref(), Some(zone));
        assert_eq!(wrong_schedule("@every 2d").as_deref(), Some("`@every` knows no days; `24h` is one"));
        assert_eq!(
            wrong_schedule("@every 1w").as_deref(),
            Some("`w` is no unit of time; the units are ns, us, ms, s, m, h and d")
        );
    }
}
