//! Did you mean …?

use std::sync::atomic::{AtomicUsize, Ordering};

/// What is begun so is a word that was not finished, and no letter or two that fit by chance.
const BEGINNING: usize = 4;

/// Who has more mistakes than this has one mistake, made everywhere. To compare each with thousands of names
/// would take minutes.
const SUGGESTED: usize = 100;

/// Looks for what was meant, for the first hundred mistakes.
#[derive(Debug, Default)]
pub(crate) struct Suggestions(AtomicUsize);

impl Suggestions {
    pub(crate) fn of<T>(&self, look: impl FnOnce() -> Option<T>) -> Option<T> {
        (self.0.fetch_add(1, Ordering::Relaxed) < SUGGESTED).then(look).flatten()
    }
}

/// The candidate that `text` most likely stands for: at most a third of its letters differ, or it
/// goes on where `text` ends.
pub(crate) fn closest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = text.chars().count();
    let allowed = (length / 3).clamp(1, 4);
    let lower = text.to_lowercase();
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates
        .iter()
        // Each letter too many is a difference.
        .filter(|candidate| **candidate != text && candidate.chars().count().abs_diff(length) <= allowed + 1)
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| *candidate);
    let begun = || {
        let longer = candidates.iter().filter(|candidate| candidate.len() > text.len() && candidate.starts_with(text));
        longer.min_by_key(|candidate| candidate.len()).copied().filter(|_| length >= BEGINNING)
    };
    near.or_else(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let kinds = ["temporal.client", "temporal.worker", "workflow.lua"];
        assert_eq!(closest("temporal.clint", kinds), Some("temporal.client"));
        assert_eq!(closest("Workflow.lua", kinds), Some("workflow.lua"));
        assert_eq!(closest("http.service", kinds), None);
    }

    #[test]
    fn finds_the_word_that_was_begun() {
        let keys = ["start_to_close_timeout", "schedule_to_close_timeout"];
        assert_eq!(closest("start_to_close", keys), Some("start_to_close_timeout"));
        assert_eq!(closest("sta", keys), None);
    }

    #[test]
    fn nobody_looks_for_more_than_a_hundred_suggestions() {
        let (suggestions, mut looks) = (Suggestions::default(), 0);
        let answers = (0..150).filter_map(|_| {
            suggestions.of(|| {
                looks += 1;
                Some("worker")
            })
        });
        assert_eq!((answers.count(), looks), (100, 100));
    }
}
