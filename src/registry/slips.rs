//! Keys that were written with a slip, by the rule that the suggestions of a diagnostic follow.

use crate::{diag::closest, yaml::Pair};

/// What was written with a slip in the place of `key`; what is `known` is none.
pub(super) fn meant<'a>(pairs: &'a [Pair], key: &str, known: &[&str]) -> Option<&'a Pair> {
    pairs.iter().find(|pair| !known.contains(&pair.name()) && closest(pair.name(), [key]).is_some())
}

/// Whether a text is one of some words, or perhaps meant as one.
pub(super) fn is_or_nearly(text: &str, words: &[&str]) -> bool {
    words.contains(&text) || closest(text, words.iter().copied()).is_some()
}

/// The words of a text that stand before a colon.
pub(super) fn keys_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(':').map(|(colon, _)| key_before(text, colon))
}

/// The word before a colon.
pub(super) fn key_before(text: &str, colon: usize) -> &str {
    let before = text[..colon].trim_end_matches([' ', '\t', '"', '\'']);
    let is_letter = |character: char| character.is_alphanumeric() || character == '_';
    let start = before.rfind(|character: char| !is_letter(character));
    start.map_or(before, |at| before[at..].trim_start_matches(|character: char| !is_letter(character)))
}
