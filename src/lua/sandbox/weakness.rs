//! Weak tables, which only the library has.
//!
//! What a weak table still holds depends on when the garbage collector ran. `setmetatable` refuses a
//! metatable that has `__mode`; one that gets it later is not weak for it. The key that the engine looks
//! for is another one, which nobody can guess.

use metonic_doors::weaken_by;
use mlua::{Lua, LuaString, Table};
use uuid::Uuid;

use super::key;

/// Takes its meaning from `__mode`; before there is a weak table.
pub(super) fn reserve(lua: &Lua) -> mlua::Result<()> {
    let own = Uuid::new_v4().to_string();
    weaken_by(lua, &own)?;
    lua.set_named_registry_value(&key("weak"), own)
}

/// A table that holds no key which nobody else has.
pub(in crate::lua) fn weak_keys(lua: &Lua) -> mlua::Result<Table> {
    let metatable = lua.create_table()?;
    metatable.raw_set(lua.named_registry_value::<LuaString>(&key("weak"))?, "k")?;
    let table = lua.create_table()?;
    table.set_metatable(Some(metatable))?;
    Ok(table)
}
