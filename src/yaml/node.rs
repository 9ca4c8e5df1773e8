//! A YAML value with the place of every key and value.
//!
//! Scalars keep their style and text, so that a decoder, which knows what it wants, decides what
//! they mean: `no` is a text where a text is wanted. Debug output shows the shape and never a text,
//! since any text may be a credential.

use std::{fmt, sync::Arc};

use crate::source::{SourceId, Span, Spanned};

/// A YAML value and where it was written. What came through an alias stands where the alias
/// stands; what is inside it stands where it was written.
#[derive(Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) data: Data,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Data {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<Pair>),
}

/// One line of a map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) key: Spanned<Arc<str>>,
    pub(crate) value: Node,
}

/// A text and how it was written.
#[derive(Clone, PartialEq)]
pub(crate) struct Scalar {
    pub(crate) text: Arc<str>,
    pub(crate) style: Style,
    /// The file whose text this is, for a value that was `file://…`.
    pub(crate) file: Option<SourceId>,
}

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes: the text may stand for a number, a boolean or nothing.
    Plain,
    Single,
    Double,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
    /// Not written here: a file's text.
    File,
    /// Not written here: one variable's value. It may stand for whatever is wanted.
    Variable,
}

impl Node {
    pub(crate) fn map(span: Span, pairs: Vec<Pair>) -> Self {
        Self { span, data: Data::Map(pairs) }
    }

    pub(crate) fn as_map(&self) -> Option<&[Pair]> {
        match &self.data {
            Data::Map(pairs) => Some(pairs),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    pub(crate) fn pair(&self, key: &str) -> Option<&Pair> {
        self.as_map()?.iter().find(|pair| pair.name() == key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.pair(key).map(|pair| &pair.value)
    }

    /// Whether nothing was written: an empty value, `null` or `~`.
    pub(crate) fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// Whether a text of no letters was written: `""`.
    pub(crate) fn is_empty_text(&self) -> bool {
        let scalar = self.as_scalar().filter(|scalar| !scalar.is_null() && scalar.style != Style::File);
        scalar.is_some_and(|scalar| scalar.text.is_empty())
    }

    /// Whether a file's text was wanted that could not be included, as was reported: what it would have
    /// been is not known.
    pub(crate) fn is_not_included(&self) -> bool {
        self.as_scalar().is_some_and(|scalar| scalar.style == Style::File && scalar.file.is_none())
    }

    /// How many nodes this is, itself included.
    pub(super) fn count(&self) -> usize {
        1 + match &self.data {
            Data::Scalar(_) => 0,
            Data::List(items) => items.iter().map(Self::count).sum(),
            Data::Map(pairs) => pairs.iter().map(|pair| 1 + pair.value.count()).sum(),
        }
    }

    /// How many levels this has, itself included.
    pub(super) fn depth(&self) -> usize {
        1 + match &self.data {
            Data::Scalar(_) => 0,
            Data::List(items) => items.iter().map(Self::depth).max().unwrap_or(0),
            Data::Map(pairs) => pairs.iter().map(|pair| pair.value.depth()).max().unwrap_or(0),
        }
    }

    /// Everything that tells this value from another, as bytes; places and comments do not count.
    pub(crate) fn fingerprint(&self, into: &mut Vec<u8>) {
        let mut sized = |tag: u8, size: usize| {
            into.push(tag);
            into.extend_from_slice(&(size as u64).to_le_bytes());
        };
        match &self.data {
            Data::Scalar(scalar) => {
                sized(if scalar.style == Style::Plain { b'p' } else { b's' }, scalar.text.len());
                into.extend_from_slice(scalar.text.as_bytes());
            }
            Data::List(items) => {
                sized(b'l', items.len());
                for item in items {
                    item.fingerprint(into);
                }
            }
            Data::Map(pairs) => {
                sized(b'm', pairs.len());
                for pair in pairs {
                    into.extend_from_slice(&(pair.key.len() as u64).to_le_bytes());
                    into.extend_from_slice(pair.key.as_bytes());
                    pair.value.fingerprint(into);
                }
            }
        }
    }
}

impl Pair {
    pub(crate) fn name(&self) -> &str {
        &self.key.value
    }
}

impl Scalar {
    pub(crate) fn new(text: impl Into<Arc<str>>, style: Style) -> Self {
        Self { text: text.into(), style, file: None }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.style == Style::Plain && matches!(&*self.text, "" | "~" | "null" | "Null" | "NULL")
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.data {
            Data::Scalar(scalar) => write!(f, "{:?}@{:?}", scalar.style, self.span),
            Data::List(items) => f.debug_list().entries(items).finish(),
            Data::Map(pairs) => f.debug_map().entries(pairs.iter().map(|pair| (&pair.key.value, &pair.value))).finish(),
        }
    }
}

/// Where bytes of a scalar's text stand in the file: exactly, if nothing in it was escaped.
pub(crate) fn place_inside(span: Span, scalar: &Scalar, range: &std::ops::Range<usize>) -> Span {
    let length = (span.end - span.start) as usize;
    let quotes = match scalar.style {
        Style::Plain => 0,
        Style::Single | Style::Double => 1,
        _ => return span,
    };
    if length != scalar.text.len() + 2 * quotes {
        return span;
    }
    let start = span.start as usize + quotes;
    Span::new(span.source, start + range.start, start + range.end)
}
