//! `env.storage.static`: values that stand in the entry, read-only.

use indexmap::IndexMap;

use crate::{
    entry::EntryId,
    env::{Env, Storage},
    registry::Kind,
    yaml::{AnyText, DecodeCx, Node, record},
};

/// The kind.
pub(crate) struct EnvStorageStatic;

record! {
    /// Values that stand in the entry, read-only.
    pub(crate) struct StaticFields {
        /// The values, by name.
        values: IndexMap<String, AnyText>;
    }
}

impl Kind for EnvStorageStatic {
    const NAME: &'static str = "env.storage.static";
    const MANUAL: &'static str = include_str!("../../../registry/kinds/env.storage.static.md");
    const FEEDS_ENV: bool = true;
    type Fields = StaticFields;
    type Spec = StaticFields;

    fn build(fields: Option<StaticFields>, _: &Node, _: &mut DecodeCx<'_>) -> Option<StaticFields> {
        fields
    }

    fn feed(id: &EntryId, spec: &StaticFields, env: &mut Env) -> Result<(), EntryId> {
        let values = spec.values.iter().map(|(key, value)| (key.clone(), value.0.clone())).collect();
        env.add_storage(id.clone(), Storage::Static(values));
        Ok(())
    }
}
