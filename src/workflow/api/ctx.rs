//! `ctx`: what the starter passed along beside the arguments, in the header `wippy-context`.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::{Answer, Effect, Module, arguments, to_lua},
    value::{Failure, Value, failure_kind},
    workflow::state::RunState,
};

pub(crate) struct Ctx;

impl Module for Ctx {
    const NAME: &'static str = "ctx";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let ctx = lua.create_table()?;
        ctx.raw_set("all", lua.create_function(all)?)?;
        ctx.raw_set("get", lua.create_function(get)?)?;
        Ok(ctx)
    }
}

/// `ctx.get(key)`
fn get(lua: &Lua, key: LuaValue) -> mlua::Result<Answer<LuaValue>> {
    let key = arguments::text("ctx.get", "key", &key)?;
    if key.is_empty() {
        return Ok(Answer::Failure(Failure::invalid("the key is empty")));
    }
    match RunState::reading(lua, "ctx.get")?.facts.context.get(&key) {
        Some(value) if *value != Value::Null => to_lua(lua, value).map(Answer::Value),
        _ => Ok(Answer::Failure(Failure {
            retryable: Some(false),
            ..Failure::new(failure_kind::NOT_FOUND, format!("key not found: {key}"))
        })),
    }
}

/// `ctx.all()`
fn all(lua: &Lua, (): ()) -> mlua::Result<LuaValue> {
    to_lua(lua, &Value::Map(RunState::reading(lua, "ctx.all")?.facts.context.clone()))
}
