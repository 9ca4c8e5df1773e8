//! What coroutines do together: `all`, `race`, `await`, mutex and semaphore.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[
    ("all", "cancellation scopes"),
    ("await", "cancellation scopes"),
    ("mutex", "cancellation scopes"),
    ("race", "cancellation scopes"),
    ("semaphore", "cancellation scopes"),
];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
