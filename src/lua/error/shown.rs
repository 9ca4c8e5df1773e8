//! An error as people are shown it: where it arose, which part of the line is to blame, who called.

use std::ops::Range;

use super::{
    Frame, LuaError, Origin, find_word, quoted_words,
    suspects::{call_of, suspect},
};
use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    lua::Program,
    source::Span,
};

/// What a line has that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Culprit {
    /// Its bytes in the line.
    pub(crate) range: Range<usize>,
    /// What to say of it; nothing: the headline says it.
    pub(crate) label: String,
}

impl LuaError {
    /// The diagnostic of an error in `program`.
    pub(crate) fn diagnostic(&self, headline: String, program: &Program) -> Diagnostic {
        let mut diagnostic = match self.blamed(program) {
            None => Diagnostic::without_place(Code::LuaError, Severity::Error, Blame::Workflow, headline),
            Some((span, label)) => {
                Diagnostic::error(Code::LuaError, span, headline).label(label).blame(Blame::Workflow)
            }
        };
        for (called, caller) in self.frames.iter().zip(self.frames.iter().skip(1)).take(2) {
            if let Some(span) = place_of_call(called, caller, program) {
                let how = if called.is_caught { "raised again here" } else { "called from here" };
                diagnostic = diagnostic.also(span, how);
            }
        }
        diagnostic
    }

    /// What of the program the error is about, and what to say of it: a part of a line, else the line.
    pub(crate) fn blamed(&self, program: &Program) -> Option<(Span, String)> {
        let frame = self.place()?;
        let line = program.place(&frame.chunk, frame.line)?.span;
        if let Some(code) = program.code(&frame.chunk, frame.line)
            && let Some(culprit) = self.suspect(code.text, code.line.clone())
        {
            return Some((code.span(culprit.range), culprit.label));
        }
        Some(self.culprit(program.sources().slice(line)).map_or((line, String::new()), |culprit| {
            let start = line.start as usize + culprit.range.start;
            (Span::new(line.source, start, start + culprit.range.len()), culprit.label)
        }))
    }

    /// What of one line of `text` broke: the only part of it that can have raised the message.
    pub(super) fn suspect(&self, text: &str, line: Range<usize>) -> Option<Culprit> {
        if self.origin == Origin::Bug { suspect(&self.message, text, line) } else { None }
    }

    /// What of `line` the message is about: the value that has no fields, if the line asks it for
    /// one only once, else a word that stands there.
    pub(crate) fn culprit(&self, line: &str) -> Option<Culprit> {
        if let Some((kind, key)) = self.indexed()
            && let Some(range) = indexed_at(line, key)
        {
            return Some(Culprit { range, label: this_is(kind) });
        }
        // A sign says nothing of where it is missing.
        let is_name = |word: &str| word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let word = quoted_words(&self.message).find(|word| is_name(word) && find_word(line, word).is_some())?;
        Some(Culprit { range: find_word(line, word)?, label: String::new() })
    }

    /// The field that is nil where it was asked for a field itself: `customer` in `order.customer.email`.
    pub(crate) fn absent_field(&self, program: &Program) -> Option<String> {
        let _ = self.indexed().filter(|(kind, _)| *kind == "nil")?;
        let place = self.place().and_then(|frame| program.place(&frame.chunk, frame.line))?;
        let line = program.sources().slice(place.span);
        let (owner, field) = line.get(self.culprit(line)?.range)?.split_once('.')?;
        let is_name = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        (is_name(owner) && is_name(field)).then(|| field.to_owned())
    }

    /// What was asked for a field, and which: `attempt to index nil with 'email'`.
    pub(crate) fn indexed(&self) -> Option<(&str, &str)> {
        let (kind, key) = self.message.strip_prefix("attempt to index ")?.split_once(" with '")?;
        Some((kind, key.strip_suffix('\'')?))
    }
}

/// Where in the line of its caller a function was called: all of the line, if the text does not tell.
fn place_of_call(function: &Frame, caller: &Frame, program: &Program) -> Option<Span> {
    let code = program.code(&caller.chunk, caller.line);
    let call = code.and_then(|code| {
        let name = function.function.as_deref()?;
        call_of(name, code.text, code.line.clone()).map(|range| code.span(range))
    });
    call.or_else(|| program.place(&caller.chunk, caller.line).map(|place| place.span))
}

/// What to say of a value that is of the wrong type.
pub(super) fn this_is(kind: &str) -> String {
    match kind {
        "nil" => "this is nil".to_owned(),
        other => format!("this is a {other}"),
    }
}

/// The expression before the one place in `line` where `key` is asked for; nothing if another place
/// may have asked for it with a key that the line does not show.
fn indexed_at(line: &str, key: &str) -> Option<Range<usize>> {
    let ends = |at: usize| !line[at..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let forms = [format!(".{key}"), format!(":{key}"), format!("['{key}']"), format!("[\"{key}\"]")];
    let mut places = forms
        .iter()
        .flat_map(|form| line.match_indices(form.as_str()).map(|(at, form)| (at, at + form.len())).collect::<Vec<_>>())
        .filter(|(at, end)| (line[*at..].starts_with('[') || ends(*end)) && !line[..*at].ends_with(['.', ':']))
        .map(|(at, _)| at);
    let at = places.next().filter(|_| places.next().is_none())?;
    let start = expression_before(line.as_bytes(), at);
    let elsewhere = computed_keys(line.as_bytes()).any(|key| key < start || key >= at);
    (start < at && !elsewhere).then_some(start..at)
}

/// Where in `line` something is asked for a field that only the run knows: `t[k]`.
fn computed_keys(line: &[u8]) -> impl Iterator<Item = usize> {
    let is_index = |at: usize| {
        let before = line[..at].iter().rev().find(|byte| **byte != b' ');
        before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_)]".contains(byte))
    };
    let is_plain = |at: usize| match line[at + 1..].iter().find(|byte| **byte != b' ') {
        Some(quote @ (b'"' | b'\'')) => {
            let mut rest = line[at + 1..].splitn(3, |byte| byte == quote).skip(2);
            rest.next().is_some_and(|rest| rest.first() == Some(&b']'))
        }
        Some(byte) => byte.is_ascii_digit(),
        None => false,
    };
    (0..line.len()).filter(move |at| line[*at] == b'[' && is_index(*at) && !is_plain(*at))
}

/// Where the names, calls and brackets begin that end at `at`.
fn expression_before(line: &[u8], at: usize) -> usize {
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut start = at;
    loop {
        let begun = start;
        while start > 0 && matches!(line[start - 1], b')' | b']') {
            match opening(line, start - 1) {
                Some(open) => start = open,
                None => return begun,
            }
        }
        while start > 0 && part_of_name(line[start - 1]) {
            start -= 1;
        }
        if start == begun {
            return start;
        }
        match start.checked_sub(1).map(|before| line[before]) {
            Some(b'.' | b':') if start >= 2 && (part_of_name(line[start - 2]) || b")]".contains(&line[start - 2])) => {
                start -= 1;
            }
            _ => return start,
        }
    }
}

/// The bracket that the one at `close` closes.
fn opening(line: &[u8], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    (0..=close).rev().find(|at| {
        match line[*at] {
            b')' | b']' => depth += 1,
            b'(' | b'[' => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}
