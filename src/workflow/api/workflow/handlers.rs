//! Handlers of signals, queries and updates, and what the Web UI shows of a run.

use mlua::{Lua, Table};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[
    ("on_query", "handlers"),
    ("on_signal", "handlers"),
    ("on_update", "handlers"),
    ("signals", "handlers"),
    ("wait_signal", "handlers"),
    ("handlers_finished", "handlers"),
    ("state", "handlers"),
    ("details", "handlers"),
];

pub(super) fn install(_lua: &Lua, _workflow: &Table) -> mlua::Result<()> {
    Ok(())
}
