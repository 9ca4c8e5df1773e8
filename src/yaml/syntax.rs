//! Syntax errors in words that help: what people do wrong most often is named.

use granit_parser::{ErrorKind, ScanError};

use crate::{
    diag::{Code, Diagnostic},
    source::{SourceId, Span},
};

/// What is wrong at `at`, a byte of `text`.
pub(super) fn diagnose(source: SourceId, text: &str, at: usize, error: &ScanError) -> Diagnostic {
    let at = floor_boundary(text, at);
    if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
        return Diagnostic::error(Code::YamlLimit, one(source, text, at), "values inside values, too many levels deep");
    }
    if let Some(diagnostic) = tab(source, text, at).or_else(|| second_colon(source, text, at)) {
        return diagnostic;
    }
    let said = error.info();
    let said = said.trim_end_matches('.');
    let diagnostic = Diagnostic::error(Code::YamlSyntax, one(source, text, at), format!("malformed YAML: {said}"));
    match hint(error.kind()) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The first zero byte of a text: what is said of what stands around it would only mislead.
pub(super) fn zero_byte(source: SourceId, text: &str) -> Option<Diagnostic> {
    let at = text.find('\0')?;
    let column = text[..at].rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let headline = format!("byte {at} of the file is zero, in column {column} of its line");
    let diagnostic = Diagnostic::error(Code::YamlSyntax, Span::new(source, at, at + 1), headline);
    Some(diagnostic.label("a text file has no such byte").help("remove it, or save the file as UTF-8 anew"))
}

fn hint(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::UnknownAnchor => "an alias `*name` needs an anchor `&name` before it",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            "quotes that begin before this place are never closed"
        }
        ErrorKind::UnclosedFlowCollection { .. } | ErrorKind::UnexpectedEofFlowSequence => "a bracket is never closed",
        ErrorKind::UnexpectedEofFlowMapping => "a brace is never closed",
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => {
            "lines of one map begin in the same column"
        }
        ErrorKind::MappingValueNotAllowed => "lines of one map begin in the same column, and a value is not a key",
        ErrorKind::SimpleKeyExpected => "a key is followed by `: ` and its value",
        ErrorKind::UnexpectedCharacter { .. } => "a value that begins with this character has to be quoted",
        _ => return None,
    })
}

/// A tab among the spaces that begin this line or the one before or after it: the parser often
/// notices only later, or reports what went before.
fn tab(source: SourceId, text: &str, at: usize) -> Option<Diagnostic> {
    let line = text[..at].bytes().filter(|byte| *byte == b'\n').count();
    let mut start = 0;
    for (number, content) in text.split_inclusive('\n').enumerate() {
        let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
        let close = number + 1 >= line && number <= line + 1;
        if close
            && !content.trim().is_empty()
            && let Some(tab) = content[..indent].find('\t')
        {
            let span = Span::new(source, start + tab, start + indent);
            return Some(
                Diagnostic::error(Code::YamlSyntax, span, "a line is indented with a tab")
                    .label("YAML takes spaces only")
                    .help("use two spaces for each level")
                    .patch(span, content[tab..indent].replace('\t', "  ")),
            );
        }
        start += content.len();
    }
    None
}

/// `key: one: two` on one line.
fn second_colon(source: SourceId, text: &str, at: usize) -> Option<Diagnostic> {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = text[start..].split(['\n', '\r']).next().unwrap_or_default();
    let first = line.find(": ")? + 2;
    if line[..first].contains(['{', '[', '"', '\'', '#']) {
        return None;
    }
    let value = line[first..].trim_start();
    let value_at = start + line.len() - value.len();
    let value = value.split(" #").next().unwrap_or_default().trim_end();
    let plain = !value.starts_with(['"', '\'', '[', '{', '|', '>', '&', '*', '!']);
    if !plain || !(value.contains(": ") || value.ends_with(':')) {
        return None;
    }
    let span = Span::new(source, value_at, value_at + value.len());
    Some(
        Diagnostic::error(Code::YamlSyntax, span, "a value that contains `: ` has to be quoted")
            .label("read as a key and a value inside a value")
            .help("put it in quotes")
            .patch(span, format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))),
    )
}

/// The one character at `at`, or the last one of the text.
fn one(source: SourceId, text: &str, at: usize) -> Span {
    let at = if at >= text.len() { floor_boundary(text, text.trim_end().len().saturating_sub(1)) } else { at };
    let length = text[at..].chars().next().filter(|c| *c != '\n' && *c != '\r').map_or(0, char::len_utf8);
    Span::new(source, at, at + length)
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
