//! The error object that Lua code sees.

use mlua::{AnyUserData, Lua, UserData, Value as LuaValue};

use crate::value::Failure;

/// A failure as Lua holds it.
#[derive(Clone, Debug)]
pub(crate) struct ErrorObject(pub(crate) Failure);

impl UserData for ErrorObject {}

/// Makes an error object.
pub(crate) fn error_object(lua: &Lua, failure: Failure) -> mlua::Result<AnyUserData> {
    lua.create_userdata(ErrorObject(failure))
}

/// The failure inside a Lua value, if it is an error object.
pub(crate) fn failure_of(value: &LuaValue) -> Option<Failure> {
    Some(value.as_userdata()?.borrow::<ErrorObject>().ok()?.0.clone())
}
