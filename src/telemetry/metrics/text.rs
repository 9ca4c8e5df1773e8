//! Prometheus' text format, version 0.0.4. Known secrets are taken out of labels; values whose labels
//! are the same without them become one, since a reader refuses all if two have the same name.

use std::fmt::Write;

use indexmap::IndexMap;

use super::{Kind, Series, series::Seen};
use crate::value::redact;

/// One metric with all its values.
pub(super) struct Family<'a> {
    pub(super) name: &'a str,
    pub(super) help: &'a str,
    pub(super) kind: Kind,
    pub(super) sets: Vec<(&'a [(String, String)], &'a Series)>,
}

pub(super) fn write<'a>(families: impl Iterator<Item = Family<'a>>) -> String {
    let mut text = String::new();
    for family in families {
        let Family { name, help, kind, sets } = family;
        // Writing into a string cannot fail.
        if !help.is_empty() {
            let _ = writeln!(text, "# HELP {name} {}", help.replace('\\', r"\\").replace('\n', r"\n"));
        }
        let _ = writeln!(text, "# TYPE {name} {}", kind.name());
        let mut shown: IndexMap<Vec<String>, Seen> = IndexMap::new();
        for (labels, series) in sets {
            let labels = labels.iter().map(|(name, value)| pair(name, value)).collect();
            match shown.entry(labels) {
                indexmap::map::Entry::Occupied(mut seen) => seen.get_mut().add(series.seen()),
                indexmap::map::Entry::Vacant(place) => drop(place.insert(series.seen())),
            }
        }
        for (labels, seen) in shown {
            values(&mut text, name, &labels, &seen);
        }
    }
    text
}

/// `name="value"`.
fn pair(name: &str, value: &str) -> String {
    let value = redact(value).replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    format!("{name}=\"{value}\"")
}

fn values(text: &mut String, name: &str, labels: &[String], seen: &Seen) {
    match seen {
        Seen::Number(value) => line(text, name, "", labels, None, value),
        Seen::Histogram(histogram) => {
            let mut count = 0;
            for (bound, sofar) in histogram.buckets() {
                count = sofar;
                line(text, name, "_bucket", labels, Some(bound), sofar);
            }
            line(text, name, "_sum", labels, None, histogram.sum());
            line(text, name, "_count", labels, None, count);
        }
    }
}

fn line(
    text: &mut String,
    name: &str,
    suffix: &str,
    labels: &[String],
    bound: Option<f64>,
    value: impl std::fmt::Display,
) {
    let mut pairs = labels.to_vec();
    match bound {
        Some(bound) if bound.is_infinite() => pairs.push("le=\"+Inf\"".to_owned()),
        Some(bound) => pairs.push(format!("le=\"{bound}\"")),
        None => {}
    }
    let pairs = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
    let _ = writeln!(text, "{name}{suffix}{pairs} {value}");
}
