//! `logger` in a workflow: a line says which run it comes from, and is not said again on replay.

use mlua::{Lua, Table};

use crate::{
    lua::{
        Effect, Module,
        logger::{LogLine, table},
    },
    workflow::state::RunState,
};

pub(crate) struct Logger;

impl Module for Logger {
    const NAME: &'static str = "logger";
    const EFFECT: Effect = Effect::Observing;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table(lua, write)
    }
}

fn write(lua: &Lua, line: &LogLine<'_>) -> mlua::Result<()> {
    RunState::reading(lua, "logger")?.log(lua, line.level, line.name, line.message, line.fields);
    Ok(())
}
