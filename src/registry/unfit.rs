//! An entry with errors, of which the rest is checked all the same: what was reported is not known.

use std::sync::Arc;

use super::{KindDef, Lifecycle, lifecycle, slips};
use crate::{
    diag::Diagnostics,
    entry::EntryId,
    source::Span,
    yaml::{DecodeCx, Field, Lookup, Node, Variables},
};

/// An entry with errors that were reported.
#[derive(Debug)]
pub(crate) struct Unfit {
    pub(crate) id: EntryId,
    /// Whether the id is its own: both parts are known, and no entry before it has it.
    pub(crate) is_named: bool,
    pub(crate) kind: &'static KindDef,
    /// Nothing, if it has errors.
    pub(crate) lifecycle: Option<Lifecycle>,
    pub(super) lifecycle_node: Option<Node>,
    pub(crate) body: Node,
    pub(crate) meta: Node,
    /// Where its name stands.
    pub(crate) span: Span,
    pub(super) twice: Vec<Arc<str>>,
}

impl Unfit {
    /// One of its fields; nothing if it is not known.
    pub(crate) fn field<T: Field>(&self, key: &str) -> Option<T> {
        match self.body.pair(key) {
            _ if self.is_twice(key) => None,
            Some(pair) => self.read(|cx| T::decode(&pair.value, cx)),
            None if self.is_misspelt(key) => None,
            None => T::absent(),
        }
    }

    /// Its lifecycle, if it has no errors and this field of it is not left to a start.
    pub(crate) fn lifecycle_with(&self, key: &str) -> Option<&Lifecycle> {
        self.lifecycle.as_ref().filter(|_| lifecycle::is_fixed(self.lifecycle_node.as_ref(), key))
    }

    /// Whether a field was written twice: which of the two was meant is not known.
    pub(crate) fn is_twice(&self, key: &str) -> bool {
        self.twice.iter().any(|twice| **twice == *key)
    }

    /// One of the keys of its `meta`; nothing if it is not known.
    pub(crate) fn meta_field<T: Field>(&self, key: &str) -> Option<T> {
        self.meta.get(key).map_or_else(T::absent, |node| self.read(|cx| T::decode(node, cx)))
    }

    /// Reads something of it; nothing if that has an error, which was reported, or a variable.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&mut DecodeCx<'_>) -> Option<T>) -> Option<T> {
        let mut cx = DecodeCx::new(self.id.namespace(), &NoValues, self.kind.name, self.span);
        read(&mut cx).filter(|_| !cx.later && cx.diagnostics == Diagnostics::default())
    }

    /// Whether a field was perhaps written with a slip.
    fn is_misspelt(&self, key: &str) -> bool {
        let fields = (self.kind.fields)();
        let known: Vec<&str> = fields.iter().map(|field| field.key).collect();
        self.body.as_map().is_none_or(|pairs| slips::meant(pairs, key, &known).is_some())
    }
}

/// No value of a variable is known.
struct NoValues;

impl Variables for NoValues {
    fn lookup(&self, _: &str, _: &str, _: Option<&str>) -> Lookup {
        Lookup::Later
    }

    fn entry(&self, _: &str, _: &str) -> Option<EntryId> {
        None
    }
}
