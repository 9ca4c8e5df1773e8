//! Other runs: children, and those that somebody else started.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] =
    &[("exec", "child workflows"), ("external", "child workflows"), ("with_options", "child workflows")];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
