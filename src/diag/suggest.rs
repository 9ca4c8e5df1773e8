//! Did you mean …?

/// The candidate that `text` most likely stands for: at most a third of its letters differ.
pub(crate) fn closest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (text.chars().count() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&text.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *candidate != text)
        .min()
        .map(|(_, candidate)| candidate)
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
}
