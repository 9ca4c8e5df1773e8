//! `${env:NAME}`, `${env:NAME|default}`, `${NAME}`, `${NAME|default}` and `$${` inside a text.

use std::ops::Range;

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Variable(Placeholder<'a>),
}

/// One variable that a text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placeholder<'a> {
    pub(crate) name: &'a str,
    pub(crate) default: Option<&'a str>,
    /// Where in the text it stands, braces included.
    pub(crate) range: Range<usize>,
}

/// Something that looks like a placeholder and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) range: Range<usize>,
    pub(crate) reason: &'static str,
}

/// Splits a text at its placeholders. What looks like one and is none goes to `malformed`.
pub(crate) fn split<'a>(text: &'a str, malformed: &mut Vec<Malformed>) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while let Some(found) = text[at..].find('$').map(|found| at + found) {
        let rest = &text[found..];
        if rest.starts_with("$${") {
            parts.push(Part::Text(&text[done..found]));
            done = found + 1;
            at = found + 3;
        } else if rest.starts_with("${") {
            let Some(length) = rest.find('}').map(|end| end + 1) else {
                if rest.starts_with("${env:") {
                    let range = found..text.len();
                    malformed.push(Malformed { range, reason: "its `}` is missing" });
                }
                break;
            };
            let range = found..found + length;
            at = range.end;
            match read(&rest[2..length - 1]) {
                Read::Variable(name, default) => {
                    parts.push(Part::Text(&text[done..found]));
                    parts.push(Part::Variable(Placeholder { name, default, range: range.clone() }));
                    done = range.end;
                }
                Read::Malformed(reason) => malformed.push(Malformed { range, reason }),
                Read::Text => {}
            }
        } else {
            at = found + 1;
        }
    }
    parts.push(Part::Text(&text[done..]));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

enum Read<'a> {
    Variable(&'a str, Option<&'a str>),
    Malformed(&'static str),
    Text,
}

/// Reads what stands between the braces.
fn read(inside: &str) -> Read<'_> {
    let (name, default) = match inside.split_once('|') {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if let Some(name) = name.strip_prefix("env:") {
        if name.is_empty() {
            return Read::Malformed("it names no variable");
        }
        if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')) {
            return Read::Malformed("a variable's name has letters, digits and `_` only");
        }
        return Read::Variable(name, default);
    }
    let upper = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if upper { Read::Variable(name, default) } else { Read::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let mut malformed = Vec::new();
        let parts: Vec<String> = split(text, &mut malformed)
            .iter()
            .map(|part| match part {
                Part::Text(text) => format!("'{text}'"),
                Part::Variable(found) => format!("{}|{:?}@{:?}", found.name, found.default, found.range),
            })
            .collect();
        let wrong: Vec<_> = malformed.iter().map(|wrong| format!("!{}", wrong.reason)).collect();
        [parts, wrong].concat().join(" ")
    }

    #[test]
    fn a_text_is_split_at_its_placeholders() {
        assert_eq!(shown("a"), "'a'");
        assert_eq!(shown("${env:A}"), "A|None@0..8");
        assert_eq!(shown("x${env:app:a|b c}y"), "'x' app:a|Some(\"b c\")@1..17 'y'");
        assert_eq!(shown("${A_1|}"), "A_1|Some(\"\")@0..7");
        assert_eq!(shown("${HOME}"), "HOME|None@0..7");
        assert_eq!(shown("$${env:A} $5 ${a.b}"), "'${env:A} $5 ${a.b}'");
    }

    #[test]
    fn what_is_no_placeholder_is_named() {
        assert_eq!(shown("${env:}"), "'${env:}' !it names no variable");
        assert_eq!(shown("${env:A"), "'${env:A' !its `}` is missing");
        assert_eq!(shown("${env:A B}"), "'${env:A B}' !a variable's name has letters, digits and `_` only");
    }
}
