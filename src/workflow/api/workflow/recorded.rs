//! What is done once and recorded: local activities and side effects.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use crate::{
    lua::{Answer, Executor, waits},
    value::{Map, Value},
    workflow::{api::funcs, state::RunState},
};

/// What is still to come.
pub(super) const LATER: &[(&str, &str)] = &[("side_effect", "local activities")];

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    let call = lua.create_function(local_call)?;
    workflow.raw_set("local_call", waits(lua, "workflow.local_call", call)?)?;
    workflow.raw_set("is_replaying", lua.create_function(is_replaying)?)
}

/// `workflow.local_call(id, …)`
fn local_call(lua: &Lua, (id, values): (LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    let options = Map::from_iter([("local".to_owned(), Value::Bool(true))]);
    let executor = Executor { options: Some(Value::Map(options)), ..Executor::default() };
    funcs::wait_for(lua, "workflow.local_call", &executor, &id, &values)
}

/// `workflow.is_replaying()`
fn is_replaying(lua: &Lua, (): ()) -> mlua::Result<bool> {
    Ok(RunState::current(lua, "workflow.is_replaying")?.replaying.get())
}
