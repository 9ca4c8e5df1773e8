//! `os`, of which only time is left: the run's own, in UTC, whatever the machine's zone is.

mod date;

use mlua::{Lua, LuaString, Table, Value as LuaValue};

use crate::lua::{Ambient, Effect, Module, arguments};

pub(crate) struct Os;

impl Module for Os {
    const NAME: &'static str = "os";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let os = lua.create_table()?;
        os.raw_set("clock", lua.create_function(clock)?)?;
        os.raw_set("date", lua.create_function(date::date)?)?;
        os.raw_set("difftime", lua.create_function(difftime)?)?;
        os.raw_set("time", lua.create_function(date::time)?)?;
        os.raw_set("platform", "metonic")?;
        let metatable = lua.create_table()?;
        metatable.raw_set("__index", lua.create_function(refuse)?)?;
        metatable.raw_set("__metatable", false)?;
        metatable.set_readonly(true);
        os.set_metatable(Some(metatable))?;
        Ok(os)
    }
}

/// What other Luas have here and nobody has in this one.
fn refuse(lua: &Lua, (_, key): (Table, LuaValue)) -> mlua::Result<()> {
    let key = key.as_string().map(LuaString::to_string_lossy).unwrap_or_default();
    let is_replayed = Ambient::current(lua).is_repeatable();
    let why = match key.as_str() {
        "getenv" if !is_replayed => {
            "what a function reads is declared; declare an `env.variable` and read it with `env`"
        }
        "getenv" => {
            "the machine's variables can differ between a run and its replay; pass the value as an input, or declare \
             it as an `env.variable` and read it in a function.lua with `env`"
        }
        "exit" | "setlocale" if !is_replayed => {
            "it concerns the whole process, in which other calls run; return, or raise an error"
        }
        "execute" | "remove" | "rename" | "tmpname" if !is_replayed => {
            "a function has no files and starts no programs; keep data with `sql`, or call a service with `http_client`"
        }
        "execute" | "exit" | "remove" | "rename" | "setlocale" | "tmpname" => {
            "it reaches the world, and a replay would reach it again; let another program do it that a function.lua \
             calls"
        }
        _ => return Ok(()),
    };
    Err(arguments::misuse(&format!("os.{key}"), format!("there is none: {why}")))
}

/// Seconds since the run first asked.
fn clock(lua: &Lua, _: ()) -> mlua::Result<f64> {
    Ambient::current(lua).elapsed().map(|elapsed| elapsed.as_secs_f64()).ok_or_else(|| no_clock("os.clock"))
}

fn difftime(_: &Lua, (later, earlier): (LuaValue, LuaValue)) -> mlua::Result<f64> {
    const NAME: &str = "os.difftime";
    let earlier = if earlier == LuaValue::Nil { 0.0 } else { arguments::number(NAME, "earlier", &earlier)? };
    Ok(arguments::number(NAME, "later", &later)? - earlier)
}

/// The run's time in whole seconds since 1970.
fn now(lua: &Lua, function: &str) -> mlua::Result<i64> {
    let now = Ambient::current(lua).now().ok_or_else(|| no_clock(function))?;
    Ok(i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
}

fn no_clock(function: &str) -> mlua::Error {
    arguments::misuse(function, "there is no time before the workflow or function runs; ask inside it")
}
