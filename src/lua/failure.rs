//! The error object that Lua code sees.
//!
//! It is a [`Failure`] with methods: `kind() message() retryable() details() stack() type()
//! cause()`. Raised with `error(e)` it stays the object it is, through every `pcall`.

use mlua::{AnyUserData, Lua, MetaMethod, UserData, UserDataFields, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{to_lua, traceback, weight},
    value::{Failure, failure_kind},
};

/// A failure as Lua holds it. As an [`mlua::Error`] it raises itself: see [`raise`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(crate) struct ErrorObject(pub(crate) Failure);

impl UserData for ErrorObject {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "Error");
    }

    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("kind", |_, this, ()| Ok(this.0.kind.clone()));
        methods.add_method("type", |_, this, ()| {
            let name = Some(this.0.type_name()).filter(|name| !name.is_empty());
            Ok(name.unwrap_or(failure_kind::INTERNAL).to_owned())
        });
        methods.add_method("message", |_, this, ()| Ok(this.0.message.clone()));
        methods.add_method("retryable", |_, this, ()| Ok(this.0.retryable));
        methods.add_method("stack", |_, this, ()| Ok(this.0.nearest_stack().to_owned()));
        methods.add_method("details", |lua, this, ()| match &this.0.details {
            Some(details) => to_lua(lua, details),
            None => Ok(LuaValue::Nil),
        });
        methods.add_method("cause", |lua, this, ()| match &this.0.cause {
            Some(cause) => error_object(lua, (**cause).clone()).map(LuaValue::UserData),
            None => Ok(LuaValue::Nil),
        });
        methods.add_meta_method(MetaMethod::ToString, |_, this, ()| Ok(this.0.message.clone()));
        methods.add_meta_function(MetaMethod::Concat, |lua, (left, right): (LuaValue, LuaValue)| {
            let mut text = as_text(&left)?;
            text.extend(as_text(&right)?);
            lua.create_string(text)
        });
        methods.add_meta_function(MetaMethod::Eq, |_, (left, right): (LuaValue, LuaValue)| {
            Ok(failure_of(&left).is_some_and(|left| failure_of(&right) == Some(left)))
        });
    }
}

/// One side of `..` beside an error object.
fn as_text(value: &LuaValue) -> mlua::Result<Vec<u8>> {
    match value {
        LuaValue::String(text) => Ok(text.as_bytes().to_vec()),
        LuaValue::Integer(_) | LuaValue::Number(_) => Ok(value.to_string()?.into_bytes()),
        _ => match failure_of(value) {
            Some(failure) => Ok(failure.message.into_bytes()),
            None => Err(mlua::Error::runtime(format!("attempt to concatenate a {}", value.type_name()))),
        },
    }
}

/// Makes an error object.
pub(crate) fn error_object(lua: &Lua, failure: Failure) -> mlua::Result<AnyUserData> {
    let weight = weight::of_failure(&failure);
    weight::weighed(lua, lua.create_userdata(ErrorObject(failure))?, weight)
}

/// Makes an error object that knows the Lua code that asked for it.
pub(crate) fn error_here(lua: &Lua, mut failure: Failure) -> mlua::Result<AnyUserData> {
    if failure.stack.is_empty() {
        failure.stack = traceback(lua)?;
    }
    error_object(lua, failure)
}

/// What a host function returns to raise an error object: `pcall` then gives the object.
pub(crate) fn raise(failure: Failure) -> mlua::Error {
    mlua::Error::external(ErrorObject(failure))
}

/// The failure inside a Lua value, if it is an error object.
pub(crate) fn failure_of(value: &LuaValue) -> Option<Failure> {
    match value {
        LuaValue::UserData(data) => Some(data.borrow::<ErrorObject>().ok()?.0.clone()),
        LuaValue::Error(error) => Some(error.downcast_ref::<ErrorObject>()?.0.clone()),
        _ => None,
    }
}
