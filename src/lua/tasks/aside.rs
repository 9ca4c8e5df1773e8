//! Calls that must leave no trace: the handler of a query, the validator of an update, a side effect.
//!
//! Such a function can neither wait nor start anything; it has chance of its own; and what it can
//! reach is locked while it runs. It may change what it has made itself.

use std::rc::Rc;

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use super::{
    Tasks,
    lock::{Changed, Reach, lock},
};
use crate::lua::{Ambient, LuaError, Origin, protected};

/// A table whose field `what` says which sort of call runs, for library code in Lua.
const GUARD: &str = "metonic.guard";

/// How the engine words it when something locked is set.
const LOCKED: &str = "readonly table";

/// So many tables and functions are near, and two more for each function that is looked from.
const NEAR: usize = 1_000;

/// Makes the guard; once per state.
pub(super) fn add_guard(lua: &Lua, host: &Table) -> mlua::Result<()> {
    let guard = lua.create_table()?;
    lua.set_named_registry_value(GUARD, &guard)?;
    host.raw_set("guard", guard)
}

/// Calls `function`; `what` is what it is called in messages: `a query handler`. `shared` are those of
/// its arguments that others see after it.
pub(crate) fn call_aside(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    ambient: Ambient,
    function: &Function,
    arguments: MultiValue,
    shared: &MultiValue,
) -> mlua::Result<Result<MultiValue, LuaError>> {
    let root = LuaValue::Function(function.clone());
    let locked = lock(lua, std::iter::once(&root).chain(shared), Reach::Everything)?;
    let called = call(lua, tasks, what, ambient, function, arguments);
    match locked.unlock(lua)? {
        Some(changed) => Ok(Err(blamed(what, changed))),
        None => called,
    }
}

fn blamed(what: &str, Changed { variable, function }: Changed) -> LuaError {
    LuaError {
        message: format!(
            "{what} may read the run and cannot change it: the variable `{variable}`, which a function at `{}:{}` \
             has captured, was set; it has its old value again",
            function.chunk, function.line
        ),
        origin: Origin::Bug,
        frames: vec![function],
    }
}

fn call(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    ambient: Ambient,
    function: &Function,
    mut arguments: MultiValue,
) -> mlua::Result<Result<MultiValue, LuaError>> {
    arguments.push_front(LuaValue::Function(function.clone()));
    let thread = lua.create_thread(protected(lua)?)?;
    let resumed = step_aside(lua, tasks, what, Rc::new(ambient), || Ok(thread.resume::<MultiValue>(arguments)))?;
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

/// Lets `look` call `functions` as [`call_aside`] does, in the caller's own coroutine. They are called
/// again and again, so only what they are near to is locked. What it gave, and what was changed: that is
/// as it was before.
pub(crate) fn look_aside<R>(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    ambient: Rc<Ambient>,
    functions: &MultiValue,
    look: impl FnOnce() -> mlua::Result<R>,
) -> mlua::Result<(R, Option<LuaError>)> {
    let locked = lock(lua, functions.iter(), Reach::Near(NEAR + 2 * functions.len()))?;
    let result = step_aside(lua, tasks, what, ambient, look);
    let changed = locked.unlock(lua)?.map(|changed| blamed(what, changed));
    Ok((result?, changed))
}

fn step_aside<R>(
    lua: &Lua,
    tasks: &Tasks,
    what: &'static str,
    ambient: Rc<Ambient>,
    look: impl FnOnce() -> mlua::Result<R>,
) -> mlua::Result<R> {
    let guard: Table = lua.named_registry_value(GUARD)?;
    let outside = Ambient::current(lua);
    guard.raw_set("what", what)?;
    let outer = tasks.aside.replace(Some(what));
    Ambient::enter(lua, &ambient);
    let looked = look();
    Ambient::enter(lua, &outside);
    tasks.aside.set(outer);
    guard.raw_set("what", outer)?;
    looked
}

/// What a call raised, if it is that it must not set something.
pub(crate) fn refused_write(what: &str, raised: &LuaValue) -> Option<LuaError> {
    let error = LuaError::from_value(raised);
    let explained = explained(what, error.clone());
    (explained != error).then_some(explained)
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

impl Tasks {
    /// Whether what runs must leave no trace.
    pub(in crate::lua) fn is_aside(&self) -> bool {
        self.aside.get().is_some()
    }
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
