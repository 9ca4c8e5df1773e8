//! Futures: what `funcs.async` gives. Written in Lua, on channels.

use mlua::{Function, Lua, Table};

use crate::{
    lua::{channel_functions, error_object, sandbox::ours, waiting_functions},
    value::Failure,
};

const ASYNC: &str = include_str!("../../lua/prelude/async.lua");
const FUTURE: &str = include_str!("../../lua/prelude/future.lua");
const KEPT: &str = "metonic.future";

/// `new() → future, settle(value, problem), on_cancel(function)`, `is(value)` and `watch(future,
/// function)`, for library code. The profile's globals have to have [`Channel`](crate::lua::Channel).
pub(crate) fn future_functions(lua: &Lua) -> mlua::Result<Table> {
    if let Some(functions) = lua.named_registry_value::<Option<Table>>(KEPT)? {
        return Ok(functions);
    }
    let canceled = lua.create_function(|lua, ()| error_object(lua, Failure::canceled("canceled")))?;
    let given = (channel_functions(lua)?, canceled, waiting_functions(lua)?);
    let functions: Table = ours(lua, FUTURE)?.call(given)?;
    lua.set_named_registry_value(KEPT, &functions)?;
    Ok(functions)
}

/// A function that gives a Future: `start(settle, …)` gives a number, or `nil, err`, and
/// `cancel(number)` ends what it started.
pub(crate) fn asynchronous(lua: &Lua, start: Function, cancel: Function) -> mlua::Result<Function> {
    let new = future_functions(lua)?.raw_get::<Function>("new")?;
    ours(lua, ASYNC)?.call((new, start, cancel))
}
