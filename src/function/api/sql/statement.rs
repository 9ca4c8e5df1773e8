//! Statements that are written once and run often; and running any statement at its place.

use std::{cell::Cell, sync::Arc};

use mlua::{Lua, UserDataFields as _, UserDataMethods as _, Value as LuaValue};

use super::{object, this, values};
use crate::{
    function::{
        sql::{Place, Statement},
        wait,
    },
    lua::{Answer, arguments, to_lua, waits},
    value::Failure,
};

/// A statement that was prepared.
struct Prepared {
    sql: Arc<str>,
    place: Place,
    is_closed: Cell<bool>,
}

/// Gives prepared statements their methods.
pub(super) fn register(lua: &Lua) -> mlua::Result<()> {
    let query_it = lua.create_function(|lua, (this, values): (LuaValue, LuaValue)| {
        const NAME: &str = "stmt:query";
        match given(lua, NAME, &this, &values)? {
            Ok((place, statement)) => query(lua, NAME, place, Ok(statement)),
            Err(failure) => Ok(Answer::Failure(failure)),
        }
    })?;
    let execute_it = lua.create_function(|lua, (this, values): (LuaValue, LuaValue)| {
        const NAME: &str = "stmt:execute";
        match given(lua, NAME, &this, &values)? {
            Ok((place, statement)) => execute(lua, NAME, place, Ok(statement)),
            Err(failure) => Ok(Answer::Failure(failure)),
        }
    })?;
    let (query_it, execute_it) = (waits(lua, "stmt:query", query_it)?, waits(lua, "stmt:execute", execute_it)?);
    lua.register_userdata_type::<Prepared>(|registry| {
        registry.add_field("query", query_it);
        registry.add_field("execute", execute_it);
        registry.add_method("close", |_, this, ()| {
            this.is_closed.set(true);
            Ok(true)
        });
    })
}

fn given(
    lua: &Lua,
    name: &str,
    object: &LuaValue,
    values: &LuaValue,
) -> mlua::Result<Result<(Place, Statement), Failure>> {
    let parameters = values::parameters(lua, name, values)?;
    this(name, "prepare", object, |prepared: &Prepared| {
        if prepared.is_closed.get() {
            return Err(arguments::misuse(name, "the statement is closed"));
        }
        Ok(parameters
            .map(|parameters| (prepared.place.clone(), Statement { sql: Arc::clone(&prepared.sql), parameters })))
    })
}

/// Starts a query that the running coroutine waits for.
pub(super) fn query(
    lua: &Lua,
    name: &str,
    place: Place,
    statement: Result<Statement, Failure>,
) -> mlua::Result<Answer<bool>> {
    match statement {
        Ok(statement) => wait::until(lua, name, place.query(statement), |lua, rows| to_lua(lua, &rows)),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// Starts a statement that the running coroutine waits for.
pub(super) fn execute(
    lua: &Lua,
    name: &str,
    place: Place,
    statement: Result<Statement, Failure>,
) -> mlua::Result<Answer<bool>> {
    match statement {
        Ok(statement) => wait::until(lua, name, place.execute(statement), values::executed),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// Starts looking whether a statement can be prepared.
pub(super) fn prepare(lua: &Lua, name: &str, place: Place, sql: &LuaValue) -> mlua::Result<Answer<bool>> {
    let sql: Arc<str> = arguments::text(name, "sql", sql)?.into();
    let prepared = Prepared { sql: Arc::clone(&sql), place: place.clone(), is_closed: Cell::new(false) };
    wait::until(lua, name, place.check(sql), |lua, ()| object(lua, prepared))
}
