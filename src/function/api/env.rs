//! `env`: variables from outside the files.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    function::call::Call,
    lua::{Answer, Effect, Module, arguments},
    value::Failure,
};

pub(crate) struct Env;

impl Module for Env {
    const NAME: &'static str = "env";
    const EFFECT: Effect = Effect::World;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let env = lua.create_table()?;
        env.raw_set("get", lua.create_function(get)?)?;
        env.raw_set("get_all", lua.create_function(get_all)?)?;
        env.raw_set("set", lua.create_function(set)?)?;
        Ok(env)
    }
}

/// `env.get(name)`
fn get(lua: &Lua, name: LuaValue) -> mlua::Result<Answer<String>> {
    let name = arguments::text("env.get", "name", &name)?;
    let call = Call::current(lua, "env.get")?;
    Ok(known(&name).and_then(|()| call.world.variables.get(&name, call.entry.id.namespace())).into())
}

/// `env.set(name, value)`
fn set(lua: &Lua, (name, value): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    let name = arguments::text("env.set", "name", &name)?;
    let value = arguments::text("env.set", "value", &value)?;
    let call = Call::current(lua, "env.set")?;
    let set = || call.world.variables.set(&name, call.entry.id.namespace(), &value);
    Ok(known(&name).and_then(|()| set()).map(|()| true).into())
}

/// `env.get_all()`
fn get_all(lua: &Lua, (): ()) -> mlua::Result<Table> {
    lua.create_table_from(Call::current(lua, "env.get_all")?.world.variables.all())
}

fn known(name: &str) -> Result<(), Failure> {
    if name.is_empty() { Err(Failure::invalid("the name of a variable is empty")) } else { Ok(()) }
}
