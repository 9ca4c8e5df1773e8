//! `funcs` in a function: calls another function of the project, in this process and on this lane,
//! in a realm of its own. Nothing is recorded: if the attempt is repeated, so is the call.

use mlua::{Lua, MultiValue, Table, UserData, UserDataMethods, Value as LuaValue, Variadic};

use crate::{
    diag::closest,
    entry::EntryId,
    function::{call::Call, catalog::FunctionEntry, lane, task::FunctionOutcome, wait},
    lua::{Answer, Effect, Module, arguments, from_lua, to_lua, waits},
    value::{Failure, Map, Value, failure_kind},
};

/// How deep functions may call functions.
const DEEPEST: usize = 16;

pub(crate) struct Funcs;

impl Module for Funcs {
    const NAME: &'static str = "funcs";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let funcs = lua.create_table()?;
        let start = lua.create_function(|lua, (id, arguments): (LuaValue, Variadic<LuaValue>)| {
            start(lua, "funcs.call", &id, &arguments, Map::new())
        })?;
        funcs.raw_set("call", waits(lua, "funcs.call", start)?)?;
        Ok(funcs)
    }
}

/// Starts a call; the running coroutine waits for its result.
fn start(
    lua: &Lua,
    name: &str,
    id: &LuaValue,
    arguments: &[LuaValue],
    passed_along: Map,
) -> mlua::Result<Answer<bool>> {
    let id = arguments::text(name, "id", id)?;
    let call = Call::current(lua, name)?;
    let entry = match find(&call, &id) {
        Ok(entry) => entry,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let values: Result<Vec<Value>, _> = arguments.iter().map(|value| from_lua(lua, value)).collect();
    let values = match values {
        Ok(values) => values,
        Err(error) => return Ok(Answer::Failure(Failure::invalid(format!("an argument of `{id}`: {error}")))),
    };
    let below = call.below(entry, passed_along);
    let work = async move {
        match lane::run(&below, &values).await {
            FunctionOutcome::Completed(value) => Ok(value),
            FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => Err(failure),
        }
    };
    wait::until(lua, name, work, |lua, value| to_lua(lua, &value))
}

fn find(call: &Call, text: &str) -> Result<std::sync::Arc<FunctionEntry>, Failure> {
    if call.depth >= DEEPEST {
        return Err(Failure::invalid(format!("functions call functions more than {DEEPEST} deep")));
    }
    let id =
        EntryId::parse(text, Some(call.entry.id.namespace())).map_err(|error| Failure::invalid(error.to_string()))?;
    call.catalog.function(&id).ok_or_else(|| {
        let known: Vec<String> = call.catalog.ids().map(ToString::to_string).collect();
        let hint = closest(&id.to_string(), known.iter().map(String::as_str))
            .map(|close| format!("; a function with a similar name exists: `{close}`"))
            .unwrap_or_default();
        let message = format!("no function of this project is called `{id}`{hint}");
        Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) }
    })
}
