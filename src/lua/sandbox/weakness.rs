//! Metatables that were made weak after they were given to a table.
//!
//! What a weak table still holds depends on when the garbage collector ran. `setmetatable` refuses a
//! metatable that has `__mode`, and nothing can refuse the key that is set later. So the metatables of a
//! state are kept, for as long as somebody else has them, and looked at before what the code did counts.
//!
//! A key that is set, used and taken away between two looks is not found, though the collector runs in
//! between, as the garbage of all runs of the state drives it. Code that names the key is refused before it
//! runs, so only code that puts it together to get around that does so.

use mlua::{Lua, Table, Value};

use super::key;

/// The keys that show what the collector did.
const KEYS: [&str; 2] = ["__mode", "__gc"];

/// Where `setmetatable` notes them: the keys of a table that is weak itself.
pub(super) fn metatables(lua: &Lua) -> mlua::Result<Table> {
    let weak = lua.create_table()?;
    weak.raw_set("__mode", "k")?;
    let metatables = lua.create_table()?;
    metatables.set_metatable(Some(weak))?;
    lua.set_named_registry_value(&key("metatables"), &metatables)?;
    Ok(metatables)
}

/// Takes such a key from every metatable that has one; if there was one, what the code did does not count.
pub(crate) fn refuse_weakness(lua: &Lua) -> mlua::Result<()> {
    let metatables: Table = lua.named_registry_value(&key("metatables"))?;
    let mut found = None;
    metatables.for_each(|metatable: Table, _: Value| {
        for key in KEYS {
            if metatable.raw_get::<Value>(key)? != Value::Nil {
                found = found.or(Some(key));
                if !metatable.is_readonly() {
                    metatable.raw_set(key, Value::Nil)?;
                }
            }
        }
        Ok(())
    })?;
    match found {
        Some(key) => Err(mlua::Error::runtime(format!(
            "`{key}` was set in a metatable, and is refused: what is left then depends on the garbage collector"
        ))),
        None => Ok(()),
    }
}
