//! Cancellation: scopes, shields, time limits, and why the run was asked to end.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[
    ("cancellation", "cancellation scopes"),
    ("cancelled", "cancellation scopes"),
    ("scope", "cancellation scopes"),
    ("shield", "cancellation scopes"),
    ("with_timeout", "cancellation scopes"),
];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
