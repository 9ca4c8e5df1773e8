//! `app.orders:worker`: a namespace and a name.

use std::{fmt, sync::Arc};

/// The part before the colon: `app.orders`.
pub(crate) type Namespace = Arc<str>;

/// The full name of an entry.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct EntryId {
    namespace: Namespace,
    name: Arc<str>,
}

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdError {
    #[error("an id is empty")]
    Empty,
    #[error("`{0}` has no namespace: an id is written as `namespace:name`")]
    NoNamespace(String),
    #[error("`{0}` has no name: an id is written as `namespace:name`")]
    NoName(String),
    #[error("`{text}` contains `{character}`; letters, digits, `_`, `-` and `.` are allowed")]
    Character { text: String, character: char },
    #[error("`{0}` has a dot at its beginning or end, or two dots side by side")]
    Dots(String),
}

/// Stands for a part that is missing or is none; no part is written so.
pub(crate) const UNKNOWN: &str = "?";

impl EntryId {
    pub(crate) fn new(namespace: &str, name: &str) -> Result<Self, IdError> {
        Self::of_known(Some(namespace), Some(name))
    }

    /// An id of which a part may not be known: [`UNKNOWN`] stands for it.
    pub(crate) fn of_known(namespace: Option<&str>, name: Option<&str>) -> Result<Self, IdError> {
        let namespace = namespace.map_or(Ok(UNKNOWN), part)?;
        Ok(Self { namespace: namespace.into(), name: name.map_or(Ok(UNKNOWN), part)?.into() })
    }

    /// An id in the namespace of another, be that known or not.
    pub(crate) fn beside(namespace: &str, name: &str) -> Result<Self, IdError> {
        Self::of_known(Some(namespace).filter(|namespace| *namespace != UNKNOWN), Some(name))
    }

    /// Reads `namespace:name`, or a bare `name` in the namespace `default`.
    pub(crate) fn parse(text: &str, default: Option<&str>) -> Result<Self, IdError> {
        match (text.split_once(':'), default) {
            (Some(("", _)), _) => Err(IdError::NoNamespace(text.to_owned())),
            (Some((_, "")), _) => Err(IdError::NoName(text.to_owned())),
            (Some((namespace, name)), _) => Self::new(namespace, name),
            (None, Some(namespace)) => Self::beside(namespace, text),
            (None, None) if text.is_empty() => Err(IdError::Empty),
            (None, None) => Err(IdError::NoNamespace(text.to_owned())),
        }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

fn part(text: &str) -> Result<&str, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if let Some(character) = text.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))) {
        return Err(IdError::Character { text: text.to_owned(), character });
    }
    if text.split('.').any(str::is_empty) {
        return Err(IdError::Dots(text.to_owned()));
    }
    Ok(text)
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.name)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_full_and_bare_names() {
        assert_eq!(EntryId::parse("app.orders:worker", None).unwrap().to_string(), "app.orders:worker");
        assert_eq!(EntryId::parse("worker", Some("app")).unwrap().to_string(), "app:worker");
        assert_eq!(EntryId::parse("get_user.endpoint", Some("app")).unwrap().name(), "get_user.endpoint");
    }

    #[test]
    fn refuses_what_is_no_id() {
        assert_eq!(EntryId::parse("", None), Err(IdError::Empty));
        assert_eq!(EntryId::parse(":x", Some("app")), Err(IdError::NoNamespace(":x".into())));
        assert_eq!(EntryId::parse("app:", None), Err(IdError::NoName("app:".into())));
        assert_eq!(EntryId::parse("a b", Some("app")), Err(IdError::Character { text: "a b".into(), character: ' ' }));
        assert_eq!(EntryId::parse("a|b", Some("app")), Err(IdError::Character { text: "a|b".into(), character: '|' }));
        assert_eq!(EntryId::parse("a..b", Some("app")), Err(IdError::Dots("a..b".into())));
        assert_eq!(EntryId::parse("?:a", None), Err(IdError::Character { text: "?".into(), character: '?' }));
        assert_eq!(EntryId::parse("a:b:c", None), Err(IdError::Character { text: "b:c".into(), character: ':' }));
    }
}
