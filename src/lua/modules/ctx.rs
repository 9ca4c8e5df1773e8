//! `ctx`: what the caller passed along beside the arguments, in the header `wippy-context`. Each
//! profile says whose it is.

use std::rc::Rc;

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{Answer, arguments, to_lua},
    value::{Failure, Map, Value, failure_kind},
};

/// Who runs; the text names the function that asks.
pub(crate) type Current<S> = fn(&Lua, &str) -> mlua::Result<Rc<S>>;

/// The module's table, of the values that `values` finds at the one who runs, if there are any.
pub(crate) fn table<S: 'static>(lua: &Lua, current: Current<S>, values: fn(&S) -> Option<&Map>) -> mlua::Result<Table> {
    let all = move |lua: &Lua, (): ()| {
        let values = values(&*current(lua, "ctx.all")?).cloned();
        to_lua(lua, &Value::Map(values.unwrap_or_default()))
    };
    let get = move |lua: &Lua, key: LuaValue| {
        let key = arguments::text("ctx.get", "key", &key)?;
        get(lua, values(&*current(lua, "ctx.get")?), &key)
    };
    let ctx = lua.create_table()?;
    ctx.raw_set("all", lua.create_function(all)?)?;
    ctx.raw_set("get", lua.create_function(get)?)?;
    Ok(ctx)
}

fn get(lua: &Lua, values: Option<&Map>, key: &str) -> mlua::Result<Answer<LuaValue>> {
    if key.is_empty() {
        return Ok(Answer::Failure(Failure::invalid("the key is empty")));
    }
    match values.and_then(|values| values.get(key)) {
        Some(value) if *value != Value::Null => to_lua(lua, value).map(Answer::Value),
        _ => Ok(Answer::Failure(Failure {
            retryable: Some(false),
            ..Failure::new(failure_kind::NOT_FOUND, format!("key not found: {key}"))
        })),
    }
}
