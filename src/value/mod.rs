//! The data that crosses borders: what YAML, Lua and Temporal exchange, and what of it is secret.
//!
//! [`Value`] is JSON plus bytes, with objects in the order they were written. An integer keeps all
//! its digits: what does not fit 64 bits is refused where it comes in, never rounded.

mod duration;
mod failure;
mod json;
mod path;
mod portable;
mod secret;
mod time;
mod told;

use indexmap::IndexMap;

pub(crate) use duration::{DurationError, format_duration, of_millis, parse_duration};
pub(crate) use failure::{Failure, FailureInfo, RetryState, TimeoutKind, kinds as failure_kind};
pub(crate) use path::Path;
pub(crate) use portable::NotPortable;
pub(crate) use secret::{Secret, mask, redact};
pub(crate) use time::format_time;

/// An object: text keys in the order they were written.
pub(crate) type Map = IndexMap<String, Value>;

/// A value of JSON, or bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    Float(f64),
    Text(String),
    /// Bytes that are not text: `binary/plain` at Temporal's border.
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(Map),
}

impl Value {
    /// What kind of value this is, as a message calls it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::UInt(_) => "integer",
            Self::Float(_) => "number",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
        }
    }

    /// The same with its article.
    pub(crate) fn a_type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::UInt(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
