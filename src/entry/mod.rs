//! Names entries and what they point at.

mod id;
mod reference;

pub(crate) use id::{EntryId, IdError, Namespace, UNKNOWN};
pub(crate) use reference::{Reference, Relation};
