//! `metonic explain`: the page about a diagnostic or a kind.

use crate::{
    diag::{Code, closest},
    kinds,
};

/// There is no such page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called `{topic}`{}", close.as_ref().map(|close| format!("; did you mean `{close}`?")).unwrap_or_default())]
pub(crate) struct ExplainError {
    pub(crate) topic: String,
    pub(crate) close: Option<String>,
}

/// The page about `topic`: the code of a diagnostic, or a kind of entry.
pub(crate) fn explain(topic: &str) -> Result<&'static str, ExplainError> {
    let topic = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(topic)).map_or(topic, |(_, topic)| topic);
    if let Some(code) = Code::from_slug(topic) {
        return Ok(code.page());
    }
    if let Some(kind) = kinds::ALL.iter().find(|kind| kind.name == topic) {
        return Ok(kind.manual);
    }
    if let Some((_, page)) = PAGES.iter().find(|(name, _)| *name == topic) {
        return Ok(page);
    }
    let close = closest(topic, topics()).map(str::to_owned);
    Err(ExplainError { topic: topic.to_owned(), close })
}

/// What Temporal calls things that have a page here.
const ALIASES: &[(&str, &str)] = &[("TMPRL1100", "non-determinism"), ("TMPRL1101", "limits")];

/// Pages about what is neither a diagnostic nor a kind.
const PAGES: &[(&str, &str)] = &[
    ("limits", include_str!("../../registry/kinds/limits.md")),
    ("lifecycle", include_str!("../../registry/kinds/lifecycle.md")),
    ("placeholders", include_str!("../../registry/kinds/placeholders.md")),
];

/// Everything that has a page: kinds first, then codes.
pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    let kinds = kinds::ALL.iter().map(|kind| kind.name);
    kinds.chain(PAGES.iter().map(|(name, _)| *name)).chain(Code::ALL.iter().map(|code| code.slug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_codes_have_pages() {
        for topic in topics() {
            assert!(explain(topic).unwrap().starts_with(&format!("# {topic}\n")), "{topic}");
        }
    }

    #[test]
    fn codes_of_temporal_have_pages() {
        assert_eq!(explain("TMPRL1100"), explain("non-determinism"));
        assert_eq!(explain("tmprl1101"), explain("limits"));
    }

    #[test]
    fn a_slip_is_answered_with_the_name() {
        assert_eq!(explain("unknown-knd").unwrap_err().close.as_deref(), Some("unknown-kind"));
    }
}
