//! What the compiler has to say, at the place it is about.

use super::{ModuleSource, place};
use crate::{
    diag::{Code, Diagnostic, closest},
    source::{Source, Span},
};

/// The compiler's message as a diagnostic.
pub(super) fn diagnostic(error: &mlua::Error, module: &ModuleSource, source: &Source, name: &str) -> Diagnostic {
    let mlua::Error::SyntaxError { message, .. } = error else {
        let span = place(source, module.origin, name, module.origin.first_line).span;
        return Diagnostic::error(Code::LuaSyntax, span, error.to_string());
    };
    let (line, message) = split(message).unwrap_or((module.origin.first_line, message));
    let whole = place(source, module.origin, name, line).span;
    let mut diagnostic = Diagnostic::error(Code::LuaSyntax, whole, in_our_words(message));
    if module.origin.whole.is_none()
        && let Some(culprit) = culprit(message)
        && let Some(at) = find_word(&source.text[whole.range()], culprit)
    {
        let start = whole.start as usize + at;
        let span = Span::new(whole.source, start, start + culprit.len());
        diagnostic = Diagnostic::error(Code::LuaSyntax, span, in_our_words(message)).label("found here");
        if let Some(word) = expected(message).filter(|word| closest(culprit, [*word]).is_some()) {
            diagnostic = diagnostic.help(format!("did you mean `{word}`?")).patch(span, word);
        }
    }
    module.with_line(diagnostic, line, source)
}

/// `12: message` → 12 and the message.
fn split(message: &str) -> Option<(usize, &str)> {
    let (line, text) = message.trim_start_matches(':').split_once(':')?;
    Some((line.parse().ok()?, text.trim_start()))
}

/// The word that the compiler did not expect.
fn culprit(message: &str) -> Option<&str> {
    let (_, after) = message.rsplit_once("got '")?;
    after.split_once('\'').map(|(word, _)| word).filter(|word| !word.is_empty())
}

/// The keyword that the compiler waited for.
fn expected(message: &str) -> Option<&str> {
    let (word, _) = message.strip_prefix("Expected '")?.split_once('\'')?;
    word.bytes().all(|byte| byte.is_ascii_lowercase()).then_some(word)
}

/// The last place where `word` stands by itself.
fn find_word(line: &str, word: &str) -> Option<usize> {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    let inside = word.chars().all(is_letter);
    line.rmatch_indices(word).map(|(at, _)| at).find(|at| {
        let before = line[..*at].chars().next_back().is_some_and(is_letter);
        let after = line[*at + word.len()..].chars().next().is_some_and(is_letter);
        !inside || !(before || after)
    })
}

/// Lower case, backticks, no full stop.
fn in_our_words(message: &str) -> String {
    let mut text = message.trim().trim_end_matches('.').replace('\'', "`");
    if let Some(first) = text.get(..1) {
        let lower = first.to_lowercase();
        text.replace_range(..1, &lower);
    }
    text
}
