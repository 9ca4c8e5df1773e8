//! Search attributes: what the server finds runs by. Each has a type there.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::value::Value;

/// By name, in the order they were written.
pub(crate) type SearchAttributes = IndexMap<String, SearchAttribute>;

/// One value and its type; null takes the attribute away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SearchAttribute {
    pub(crate) kind: SearchAttributeKind,
    pub(crate) value: Value,
}

/// As the server names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SearchAttributeKind {
    Text,
    Keyword,
    Int,
    Double,
    Bool,
    /// A text in the form of RFC 3339.
    Datetime,
    KeywordList,
}

impl SearchAttributeKind {
    const ALL: [Self; 7] =
        [Self::Text, Self::Keyword, Self::Int, Self::Double, Self::Bool, Self::Datetime, Self::KeywordList];

    /// As it stands in the metadata of a payload.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Text => "Text",
            Self::Keyword => "Keyword",
            Self::Int => "Int",
            Self::Double => "Double",
            Self::Bool => "Bool",
            Self::Datetime => "Datetime",
            Self::KeywordList => "KeywordList",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
