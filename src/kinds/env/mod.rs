//! The kinds that variables come from.

mod file;
mod memory;
mod os;
mod router;
mod static_values;
mod variable;

pub(crate) use file::EnvStorageFile;
pub(crate) use memory::EnvStorageMemory;
pub(crate) use os::EnvStorageOs;
pub(crate) use router::EnvStorageRouter;
pub(crate) use static_values::EnvStorageStatic;
pub(crate) use variable::EnvVariable;

use crate::{entry::Relation, registry::Target};

/// Where values are kept.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AnyStorage;

impl Target for AnyStorage {
    const KINDS: &'static [&'static str] = &["env.storage.*"];
    const RELATION: Relation = Relation::Uses;
}
