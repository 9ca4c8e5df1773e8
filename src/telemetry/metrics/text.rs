//! Prometheus' text format, version 0.0.4. Known secrets are taken out of labels.

use std::{fmt::Write, sync::PoisonError, sync::atomic::Ordering};

use super::{Kind, Series};
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
        for (labels, series) in sets {
            values(&mut text, name, labels, series);
        }
    }
    text
}

fn values(text: &mut String, name: &str, labels: &[(String, String)], series: &Series) {
    match series {
        Series::Number(bits) => {
            line(text, name, "", labels, None, f64::from_bits(bits.load(Ordering::Relaxed)));
        }
        Series::Histogram(histogram) => {
            let histogram = histogram.lock().unwrap_or_else(PoisonError::into_inner);
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
    labels: &[(String, String)],
    bound: Option<f64>,
    value: impl std::fmt::Display,
) {
    let escaped = |value: &str| redact(value).replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n");
    let mut pairs: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    match bound {
        Some(bound) if bound.is_infinite() => pairs.push("le=\"+Inf\"".to_owned()),
        Some(bound) => pairs.push(format!("le=\"{bound}\"")),
        None => {}
    }
    let pairs = if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) };
    let _ = writeln!(text, "{name}{suffix}{pairs} {value}");
}
