//! What is done once and recorded: local activities and side effects.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use crate::{
    lua::{Answer, Executor, arguments, not_running, time::summary, waits},
    value::{Map, Value},
    workflow::{
        api::funcs,
        local,
        state::{Answerer, RunState},
    },
};

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    let call = lua.create_function(local_call)?;
    workflow.raw_set("local_call", waits(lua, "workflow.local_call", call)?)?;
    let record = lua.create_function(side_effect)?;
    workflow.raw_set("side_effect", waits(lua, "workflow.side_effect", record)?)?;
    workflow.raw_set("is_replaying", lua.create_function(is_replaying)?)
}

/// `workflow.local_call(id, …)`
fn local_call(lua: &Lua, (id, values): (LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    let options = Map::from_iter([("local".to_owned(), Value::Bool(true))]);
    let executor = Executor { options: Some(Value::Map(options)), ..Executor::default() };
    funcs::wait_for(lua, "workflow.local_call", &executor, &id, &values)
}

/// `workflow.side_effect(fn, {summary =}?)`
fn side_effect(lua: &Lua, (function, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "workflow.side_effect";
    let function = arguments::function(NAME, "fn", &function)?;
    let summary = summary(NAME, &options)?;
    let state = RunState::current(lua, NAME)?;
    // What it gives is there in a moment: it is no wait that a cancellation has to end.
    let Some(ticket) = state.tasks.park_anyway() else { return Err(not_running(NAME)) };
    local::record(lua, &state, function, summary, Answerer::Ticket(ticket))?;
    Ok(Answer::Value(true))
}

/// `workflow.is_replaying()`
fn is_replaying(lua: &Lua, (): ()) -> mlua::Result<bool> {
    Ok(RunState::reading(lua, "workflow.is_replaying")?.replaying.get())
}
