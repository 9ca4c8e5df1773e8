//! `cron_schedule`: five fields as `cron` has them, or a word as `@daily` or `@every 1h30m`.
//!
//! The server refuses a start with any other text, so it is read here before anything is started.

use serde_json::json;

use crate::{
    diag::{Code, Diagnostic},
    value::parse_duration,
    yaml::{DecodeCx, Field, Node, Schema},
};

/// A schedule; nothing: an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cron(pub(crate) Option<String>);

/// One of the five fields: its name, its bounds, and words for its numbers from the first on.
struct Part {
    name: &'static str,
    low: u32,
    high: u32,
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

impl Field for Cron {
    fn decode(node: &Node, cx: &mut DecodeCx<'_>) -> Option<Self> {
        let text = String::decode(node, cx)?;
        if text.is_empty() || cx.later {
            return Some(Self(None));
        }
        match wrong(&text) {
            None => Some(Self(Some(text))),
            Some(why) => {
                let headline = format!("`{text}` is no schedule: {why}");
                let diagnostic = Diagnostic::error(Code::BadValue, node.span, headline);
                cx.report(diagnostic.help("write one as `30 8 * * mon-fri`, `@daily` or `@every 1h30m`"));
                None
            }
        }
    }

    fn schema() -> Schema {
        Schema::new(json!({"type": "string"}))
    }

    fn type_name() -> String {
        "schedule".to_owned()
    }

    fn show(&self) -> serde_json::Value {
        json!(self.0)
    }
}

/// Why the server does not take a schedule.
fn wrong(text: &str) -> Option<String> {
    let zoned = text.starts_with("TZ=") || text.starts_with("CRON_TZ=");
    let schedule = if zoned { text.split_once(' ').map_or("", |(_, rest)| rest) } else { text }.trim();
    if let Some(wait) = schedule.strip_prefix("@every ") {
        return parse_duration(wait.trim()).err().map(|error| error.to_string());
    }
    if schedule.starts_with('@') {
        return (!WORDS.contains(&schedule)).then(|| format!("the words are {} and `@every 5m`", WORDS.join(", ")));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != PARTS.len() {
        return Some(format!(
            "it has {} fields and needs five: minute, hour, day, month, day of the week",
            fields.len()
        ));
    }
    let bad = fields.iter().zip(&PARTS).find(|(field, part)| !field.split(',').all(|item| part.takes(item)));
    bad.map(|(field, part)| format!("`{field}` is no {}, which goes from {} to {}", part.name, part.low, part.high))
}

impl Part {
    /// `*`, `5`, `1-5`, `mon`, each with `/2` after it.
    fn takes(&self, item: &str) -> bool {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let steps = step.is_none_or(|step| number(step).is_some_and(|step| step > 0));
        let is_right = match range.split_once('-') {
            None if matches!(range, "*" | "?") => true,
            None => self.value(range).is_some(),
            Some((first, last)) => {
                matches!((self.value(first), self.value(last)), (Some(first), Some(last)) if first <= last)
            }
        };
        steps && is_right
    }

    fn value(&self, text: &str) -> Option<u32> {
        let word = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        let named = word.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.low);
        named.or_else(|| number(text)).filter(|value| (self.low..=self.high).contains(value))
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_that_the_server_takes_is_right() {
        for text in [
            "* * * * *",
            "30 8 * * mon-fri",
            "*/5 0-6,12 1/2 JAN ?",
            "@daily",
            "@every 1h30m",
            "CRON_TZ=Europe/Berlin 0 8 * * 0",
        ] {
            assert_eq!(wrong(text), None, "{text}");
        }
    }

    #[test]
    fn a_schedule_that_the_server_refuses_is_wrong() {
        for text in [
            "nonsense here",
            "60 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "+5 * * * *",
            "@often",
            "@every day",
            "TZ=UTC",
        ] {
            assert!(wrong(text).is_some(), "{text}");
        }
    }
}
