//! `env.storage.memory`: values that the process keeps while it runs.

use crate::{
    entry::EntryId,
    env::{Env, Storage},
    registry::Kind,
    yaml::{DecodeCx, Node, record},
};

/// The kind.
pub(crate) struct EnvStorageMemory;

record! {
    /// Values that the process keeps while it runs.
    pub(crate) struct MemoryFields {}
}

impl Kind for EnvStorageMemory {
    const NAME: &'static str = "env.storage.memory";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.storage.memory.md");
    const FEEDS_ENV: bool = true;
    type Fields = MemoryFields;
    type Spec = MemoryFields;

    fn build(fields: Option<MemoryFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<MemoryFields> {
        fields
    }

    fn feed(id: &EntryId, _: &MemoryFields, env: &mut Env) -> Result<(), EntryId> {
        env.add_storage(id.clone(), Storage::memory());
        Ok(())
    }
}
