//! Calls that must leave no trace: the handler of a query, the validator of an update, a side effect.
//!
//! Such a function can neither wait nor start anything; it has chance of its own; the globals of its
//! own text are locked while it runs. Not seen are fields of tables, and locals of the text, that it
//! sets: the engine has no means to lock those.

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use super::Tasks;
use crate::lua::{Ambient, LuaError, Origin, protected};

/// A table whose field `what` says which sort of call runs, for library code in Lua.
const GUARD: &str = "metonic.guard";

/// How the engine words it when a locked global is set.
const LOCKED: &str = "readonly table";

/// Makes the guard; once per state.
pub(super) fn add_guard(lua: &Lua, host: &Table) -> mlua::Result<()> {
    let guard = lua.create_table()?;
    lua.set_named_registry_value(GUARD, &guard)?;
    host.raw_set("guard", guard)
}

/// Calls `function`; `what` is what it is called in messages: `a query handler`.
pub(crate) fn call_aside(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    ambient: Ambient,
    function: &Function,
    mut arguments: MultiValue,
) -> mlua::Result<Result<MultiValue, LuaError>> {
    let outside = Ambient::current(lua);
    let guard: Table = lua.named_registry_value(GUARD)?;
    let globals = function.environment().filter(|globals| !globals.is_readonly());
    arguments.push_front(LuaValue::Function(function.clone()));
    let thread = lua.create_thread(protected(lua)?)?;

    guard.raw_set("what", what)?;
    let outer = tasks.aside.replace(Some(what));
    if let Some(globals) = &globals {
        globals.set_readonly(true);
    }
    Ambient::enter(lua, &Rc::new(ambient));
    let resumed = thread.resume::<MultiValue>(arguments);
    Ambient::enter(lua, &outside);
    if let Some(globals) = &globals {
        globals.set_readonly(false);
    }
    tasks.aside.set(outer);
    guard.raw_set("what", outer)?;

    Ok(match resumed {
        Err(error) => Err(LuaError::from_error(&error)),
        Ok(_) if !thread.is_finished() => Err(LuaError {
            message: format!("{what} cannot wait or yield: it has to return at once"),
            origin: Origin::Bug,
            frames: Vec::new(),
        }),
        Ok(mut values) => match values.pop_front() {
            Some(LuaValue::Boolean(true)) => Ok(values),
            _ => Err(explained(what, LuaError::from_value(values.front().unwrap_or(&LuaValue::Nil)))),
        },
    })
}

/// Lets `look` run as [`call_aside`] does, in the caller's own coroutine and without locking globals:
/// for what is called again and again.
pub(crate) fn look_aside<R>(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    look: impl FnOnce() -> mlua::Result<R>,
) -> mlua::Result<R> {
    let guard: Table = lua.named_registry_value(GUARD)?;
    let ambient = Ambient::current(lua);
    let copy = Rc::new(ambient.aside(lua)?);
    guard.raw_set("what", what)?;
    let outer = tasks.aside.replace(Some(what));
    Ambient::enter(lua, &copy);
    let looked = look();
    Ambient::enter(lua, &ambient);
    tasks.aside.set(outer);
    guard.raw_set("what", outer)?;
    looked
}

/// Names the reason behind the engine's words.
fn explained(what: &str, error: LuaError) -> LuaError {
    if error.origin == Origin::Bug && error.message.ends_with(LOCKED) {
        return LuaError {
            message: format!("{what} may read the run and cannot change it: {}", error.message),
            ..error
        };
    }
    error
}

/// Raises if `function` is called where nothing may be changed.
pub(crate) fn check_not_aside(tasks: &Tasks, function: &str) -> mlua::Result<()> {
    match tasks.aside.get() {
        Some(what) => Err(mlua::Error::runtime(format!(
            "{function} cannot be used in {what}: it may read the run and cannot change it"
        ))),
        None => Ok(()),
    }
}
