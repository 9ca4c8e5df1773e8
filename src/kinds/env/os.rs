//! `env.storage.os`: the environment of the process, read-only.

use crate::{
    entry::EntryId,
    env::{Env, Storage},
    registry::Kind,
    yaml::{DecodeCx, Node, record},
};

/// The kind.
pub(crate) struct EnvStorageOs;

record! {
    /// The environment of the process, read-only.
    pub(crate) struct OsFields {}
}

impl Kind for EnvStorageOs {
    const NAME: &'static str = "env.storage.os";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.storage.os.md");
    const FEEDS_ENV: bool = true;
    type Fields = OsFields;
    type Spec = OsFields;

    fn build(fields: Option<OsFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<OsFields> {
        fields
    }

    fn feed(id: &EntryId, _: &OsFields, env: &mut Env) -> Result<(), EntryId> {
        env.add_storage(id.clone(), Storage::Os);
        Ok(())
    }
}
