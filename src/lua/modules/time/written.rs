//! Durations in tables of options, which are read as plain data: each becomes its text.

use mlua::{Lua, Table, Value as LuaValue};

use super::TimeSpan;

/// Tables in tables of options: the retry policy of a local activity's own options.
const DEEPEST: u32 = 3;

/// An option with its durations as texts; what an author keeps in it for himself stays as it is.
pub(crate) fn option_with_texts(lua: &Lua, key: &str, value: &LuaValue) -> mlua::Result<LuaValue> {
    with_texts(lua, key, value, DEEPEST).map(|changed| changed.unwrap_or_else(|| value.clone()))
}

/// A table of options with its durations as texts.
pub(crate) fn options_with_texts(lua: &Lua, options: &Table) -> mlua::Result<Table> {
    table_with_texts(lua, options, DEEPEST).map(|changed| changed.unwrap_or_else(|| options.clone()))
}

/// Nothing: there was nothing to change.
fn with_texts(lua: &Lua, key: &str, value: &LuaValue, depth: u32) -> mlua::Result<Option<LuaValue>> {
    if let Some(TimeSpan(nanos)) = TimeSpan::in_object(value) {
        return lua.create_string(format!("{nanos}ns")).map(|text| Some(LuaValue::String(text)));
    }
    match value {
        LuaValue::Table(table) if depth > 0 && !is_data(key) => {
            Ok(table_with_texts(lua, table, depth - 1)?.map(LuaValue::Table))
        }
        _ => Ok(None),
    }
}

fn table_with_texts(lua: &Lua, table: &Table, depth: u32) -> mlua::Result<Option<Table>> {
    let mut changed = Vec::new();
    table.for_each(|key: LuaValue, value: LuaValue| {
        if let LuaValue::String(name) = &key
            && let Some(text) = with_texts(lua, &name.to_string_lossy(), &value, depth)?
        {
            changed.push((key, text));
        }
        Ok(())
    })?;
    if changed.is_empty() {
        return Ok(None);
    }
    let copy = lua.create_table()?;
    table.for_each(|key: LuaValue, value: LuaValue| copy.raw_set(key, value))?;
    changed.into_iter().try_for_each(|(key, text)| copy.raw_set(key, text))?;
    Ok(Some(copy))
}

/// Whether an option holds the author's own data.
fn is_data(key: &str) -> bool {
    let plain = key.to_lowercase().replace('_', "");
    plain.ends_with("memo") || plain.ends_with("searchattributes")
}
