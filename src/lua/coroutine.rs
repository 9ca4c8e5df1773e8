//! `coroutine.spawn`: a coroutine that the realm runs by itself, beside the engine's own functions.

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use crate::lua::{Effect, Module, Tasks, arguments, check_not_aside, not_running, tasks::hand_out};

pub(crate) struct Coroutine;

impl Module for Coroutine {
    const NAME: &'static str = "coroutine";
    const EFFECT: Effect = Effect::Command;

    /// Only what is added: the table becomes part of the engine's own.
    fn open(lua: &Lua) -> mlua::Result<Table> {
        let coroutine = lua.create_table()?;
        coroutine.raw_set("spawn", lua.create_function(spawn)?)?;
        Ok(coroutine)
    }
}

/// `coroutine.spawn(fn, …)`: puts a coroutine in line. It begins when the running one waits.
fn spawn(lua: &Lua, (function, arguments): (LuaValue, MultiValue)) -> mlua::Result<mlua::Thread> {
    const NAME: &str = "coroutine.spawn";
    let function: Function = arguments::function(NAME, "fn", &function)?;
    let tasks = Tasks::current(lua).ok_or_else(|| not_running(NAME))?;
    check_not_aside(&tasks, NAME)?;
    let task = tasks.spawn(lua, function, arguments)?;
    let thread = tasks.thread(task).ok_or_else(|| not_running(NAME))?;
    hand_out(lua, &thread)?;
    Ok(thread)
}
