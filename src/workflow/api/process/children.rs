//! Other runs as processes: `spawn`, `exec`, `cancel` and their kin.

use mlua::{Lua, Table};

const CHILDREN: &str = "child workflows";
const OTHERS: &str = "calls between processes";

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[
    ("cancel", OTHERS),
    ("exec", CHILDREN),
    ("get_options", CHILDREN),
    ("link", OTHERS),
    ("monitor", OTHERS),
    ("registry", OTHERS),
    ("set_options", CHILDREN),
    ("spawn", CHILDREN),
    ("spawn_linked", CHILDREN),
    ("spawn_linked_monitored", CHILDREN),
    ("spawn_monitored", CHILDREN),
    ("terminate", OTHERS),
    ("unlink", OTHERS),
    ("unmonitor", OTHERS),
    ("upgrade", "new runs in place of old ones"),
    ("with_context", CHILDREN),
    ("with_options", CHILDREN),
];

pub(super) fn install(_lua: &Lua, _process: &Table) -> mlua::Result<()> {
    Ok(())
}
