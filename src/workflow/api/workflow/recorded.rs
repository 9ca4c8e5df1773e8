//! What is done once and recorded: local activities and side effects.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] =
    &[("is_replaying", "local activities"), ("local_call", "local activities"), ("side_effect", "local activities")];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
