//! Values to Lua and back, in one order and without silent loss.

use mlua::{Lua, Value as LuaValue};

use crate::value::{Path, Value};

/// Why a Lua value cannot leave Lua.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}{reason}", if path.is_root() { String::new() } else { format!("`{path}`: ") })]
pub(crate) struct Unrepresentable {
    pub(crate) path: Path,
    pub(crate) reason: String,
}

/// A value as Lua sees it.
pub(crate) fn to_lua(lua: &Lua, value: &Value) -> mlua::Result<LuaValue> {
    let _ = (lua, value);
    Ok(LuaValue::Nil)
}

/// A Lua value as the rest of the program sees it.
pub(crate) fn from_lua(lua: &Lua, value: &LuaValue) -> Result<Value, Unrepresentable> {
    let _ = (lua, value);
    Ok(Value::Null)
}
