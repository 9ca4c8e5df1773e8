//! Search attributes and memo.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] =
    &[("attrs", "attributes"), ("memo", "attributes"), ("search_attributes", "attributes"), ("unset", "attributes")];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
