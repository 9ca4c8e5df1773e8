//! `saga`: what has to be taken back when a later step fails, in reverse.
//!
//! The functions are Lua (`lua/prelude/saga.lua`): they only put together what `funcs`, shields and
//! joins do.

use mlua::{Lua, LuaString, MultiValue, Table, Value as LuaValue};

use super::{
    funcs,
    workflow::{joins, scopes},
};
use crate::{
    lua::{
        Answer, Effect, Executor, LuaError, Module, Origin, error_object, failure_of, protected, sandbox::ours,
        waiting_functions, waits,
    },
    value::{Failure, Value, failure_kind},
};

const SAGA: &str = include_str!("../../../lua/prelude/saga.lua");

pub(crate) struct Saga;

impl Module for Saga {
    const NAME: &'static str = "saga";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let (scopes, internal) = scopes::library(lua)?;
        let host = lua.create_table()?;
        host.raw_set("call", waits(lua, "saga", lua.create_function(call)?)?)?;
        host.raw_set("shield", scopes.raw_get::<LuaValue>("shield")?)?;
        host.raw_set("all", joins::library(lua, internal)?.raw_get::<LuaValue>("all")?)?;
        let waiting = waiting_functions(lua)?;
        for name in ["guard", "own_key", "seal"] {
            host.raw_set(name, waiting.raw_get::<LuaValue>(name)?)?;
        }
        host.raw_set("protected", protected(lua)?)?;
        host.raw_set("author_error", lua.create_function(author_error)?)?;
        host.raw_set("not_undone", lua.create_function(not_undone)?)?;
        ours(lua, SAGA)?.call(host)
    }
}

/// Calls a function by its id, as `funcs.call` does.
fn call(lua: &Lua, (id, values): (LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    funcs::wait_for(lua, "saga", &Executor::default(), &id, &values)
}

/// The error object that a protected call caught; nil for anything else, which is a bug.
fn author_error(lua: &Lua, raised: LuaValue) -> mlua::Result<LuaValue> {
    match LuaError::from_value(&raised) {
        error if matches!(error.origin, Origin::Author(_)) => {
            error_object(lua, error.to_failure()).map(LuaValue::UserData)
        }
        _ => Ok(LuaValue::Nil),
    }
}

/// The error of a saga whose steps could not all be taken back: `problem` is why it was undone, the
/// list is what went wrong then.
fn not_undone(lua: &Lua, (problem, list): (LuaValue, Table)) -> mlua::Result<LuaValue> {
    let messages = list.sequence_values::<LuaValue>().map(|problem| Ok(message_of(&problem?)));
    let messages = messages.collect::<mlua::Result<Vec<_>>>()?;
    let cause = failure_of(&problem);
    let why = cause.as_ref().map(|cause| format!("{}; and ", cause.message)).unwrap_or_default();
    let details = Value::List(messages.iter().map(|message| Value::Text(message.clone())).collect());
    let failure = Failure {
        retryable: Some(false),
        details: Some(details),
        ..Failure::new(failure_kind::INTERNAL, format!("{why}not everything was undone: {}", messages.join("; ")))
    };
    let failure = match cause {
        Some(cause) => failure.caused_by(cause),
        None => failure,
    };
    error_object(lua, failure).map(LuaValue::UserData)
}

fn message_of(problem: &LuaValue) -> String {
    match failure_of(problem) {
        Some(failure) => failure.message,
        None => problem.as_string().map_or_else(|| "an error".to_owned(), LuaString::to_string_lossy),
    }
}
