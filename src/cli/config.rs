//! `metonic config show DIR`: a page of YAML with remarks, or JSON.

use std::{fmt::Write as _, io};

use serde_json::{Map, Value as Json, json};

use super::{
    Exit,
    arguments::{ConfigFormat, ConfigShow},
    output, problems,
    style::faint,
};
use crate::{
    app::Environment,
    ops::{self, EntryConfig},
    registry::{Effective, NoValue, Origin, STARS},
    value::parse_duration,
};

pub(super) fn show(arguments: ConfigShow, environment: Environment) -> io::Result<Exit> {
    let cx = match problems::load(&arguments.project, environment) {
        Ok(cx) => cx,
        Err(exit) => return Ok(exit),
    };
    let entries = ops::config(&cx, &arguments.project);
    let shown = match arguments.format {
        ConfigFormat::Yaml => entries.iter().map(yaml).collect::<Vec<_>>().join("\n"),
        ConfigFormat::Json => {
            let entries: Vec<Json> = entries.iter().map(object).collect();
            serde_json::to_string_pretty(&entries)? + "\n"
        }
    };
    let lacking = entries.iter().any(|entry| lacks(&entry.settings));
    output::verdict(shown, if lacking { Exit::Problems } else { Exit::Done })
}

/// Whether a value is missing that a start would need.
fn lacks(setting: &Effective) -> bool {
    match setting {
        Effective::Value { origin, .. } => matches!(origin, Origin::Nothing(_)),
        Effective::List(items) => items.iter().any(lacks),
        Effective::Map(pairs) => pairs.iter().any(|(_, inner)| lacks(inner)),
    }
}

fn yaml(entry: &EntryConfig) -> String {
    let mut text =
        format!("{}:{}\n  kind: {}\n", entry.id, remark(&format!("{}:{}", entry.file, entry.line)), entry.kind);
    write_inner(&mut text, &entry.settings, 1);
    text
}

/// The lines of a map or a list.
fn write_inner(text: &mut String, setting: &Effective, depth: usize) {
    let indent = "  ".repeat(depth);
    match setting {
        Effective::Map(pairs) => {
            for (key, inner) in pairs {
                write_line(text, &format!("{indent}{}:", word(key)), inner, depth);
            }
        }
        Effective::List(items) => {
            for item in items {
                write_line(text, &format!("{indent}-"), item, depth);
            }
        }
        Effective::Value { .. } => {}
    }
}

fn write_line(text: &mut String, begin: &str, setting: &Effective, depth: usize) {
    // Writing to a text cannot fail.
    let _ = match setting {
        Effective::Value { value, origin } => writeln!(text, "{begin} {}", scalar(value, origin)),
        Effective::Map(pairs) if pairs.is_empty() => writeln!(text, "{begin} {{}}"),
        Effective::List(items) if items.is_empty() => writeln!(text, "{begin} []"),
        inner => {
            let _ = writeln!(text, "{begin}");
            write_inner(text, inner, depth + 1);
            Ok(())
        }
    };
}

fn scalar(value: &Json, origin: &Origin) -> String {
    let shown = match value {
        Json::String(text) if text == STARS => return secret(origin),
        Json::String(text) => word(text),
        other => other.to_string(),
    };
    shown + &source(origin).map(|source| remark(&source)).unwrap_or_default()
}

/// `***(env:TEMPORAL_API_KEY)`: no YAML, so that nobody takes it for the key.
fn secret(origin: &Origin) -> String {
    source(origin).map_or_else(|| STARS.to_owned(), |source| format!("{STARS}({source})"))
}

/// Where a value comes from, if that is not the file alone.
fn source(origin: &Origin) -> Option<String> {
    let all = |parts: Vec<String>, between| Some(parts.join(between));
    match origin {
        Origin::File => None,
        Origin::Default => Some("default".to_owned()),
        Origin::Variables(names) => all(names.iter().map(|name| format!("env:{name}")).collect(), ", "),
        Origin::Instead(names) => all(names.iter().map(|name| format!("env:{name} has no value")).collect(), ", "),
        Origin::Nothing(missing) => {
            all(missing.iter().map(|NoValue { variable, why }| format!("env:{variable}: {why}")).collect(), "; ")
        }
    }
}

fn remark(text: &str) -> String {
    format!("  {}", faint(format!("# {text}")))
}

/// A text as YAML: in quotes, unless nobody could take it for anything else.
fn word(text: &str) -> String {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_' | '$'));
    let goes_on = text.chars().all(|c| c.is_ascii_alphanumeric() || "/_.-:@${}|".contains(c)) && !text.ends_with(':');
    let is_word = matches!(text.to_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    let is_duration = text.ends_with(|c: char| c.is_ascii_alphabetic()) && parse_duration(text).is_ok();
    if is_duration || (starts && goes_on && !is_word) { text.to_owned() } else { json!(text).to_string() }
}

fn object(entry: &EntryConfig) -> Json {
    let mut sources = Map::new();
    let settings = plain(&entry.settings, "", &mut sources);
    json!({
        "id": entry.id, "kind": entry.kind, "file": entry.file, "line": entry.line,
        "settings": settings, "sources": sources,
    })
}

/// The settings alone; where they come from goes to `sources`, by path.
fn plain(setting: &Effective, path: &str, sources: &mut Map<String, Json>) -> Json {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match setting {
        Effective::Value { value, origin } => {
            if let Some(source) = source(origin) {
                sources.insert(path.to_owned(), json!(source));
            }
            if *value == json!(STARS) { json!(secret(origin)) } else { value.clone() }
        }
        Effective::List(items) => {
            items.iter().enumerate().map(|(at, item)| plain(item, &below(&at.to_string()), sources)).collect()
        }
        Effective::Map(pairs) => {
            let pairs = pairs.iter().map(|(key, inner)| (key.clone(), plain(inner, &below(key), sources)));
            Json::Object(pairs.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_where_yaml_would_read_something_else() {
        let shown = ["orders", "1m30s", "yes", "12", "a: b", "127.0.0.1:7233", "${env:A}", ""].map(word);
        assert_eq!(
            shown,
            ["orders", "1m30s", "\"yes\"", "\"12\"", "\"a: b\"", "\"127.0.0.1:7233\"", "${env:A}", "\"\""]
        );
    }
}
