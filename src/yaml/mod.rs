//! Turns text into a tree that remembers places.

/// A YAML value with a span on every key and value.
#[derive(Clone, Debug)]
pub(crate) struct Node;
