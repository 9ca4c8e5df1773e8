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
