//! The text of a `.env` file.
//!
//! `KEY=value`, one a line, with `export` before it if one likes. A `#` begins a comment at the
//! beginning of a line or after white space, so that a value may contain one. Quotes around a value
//! are taken off; in double quotes `\n`, `\r`, `\t`, `\"` and `\\` mean what they mean elsewhere. What
//! cannot be meant so is an error for who asks for that name, and not half a value.

use std::collections::BTreeMap;

/// A line that says nothing sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) reason: &'static str,
}

const BEHIND: &str = "something stands behind the closing quote";
const ESCAPE: &str = "a `\\` in double quotes begins `\\n`, `\\r`, `\\t`, `\\\"` or `\\\\`, and nothing else";

/// Reads every line that is an assignment; of two of one name the last counts.
pub(super) fn read(text: &str) -> BTreeMap<String, Result<String, Malformed>> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let assigned = lines.filter_map(|(at, line)| {
        let (key, value) = assignment(line)?;
        Some((key, value.map_err(|reason| Malformed { line: at + 1, reason })))
    });
    assigned.collect()
}

/// The same text with `key` set to `value`.
pub(super) fn replace(text: &str, key: &str, value: &str) -> String {
    let line = format!("{key}={}", written(value));
    let mut done = false;
    let mut lines: Vec<String> = Vec::new();
    for old in text.lines() {
        if assignment(old).is_some_and(|(name, _)| name == key) {
            if !done {
                lines.push(line.clone());
            }
            done = true;
        } else {
            lines.push(old.to_owned());
        }
    }
    if !done {
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

fn assignment(line: &str) -> Option<(String, Result<String, &'static str>)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (key, value) = line.split_once('=')?;
    let key = key.trim();
    if key.is_empty() || key.contains(char::is_whitespace) {
        return None;
    }
    Some((key.to_owned(), value_of(value)))
}

fn value_of(text: &str) -> Result<String, &'static str> {
    let trimmed = text.trim_start();
    let inside = trimmed.strip_prefix(['"', '\'']).zip(trimmed.chars().next());
    let found = inside.and_then(|(inside, quote)| quoted(inside, quote));
    found.unwrap_or_else(|| Ok(without_comment(text).trim().to_owned()))
}

/// What stands before the closing quote; nothing if there is none.
fn quoted(text: &str, quote: char) -> Option<Result<String, &'static str>> {
    let (mut value, mut is_read) = (String::new(), true);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            _ if character == quote => {
                let is_end = without_comment(characters.as_str()).trim().is_empty();
                return Some(match (is_read, is_end) {
                    (false, _) => Err(ESCAPE),
                    (_, false) => Err(BEHIND),
                    _ => Ok(value),
                });
            }
            '\\' if quote == '"' => match characters.next()? {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other => {
                    is_read &= matches!(other, '"' | '\\');
                    value.push(other);
                }
            },
            _ => value.push(character),
        }
    }
    None
}

fn without_comment(text: &str) -> &str {
    let comment = text
        .char_indices()
        .find(|(at, character)| *character == '#' && (*at == 0 || text[..*at].ends_with(char::is_whitespace)));
    comment.map_or(text, |(at, _)| &text[..at])
}

/// A value as [`read`] takes it back.
fn written(value: &str) -> String {
    let plain =
        !value.is_empty() && !value.contains(|c: char| c.is_whitespace() || matches!(c, '#' | '"' | '\'' | '\\'));
    if plain {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_shells_write_them() {
        let text = "\u{feff}# a comment\nA=1\nexport B = two words # a comment\nC=\"x # y\\n\"\nD='it s'\r\nE=a#b\nF=\n\
                    G=\"open\nno line\n=x\nA=2\nH=#only a comment\n";
        let read = read(text);
        let shown: Vec<String> = read.iter().map(|(key, value)| format!("{key}:{}", value.as_ref().unwrap())).collect();
        assert_eq!(shown, ["A:2", "B:two words", "C:x # y\n", "D:it s", "E:a#b", "F:", "G:\"open", "H:"]);
    }

    #[test]
    fn half_a_value_is_an_error() {
        for (line, reason) in [
            ("A=\"a\"b\"c\"", BEHIND),
            ("A='it''s'", BEHIND),
            ("A=\"a\"#b", ""),
            ("A=\"a\" b", BEHIND),
            ("A=\"C:\\x\"", ESCAPE),
            ("A=\"a\"  # b", ""),
        ] {
            let wrong = read(&format!("# top\n{line}\n"))["A"].clone().err();
            assert_eq!(wrong, (!reason.is_empty()).then_some(Malformed { line: 2, reason }), "{line}");
        }
    }

    #[test]
    fn a_written_value_comes_back() {
        for value in ["a", "", "a b", "#x", "\"q\"", "it's", "back\\slash", "tab\there"] {
            let text = replace("# top\nX=old\nY=1\nX=older\n", "X", value);
            assert_eq!(read(&text)["X"].as_deref(), Ok(value), "{text}");
            assert!(text.starts_with("# top\nX=") && text.ends_with("\nY=1\n"), "{text}");
        }
        assert_eq!(replace("", "A", "1"), "A=1\n");
    }
}
