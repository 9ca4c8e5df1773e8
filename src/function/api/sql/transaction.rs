//! What `db:begin` gives.

use mlua::{Function, Lua, UserDataFields as _, UserDataMethods as _, Value as LuaValue};

use super::{
    TYPE,
    statement::{execute, prepare, query},
    this, until_done, values,
};
use crate::{
    function::sql::Place,
    lua::{Answer, arguments, waits},
    value::Failure,
};

/// A transaction, as Lua holds it. The call keeps its connection.
pub(super) struct Transaction {
    pub(super) place: Place,
}

/// Gives transactions their methods.
pub(super) fn register(lua: &Lua) -> mlua::Result<()> {
    let query_it = lua.create_function(|lua, (this, sql, params): (LuaValue, LuaValue, LuaValue)| {
        const NAME: &str = "tx:query";
        query(lua, NAME, place(NAME, &this)?, values::statement(lua, NAME, &sql, &params)?)
    })?;
    let execute_it = lua.create_function(|lua, (this, sql, params): (LuaValue, LuaValue, LuaValue)| {
        const NAME: &str = "tx:execute";
        execute(lua, NAME, place(NAME, &this)?, values::statement(lua, NAME, &sql, &params)?)
    })?;
    let prepare_it = lua.create_function(|lua, (this, sql): (LuaValue, LuaValue)| {
        const NAME: &str = "tx:prepare";
        prepare(lua, NAME, place(NAME, &this)?, &sql)
    })?;
    let commit_it = lua.create_function(|lua, this: LuaValue| {
        const NAME: &str = "tx:commit";
        until_done(lua, NAME, place(NAME, &this)?.commit())
    })?;
    let roll_back_it = lua.create_function(|lua, this: LuaValue| {
        const NAME: &str = "tx:rollback";
        until_done(lua, NAME, place(NAME, &this)?.roll_back())
    })?;
    let methods = [
        ("query", waits(lua, "tx:query", query_it)?),
        ("execute", waits(lua, "tx:execute", execute_it)?),
        ("prepare", waits(lua, "tx:prepare", prepare_it)?),
        ("commit", waits(lua, "tx:commit", commit_it)?),
        ("rollback", waits(lua, "tx:rollback", roll_back_it)?),
        ("savepoint", savepoint(lua, "tx:savepoint", "SAVEPOINT")?),
        ("rollback_to", savepoint(lua, "tx:rollback_to", "ROLLBACK TO")?),
        ("release", savepoint(lua, "tx:release", "RELEASE")?),
    ];
    lua.register_userdata_type::<Transaction>(|registry| {
        for (name, method) in methods {
            registry.add_field(name, method);
        }
        registry.add_method("db_type", |_, _, ()| Ok(TYPE));
    })
}

fn place(name: &str, object: &LuaValue) -> mlua::Result<Place> {
    this(name, "db:begin", object, |transaction: &Transaction| Ok(transaction.place.clone()))
}

/// A method that does something with a savepoint.
fn savepoint(lua: &Lua, name: &'static str, verb: &'static str) -> mlua::Result<Function> {
    let start = lua.create_function(move |lua, (this, point): (LuaValue, LuaValue)| {
        let place = place(name, &this)?;
        let point = arguments::text(name, "name", &point)?;
        if point.is_empty() || !point.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            let message = format!("a savepoint's name is made of letters, digits and `_`, and `{point}` is not");
            return Ok(Answer::Failure(Failure::invalid(message)));
        }
        until_done(lua, name, place.savepoint(verb, point))
    })?;
    waits(lua, name, start)
}
