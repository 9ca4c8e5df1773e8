//! One message, as a run holds it and as Lua sees it.

use mlua::{IntoLua as _, Lua, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{payload::Payload, to_lua},
    value::Value,
};

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) topic: String,
    /// A process id; empty when the sender gave none.
    pub(super) from: String,
    pub(super) payload: Vec<Value>,
}

impl Message {
    /// What a listener gets that asked for no more: the argument, or a list of them.
    pub(super) fn value(self, lua: &Lua) -> mlua::Result<LuaValue> {
        match <[Value; 1]>::try_from(self.payload) {
            Ok([value]) => to_lua(lua, &value),
            Err(none) if none.is_empty() => Ok(LuaValue::Nil),
            Err(several) => to_lua(lua, &Value::List(several)),
        }
    }
}

impl UserData for Message {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("topic", |_, this, ()| Ok(this.topic.clone()));
        methods.add_method("from", |_, this, ()| Ok(this.from.clone()));
        methods.add_method("payload", |lua, this, ()| match this.payload.as_slice() {
            [] => Ok(LuaValue::Nil),
            [value] => Payload(value.clone()).into_lua(lua),
            several => lua.create_sequence_from(several.iter().cloned().map(Payload))?.into_lua(lua),
        });
    }
}
