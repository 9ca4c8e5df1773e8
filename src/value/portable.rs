//! What can travel as a payload: JSON has no bytes, no infinity and no "not a number".

use crate::value::Value;

/// Why a value cannot travel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotPortable {
    #[error("`{path}` is a number that JSON cannot hold: {number}")]
    Number { path: String, number: String },
    #[error("`{0}` is bytes inside a table, which JSON cannot hold; send the bytes alone or as base64")]
    NestedBytes(String),
}

impl Value {
    /// Whether this can be a payload. Bytes can, by themselves.
    pub(crate) fn portable(&self) -> Result<(), NotPortable> {
        match self {
            Self::Bytes(_) => Ok(()),
            other => inside(other),
        }
    }
}

/// The path is built only for an error.
fn inside(value: &Value) -> Result<(), NotPortable> {
    match value {
        Value::Float(number) if !number.is_finite() => {
            Err(NotPortable::Number { path: String::new(), number: number.to_string() })
        }
        Value::Bytes(_) => Err(NotPortable::NestedBytes(String::new())),
        Value::List(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| inside(item).map_err(|error| error.below(&format!("[{at}]")))),
        Value::Map(map) => map.iter().try_for_each(|(key, item)| inside(item).map_err(|error| error.below(key))),
        _ => Ok(()),
    }
}

impl NotPortable {
    /// The same one step further out.
    fn below(mut self, step: &str) -> Self {
        let (Self::Number { path, .. } | Self::NestedBytes(path)) = &mut self;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        *path = format!("{step}{dot}{path}");
        self
    }
}
