//! A time zone as Lua holds it.

use mlua::{MetaMethod, UserData, UserDataMethods, Value};

use crate::value::time::Zone;

/// UTC, or a zone with one offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LuaLocation(pub(crate) Zone);

impl UserData for LuaLocation {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("string", |_, this, ()| Ok(this.0.name.clone()));
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.name.clone()));
    }
}

/// The zone of an argument that may be left out.
pub(super) fn optional(function: &str, value: &Value) -> mlua::Result<Option<Zone>> {
    match value {
        Value::Nil => Ok(None),
        Value::UserData(data) if data.is::<LuaLocation>() => Ok(Some(data.borrow::<LuaLocation>()?.0.clone())),
        other => Err(mlua::Error::runtime(format!("{function}: expected a Location, got a {}", other.type_name()))),
    }
}
