//! `process.with_options{…}` and its kin: what is said before a process is started.

use mlua::{
    IntoLua, Lua, MultiValue, Table, UserDataFields as _, UserDataMethods as _, UserDataRef, UserDataRegistry,
    Value as LuaValue,
};

use super::children::{STARTS, start_on};
use crate::{
    lua::{arguments, from_lua, waits, weight},
    value::Value,
    workflow::{
        api::{
            launch::{self, Setup},
            run_options,
        },
        handlers,
    },
};

/// It never changes: each method gives a new one.
struct Spawner(Setup);

pub(super) fn install(lua: &Lua, process: &Table) -> mlua::Result<()> {
    let with_options = |lua: &Lua, options: LuaValue| with_options(lua, &Setup::default(), &options);
    process.raw_set("with_options", lua.create_function(with_options)?)?;
    let with_context = |lua: &Lua, values: LuaValue| with_context(lua, &Setup::default(), &values);
    process.raw_set("with_context", lua.create_function(with_context)?)?;
    let starts = STARTS.map(|(start, given, reported)| {
        let name = format!("spawner:{start}");
        let of_start = name.clone();
        let begin = lua.create_function(move |lua, mut values: MultiValue| {
            let mut next = || values.pop_front().unwrap_or(LuaValue::Nil);
            let (this, id, host) = (next(), next(), next());
            let setup = spawner_of(&of_start, &this)?.0.clone();
            start_on(lua, &of_start, &setup, (given, reported), &id, &host, &values)
        })?;
        Ok((start, waits(lua, &name, begin)?))
    });
    let starts = starts.into_iter().collect::<mlua::Result<Vec<_>>>()?;
    lua.register_userdata_type::<Spawner>(|registry| {
        for (name, start) in starts {
            registry.add_field(name, start);
        }
        add_methods(registry);
    })
}

fn add_methods(registry: &mut UserDataRegistry<Spawner>) {
    registry.add_method("with_options", |lua, this, options: LuaValue| with_options(lua, &this.0, &options));
    registry.add_method("with_context", |lua, this, values: LuaValue| with_context(lua, &this.0, &values));
    registry.add_method("with_name", |_, this, name: LuaValue| {
        let name = arguments::text("spawner:with_name", "name", &name)?;
        if name.is_empty() {
            return Err(arguments::misuse("spawner:with_name", "`name` is empty"));
        }
        Ok(Spawner(Setup { name: Some(name), ..this.0.clone() }))
    });
    registry.add_method("with_message", |lua, this, (topic, values): (LuaValue, MultiValue)| {
        with_message(lua, &this.0, &topic, &values)
    });
    for name in ["with_actor", "with_scope"] {
        registry.add_method(name, move |_, _, _: MultiValue| {
            Err::<(), _>(arguments::misuse(&format!("spawner:{name}"), "a workflow has no actor and no scope"))
        });
    }
}

/// On top of the options that were given before.
fn with_options(lua: &Lua, setup: &Setup, options: &LuaValue) -> mlua::Result<Spawner> {
    let mut setup = setup.clone();
    let options = launch::options_of(lua, "process.with_options", options)?;
    setup.options.retain(|before, _| !options.keys().any(|key| run_options::bare(key) == run_options::bare(before)));
    setup.options.extend(options);
    Ok(Spawner(setup))
}

fn with_context(lua: &Lua, setup: &Setup, values: &LuaValue) -> mlua::Result<Spawner> {
    let mut setup = setup.clone();
    setup.context.extend(launch::context_of(lua, "process.with_context", values)?);
    Ok(Spawner(setup))
}

fn with_message(lua: &Lua, setup: &Setup, topic: &LuaValue, values: &MultiValue) -> mlua::Result<Spawner> {
    const NAME: &str = "spawner:with_message";
    let topic = arguments::text(NAME, "topic", topic)?;
    if topic.is_empty() {
        return Err(arguments::misuse(NAME, "`topic` is empty"));
    }
    if let Some(prefix) = handlers::reserved(&topic) {
        return Err(arguments::misuse(NAME, format!("topics that begin with `{prefix}` are reserved")));
    }
    let values = values.iter().map(|value| from_lua(lua, value).map_err(|problem| arguments::misuse(NAME, problem)));
    let mut setup = setup.clone();
    setup.messages.push((topic, values.collect::<mlua::Result<Vec<Value>>>()?));
    Ok(Spawner(setup))
}

fn spawner_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<Spawner>> {
    let spawner = this.as_userdata().and_then(|data| data.borrow().ok());
    spawner.ok_or_else(|| arguments::misuse(function, "call it with a colon, on what `process.with_options` gave"))
}

impl IntoLua for Spawner {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        let bytes = self.0.weight();
        weight::weighed(lua, lua.create_any_userdata(self)?, bytes).map(LuaValue::UserData)
    }
}
