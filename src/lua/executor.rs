//! `funcs.new()`: calls with options and a context of their own.

use mlua::{Function, Lua, UserDataFields as _, UserDataMethods as _, UserDataRef, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, from_lua},
    value::{Failure, Map, Value},
};

/// How calls are made. It never changes: each method gives a new one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executor {
    /// As the author gave them.
    pub(crate) options: Option<Value>,
    /// On top of the run's own context.
    pub(crate) context: Map,
}

/// Gives executors their methods; `call` and `async` wait, which only Lua functions can.
pub(crate) fn register_executor(lua: &Lua, call: Function, start_async: Function) -> mlua::Result<()> {
    lua.register_userdata_type::<Executor>(|registry| {
        registry.add_field("call", call);
        registry.add_field("async", start_async);
        registry.add_method("with_options", |lua, this, options: LuaValue| {
            Ok(Answer::from(
                plain(lua, "executor:with_options", &options)?
                    .map(|options| Executor { options: Some(options), ..this.clone() }),
            ))
        });
        registry.add_method("with_context", |lua, this, context: LuaValue| {
            let context = match plain(lua, "executor:with_context", &context)? {
                Ok(Value::Map(context)) => context,
                Ok(Value::List(none)) if none.is_empty() => Map::new(),
                Ok(_) => return Err(arguments::misuse("executor:with_context", "`values` must have named keys")),
                Err(failure) => return Ok(Answer::Failure(failure)),
            };
            let mut executor = this.clone();
            executor.context.extend(context);
            Ok(Answer::Value(executor))
        });
    })
}

/// The executor that a method was called on.
pub(crate) fn executor_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<Executor>> {
    let executor = this.as_userdata().and_then(|data| data.borrow().ok());
    executor.ok_or_else(|| arguments::misuse(function, "call it with a colon, on what `funcs.new` gave"))
}

fn plain(lua: &Lua, function: &str, table: &LuaValue) -> mlua::Result<Result<Value, Failure>> {
    arguments::table(function, "values", table)?;
    Ok(from_lua(lua, table).map_err(|error| Failure::invalid(format!("{function}: {error}"))))
}

impl mlua::IntoLua for Executor {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        lua.create_any_userdata(self).map(LuaValue::UserData)
    }
}
