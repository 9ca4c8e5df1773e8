//! Did you mean …?

/// What is begun so is a word that was not finished, and no letter or two that fit by chance.
const BEGINNING: usize = 4;

/// The candidate that `text` most likely stands for: at most a third of its letters differ, or it
/// goes on where `text` ends.
pub(crate) fn closest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (text.chars().count() / 3).clamp(1, 4);
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let near = candidates
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&text.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && **candidate != text)
        .min()
        .map(|(_, candidate)| *candidate);
    let begun = || {
        let longer = candidates.iter().filter(|candidate| candidate.len() > text.len() && candidate.starts_with(text));
        longer.min_by_key(|candidate| candidate.len()).copied().filter(|_| text.chars().count() >= BEGINNING)
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
}
