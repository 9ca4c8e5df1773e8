//! `funcs` in a function: calls another function of the project, in this process and on this lane,
//! in a realm of its own. Nothing is recorded: if the attempt is repeated, so is the call.

use std::sync::Arc;

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use crate::{
    entry::EntryId,
    function::{call::Call, catalog::FunctionEntry, lane, task::FunctionOutcome, wait},
    lua::{
        Answer, Calls, Effect, Executor, Module, arguments, error_object, funcs_table, payload::Payload, to_lua,
        values_of,
    },
    value::{Failure, Value},
};

/// How deep functions may call functions.
const DEEPEST: usize = 16;

pub(crate) struct Funcs;

impl Module for Funcs {
    const NAME: &'static str = "funcs";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        funcs_table(lua, Calls { who: "a function", wait_for, settle_later, cancel })
    }
}

/// Starts a call that the running coroutine waits for.
fn wait_for(
    lua: &Lua,
    name: &str,
    executor: &Executor,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<bool>> {
    match prepare(lua, name, executor, id, values)? {
        Ok(work) => wait::until(lua, name, work, |lua, value| to_lua(lua, &value)),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// Starts a call whose end settles a future; its number.
fn settle_later(
    lua: &Lua,
    name: &str,
    executor: &Executor,
    settle: Function,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Answer<u32>> {
    let work = match prepare(lua, name, executor, id, values)? {
        Ok(work) => work,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let number = wait::beside(lua, name, work, move |lua, result| match result {
        Ok(value) => settle.call(Payload(value).made(lua)?),
        Err(failure) => settle.call((LuaValue::Nil, error_object(lua, failure)?)),
    })?;
    Ok(Answer::Value(number))
}

/// Drops a call whose result nobody wants.
fn cancel(lua: &Lua, number: u32) -> mlua::Result<()> {
    Call::current(lua, "future:cancel")?.work.drop_beside(number);
    Ok(())
}

/// The call itself, not begun.
fn prepare(
    lua: &Lua,
    name: &str,
    executor: &Executor,
    id: &LuaValue,
    values: &MultiValue,
) -> mlua::Result<Result<impl Future<Output = Result<Value, Failure>> + 'static, Failure>> {
    let id = arguments::text(name, "id", id)?;
    let call = Call::current(lua, name)?;
    let below = allowed(&call, executor).and_then(|()| find(&call, &id)).and_then(|entry| {
        let values = values_of(lua, &id, values)?;
        Ok((call.below(entry, executor.context.clone()), values))
    });
    Ok(below.map(|(below, values)| async move {
        match lane::run(&below, &values).await {
            FunctionOutcome::Completed(value) => Ok(value),
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => Err(failure),
        }
    }))
}

/// Options say how the server calls an activity; there is no server in between.
fn allowed(call: &Call, executor: &Executor) -> Result<(), Failure> {
    if call.depth >= DEEPEST {
        return Err(Failure::invalid(format!("functions call functions more than {DEEPEST} deep")));
    }
    let options = executor.options.as_ref().and_then(Value::as_map);
    match options.and_then(|options| options.keys().next()) {
        Some(option) => Err(Failure::invalid(format!(
            "a function that is called by a function runs in the same process and has no option `{option}`"
        ))),
        None => Ok(()),
    }
}

fn find(call: &Call, text: &str) -> Result<Arc<FunctionEntry>, Failure> {
    if text.is_empty() {
        return Err(Failure::invalid("function ID required"));
    }
    let id = EntryId::parse(text, Some(call.entry.id.namespace()))
        .map_err(|error| Failure::invalid(format!("the function's id: {error}")))?;
    call.catalog.function(&id)
}
