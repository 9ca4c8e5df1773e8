//! Functions that Wippy has and metonic does not have yet: asking for one says so, in one way.

use mlua::{Lua, LuaString, Table, Value as LuaValue};

/// Makes `table` say of each of these names that it is not there yet, and why.
pub(super) fn announce(
    lua: &Lua,
    module: &'static str,
    table: &Table,
    names: &'static [&'static [(&'static str, &'static str)]],
) -> mlua::Result<()> {
    let index = lua.create_function(move |_, (_, key): (Table, LuaValue)| refuse(module, names, &key))?;
    let metatable = lua.create_table()?;
    metatable.raw_set("__index", index)?;
    metatable.raw_set("__metatable", false)?;
    metatable.set_readonly(true);
    table.set_metatable(Some(metatable))
}

fn refuse(module: &str, names: &[&[(&str, &str)]], key: &LuaValue) -> mlua::Result<LuaValue> {
    let key = key.as_string().map(LuaString::to_string_lossy).unwrap_or_default();
    match names.iter().copied().flatten().find(|(name, _)| *name == key) {
        Some((name, what)) => {
            Err(mlua::Error::runtime(format!("{module}.{name} is not available yet: {what} come with a later version")))
        }
        None => Ok(LuaValue::Nil),
    }
}
