//! `funcs`, and what `funcs.new()` gives: calls with options and a context of their own. Each profile
//! says what a call is.

use mlua::{
    Function, Lua, MultiValue, Table, UserDataFields as _, UserDataMethods as _, UserDataRef, Value as LuaValue,
};

use crate::{
    lua::{Answered, arguments, asynchronous, from_lua, time::options_with_texts, waits, weight},
    value::{Failure, Map, Value},
};

/// How calls are made. It never changes: each method gives a new one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Executor {
    /// As the author gave them.
    pub(crate) options: Option<Value>,
    /// On top of the run's own context.
    pub(crate) context: Map,
}

/// How the functions of a project are called. The text names the Lua function that asks, the values
/// are the id and the arguments.
#[derive(Clone, Copy)]
pub(crate) struct Calls {
    /// Who calls, as messages say it.
    pub(crate) who: &'static str,
    /// Begins a call that the running coroutine waits for.
    pub(crate) wait_for: fn(&Lua, &str, &Executor, &LuaValue, &MultiValue) -> Answered<bool>,
    /// Begins a call whose end settles a future, by the function; gives its number.
    pub(crate) settle_later: fn(&Lua, &str, &Executor, Function, &LuaValue, &MultiValue) -> Answered<u32>,
    /// Nobody wants the result of the call with this number any more.
    pub(crate) cancel: fn(&Lua, u32) -> mlua::Result<()>,
}

/// The module's table, and the methods of executors.
pub(crate) fn funcs_table(lua: &Lua, calls: Calls) -> mlua::Result<Table> {
    let Calls { who, wait_for, settle_later, cancel } = calls;
    let cancel = lua.create_function(move |lua, number: u32| cancel(lua, number))?;
    let call = lua.create_function(move |lua, (this, id, values): (LuaValue, LuaValue, MultiValue)| {
        const NAME: &str = "executor:call";
        wait_for(lua, NAME, &*executor_of(NAME, &this)?, &id, &values)
    })?;
    let start =
        lua.create_function(move |lua, (settle, this, id, values): (Function, LuaValue, LuaValue, MultiValue)| {
            const NAME: &str = "executor:async";
            settle_later(lua, NAME, &*executor_of(NAME, &this)?, settle, &id, &values)
        })?;
    register_executor(lua, who, waits(lua, "executor:call", call)?, asynchronous(lua, start, cancel.clone())?)?;
    let call = lua.create_function(move |lua, (id, values): (LuaValue, MultiValue)| {
        wait_for(lua, "funcs.call", &Executor::default(), &id, &values)
    })?;
    let start = lua.create_function(move |lua, (settle, id, values): (Function, LuaValue, MultiValue)| {
        settle_later(lua, "funcs.async", &Executor::default(), settle, &id, &values)
    })?;
    let funcs = lua.create_table()?;
    funcs.raw_set("call", waits(lua, "funcs.call", call)?)?;
    funcs.raw_set("async", asynchronous(lua, start, cancel)?)?;
    funcs.raw_set("new", lua.create_function(|_, ()| Ok(Executor::default()))?)?;
    Ok(funcs)
}

/// The arguments of a call of `id`.
pub(crate) fn values_of(lua: &Lua, id: &str, values: &MultiValue) -> Result<Vec<Value>, Failure> {
    let values = values.iter().enumerate().map(|(at, value)| {
        from_lua(lua, value).map_err(|error| Failure::invalid(format!("argument {} of {id}: {error}", at + 1)))
    });
    values.collect()
}

/// Gives executors their methods; `call` and `async` wait, which only Lua functions can.
fn register_executor(lua: &Lua, who: &'static str, call: Function, start_async: Function) -> mlua::Result<()> {
    lua.register_userdata_type::<Executor>(|registry| {
        registry.add_field("call", call);
        registry.add_field("async", start_async);
        registry.add_method("with_options", |lua, this, options: LuaValue| {
            Ok(Executor { options: Some(plain_options(lua, &options)?), ..this.clone() })
        });
        registry.add_method("with_context", |lua, this, context: LuaValue| {
            let context = match plain(lua, "executor:with_context", "values", &context)? {
                Value::Map(context) => context,
                Value::List(none) if none.is_empty() => Map::new(),
                _ => return Err(arguments::misuse("executor:with_context", "`values` must have named keys")),
            };
            let mut executor = this.clone();
            executor.context.extend(context);
            Ok(executor)
        });
        for name in ["with_actor", "with_scope"] {
            registry.add_method(name, move |_, _, _: MultiValue| {
                Err::<(), _>(arguments::misuse(&format!("executor:{name}"), format!("{who} has no actor and no scope")))
            });
        }
    })
}

/// The executor that a method was called on.
fn executor_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<Executor>> {
    let executor = this.as_userdata().and_then(|data| data.borrow().ok());
    executor.ok_or_else(|| arguments::misuse(function, "call it with a colon, on what `funcs.new` gave"))
}

fn plain_options(lua: &Lua, options: &LuaValue) -> mlua::Result<Value> {
    const NAME: &str = "executor:with_options";
    let options = options_with_texts(lua, &arguments::table(NAME, "options", options)?)?;
    plain(lua, NAME, "options", &LuaValue::Table(options))
}

/// What cannot be kept is raised, as by all that only says how a call is made: the call is chained to it.
fn plain(lua: &Lua, function: &str, argument: &str, table: &LuaValue) -> mlua::Result<Value> {
    arguments::table(function, argument, table)?;
    from_lua(lua, table).map_err(|problem| arguments::misuse(function, problem))
}

impl mlua::IntoLua for Executor {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        let bytes = self.options.as_ref().map_or(0, weight::of_value) + weight::of_map(&self.context);
        weight::weighed(lua, lua.create_any_userdata(self)?, bytes).map(LuaValue::UserData)
    }
}
