//! `io` in a workflow: there is none, and whoever asks for a function of it is told what to do
//! instead.

use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::lua::{Effect, Module};

pub(crate) struct Io;

impl Module for Io {
    const NAME: &'static str = "io";
    const EFFECT: Effect = Effect::Observing;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let metatable = lua.create_table()?;
        metatable.raw_set("__index", lua.create_function(refuse)?)?;
        metatable.raw_set("__metatable", false)?;
        metatable.set_readonly(true);
        let io = lua.create_table()?;
        io.set_metatable(Some(metatable))?;
        Ok(io)
    }
}

fn refuse(_: &Lua, (_, key): (Table, LuaValue)) -> mlua::Result<LuaValue> {
    let key = key.as_string().map(LuaString::to_string_lossy).unwrap_or_default();
    Err(mlua::Error::runtime(format!(
        "io.{key} cannot be used in a workflow: files reach the world, and a replay would reach it again; call a \
         function.lua with `funcs.call`, or write to the log with `print` or `logger`"
    )))
}
