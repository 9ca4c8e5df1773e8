//! Versions: how code changes under runs that go on.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] =
    &[("deprecate_patch", "versions"), ("patched", "versions"), ("version", "versions")];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
