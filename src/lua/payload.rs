//! A value as it travels: what a Future and a message hold.

use mlua::{Lua, UserData, UserDataMethods, Value as LuaValue};

use crate::{lua::to_lua, value::Value};

/// A value on its way, as Lua holds it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payload(pub(crate) Value);

impl UserData for Payload {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("data", |lua, this, ()| this.data(lua));
        methods.add_method("unmarshal", |lua, this, ()| this.data(lua));
        methods.add_method("get_format", |_, this, ()| Ok(this.format()));
    }
}

impl Payload {
    /// A copy of its own for each who asks.
    fn data(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        to_lua(lua, &self.0)
    }

    fn format(&self) -> &'static str {
        match self.0 {
            Value::Bytes(_) => "application/octet-stream",
            _ => "json/plain",
        }
    }
}
