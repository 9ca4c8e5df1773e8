//! `sql`: databases of the project. What is asked of them waits in the world, not on the lane.

mod database;
mod statement;
mod transaction;
mod values;

use mlua::{IntoLua, Lua, Table, Value as LuaValue};

use crate::{
    function::{call::Call, sql::Place, wait},
    lua::{Answer, Effect, Module, arguments},
    value::Failure,
};

use database::Database;

pub(crate) struct Sql;

/// What every database of this module is.
const TYPE: &str = "sqlite";

/// The kinds of databases that Wippy knows.
const TYPES: [(&str, &str); 4] =
    [("POSTGRES", "postgres"), ("MYSQL", "mysql"), ("SQLITE", TYPE), ("UNKNOWN", "unknown")];

/// How far transactions see each other's changes. SQLite keeps them apart entirely, so that each of
/// these is kept.
const ISOLATIONS: [(&str, &str); 6] = [
    ("DEFAULT", "default"),
    ("READ_UNCOMMITTED", "read_uncommitted"),
    ("READ_COMMITTED", "read_committed"),
    ("WRITE_COMMITTED", "write_committed"),
    ("REPEATABLE_READ", "repeatable_read"),
    ("SERIALIZABLE", "serializable"),
];

impl Module for Sql {
    const NAME: &'static str = "sql";
    const EFFECT: Effect = Effect::World;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        database::register(lua)?;
        transaction::register(lua)?;
        statement::register(lua)?;
        let sql = lua.create_table()?;
        sql.raw_set("get", lua.create_function(get)?)?;
        sql.raw_set("NULL", LuaValue::NULL)?;
        sql.raw_set("as", values::coercions(lua)?)?;
        sql.raw_set("type", lua.create_table_from(TYPES)?)?;
        sql.raw_set("isolation", lua.create_table_from(ISOLATIONS)?)?;
        sql.set_metatable(Some(absent(lua)?))?;
        Ok(sql)
    }
}

/// Says of what Wippy has and metonic has not that it is not there.
fn absent(lua: &Lua) -> mlua::Result<Table> {
    let index = lua.create_function(|_, (_, key): (Table, LuaValue)| match key.as_string() {
        Some(key) if &*key.as_bytes() == b"builder" => Err(arguments::misuse(
            "sql.builder",
            "metonic builds no statements; write the SQL, with `?` for its values",
        )),
        _ => Ok(LuaValue::Nil),
    })?;
    let metatable = lua.create_table_from([("__index", index)])?;
    metatable.raw_set("__metatable", false)?;
    metatable.set_readonly(true);
    Ok(metatable)
}

/// `sql.get(id)`
fn get(lua: &Lua, id: LuaValue) -> mlua::Result<Answer<Database>> {
    const NAME: &str = "sql.get";
    let id = arguments::text(NAME, "id", &id)?;
    let call = Call::current(lua, NAME)?;
    let pool = call.world.databases.find(&id, call.entry.id.namespace());
    Ok(pool.map(|pool| Database::new(Place::Database(pool))).into())
}

/// Starts work that the running coroutine waits for and of which it gets true.
fn until_done(
    lua: &Lua,
    name: &str,
    work: impl Future<Output = Result<(), Failure>> + 'static,
) -> mlua::Result<Answer<bool>> {
    wait::until(lua, name, work, |_, ()| Ok(true))
}

/// A userdata that a method was called on.
fn this<T: 'static, R>(
    method: &str,
    made_by: &str,
    this: &LuaValue,
    read: impl FnOnce(&T) -> mlua::Result<R>,
) -> mlua::Result<R> {
    let object = this.as_userdata().and_then(|data| data.borrow::<T>().ok());
    let object = object
        .ok_or_else(|| arguments::misuse(method, format_args!("call it with a colon, on what `{made_by}` gave")))?;
    read(&object)
}

/// A value of a type that has methods.
fn object<T: 'static>(lua: &Lua, value: T) -> mlua::Result<LuaValue> {
    lua.create_any_userdata(value)?.into_lua(lua)
}
