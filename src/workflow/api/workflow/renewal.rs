//! A new run in place of this one.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[("continue_as_new", "new runs in place of old ones")];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
