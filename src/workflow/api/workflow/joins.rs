//! What coroutines do together: `all`, `race`, `await`, mutex and semaphore.
//!
//! All of it is Lua (`lua/prelude/joins.lua`, `await.lua`, `locks.lua`) on scopes and tickets.

use std::rc::Rc;

use mlua::{Function, IntoLuaMulti as _, Lua, MultiValue, Table, Value as LuaValue};

use super::scopes;
use crate::{
    lua::{Ambient, future_functions, look_aside, protected, refused_write, sandbox::ours, waiting_functions},
    workflow::{
        scopes::{CONDITION, RECHECK, conditions},
        state::RunState,
    },
};

const JOINS: &str = include_str!("../../../../lua/prelude/joins.lua");
const AWAIT: &str = include_str!("../../../../lua/prelude/await.lua");
const LOCKS: &str = include_str!("../../../../lua/prelude/locks.lua");

/// After [`scopes::install`].
pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    let (waiting, host) = (waiting_functions(lua)?, scopes::host(lua)?);
    host.raw_set("look", lua.create_function(look)?)?;
    host.raw_set(
        "conditions",
        lua.create_function(|lua, ()| conditions(lua, &*RunState::current(lua, "workflow.await")?))?,
    )?;
    let joins = library(lua, scopes::scope_functions(lua)?)?;
    let locks: Table = ours(lua, LOCKS)?.call((&waiting, &host))?;
    let (wait, recheck): (Function, Function) = ours(lua, AWAIT)?.call((&waiting, &host))?;
    lua.set_named_registry_value(RECHECK, recheck)?;
    workflow.raw_set("await", wait)?;
    for (table, names) in [(&joins, ["all", "race"]), (&locks, ["mutex", "semaphore"])] {
        for name in names {
            workflow.raw_set(name, table.raw_get::<Function>(name)?)?;
        }
    }
    Ok(())
}

/// `all` and `race`.
pub(in crate::workflow::api) fn library(lua: &Lua, scope_functions: Table) -> mlua::Result<Table> {
    let given = (waiting_functions(lua)?, scope_functions, future_functions(lua)?, scopes::host(lua)?);
    ours(lua, JOINS)?.call(given)
}

/// Calls a condition, which must change nothing: true and its result, or false and what it raised.
fn look(lua: &Lua, condition: Function) -> mlua::Result<MultiValue> {
    let state = RunState::current(lua, "workflow.await")?;
    let protected = protected(lua)?;
    let ambient = Rc::new(Ambient::current(lua).aside(lua)?);
    let condition = MultiValue::from_iter([LuaValue::Function(condition)]);
    let called = || protected.call::<MultiValue>(condition.clone());
    let (said, changed) = look_aside(lua, &state.tasks, CONDITION, ambient, &condition, called)?;
    let refused = match (changed, said.front(), said.get(1)) {
        (Some(changed), ..) => Some(changed),
        (None, Some(LuaValue::Boolean(false)), Some(problem)) => refused_write(CONDITION, problem),
        _ => None,
    };
    match refused {
        Some(error) => (false, error.located()).into_lua_multi(lua),
        None => Ok(said),
    }
}
