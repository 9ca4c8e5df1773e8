//! What `sql.get` gives.

use std::{cell::Cell, rc::Rc};

use mlua::{IntoLua, Lua, UserDataFields as _, UserDataMethods as _, Value as LuaValue};

use super::{
    ISOLATIONS, TYPE, object,
    statement::{execute, prepare, query},
    this,
    transaction::Transaction,
    values,
};
use crate::{
    function::{call::Call, sql::Place, wait},
    lua::{Answer, arguments, waits},
};

/// A database, as Lua holds it: no connection of its own, but the right to ask for one.
pub(super) struct Database {
    place: Place,
    is_released: Cell<bool>,
}

impl Database {
    pub(super) fn new(place: Place) -> Self {
        Self { place, is_released: Cell::new(false) }
    }
}

impl IntoLua for Database {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        object(lua, self)
    }
}

/// Gives databases their methods.
pub(super) fn register(lua: &Lua) -> mlua::Result<()> {
    let query_it = lua.create_function(|lua, (this, sql, params): (LuaValue, LuaValue, LuaValue)| {
        const NAME: &str = "db:query";
        query(lua, NAME, place(NAME, &this)?, values::statement(lua, NAME, &sql, &params)?)
    })?;
    let execute_it = lua.create_function(|lua, (this, sql, params): (LuaValue, LuaValue, LuaValue)| {
        const NAME: &str = "db:execute";
        execute(lua, NAME, place(NAME, &this)?, values::statement(lua, NAME, &sql, &params)?)
    })?;
    let prepare_it = lua.create_function(|lua, (this, sql): (LuaValue, LuaValue)| {
        const NAME: &str = "db:prepare";
        prepare(lua, NAME, place(NAME, &this)?, &sql)
    })?;
    let query_it = waits(lua, "db:query", query_it)?;
    let execute_it = waits(lua, "db:execute", execute_it)?;
    let prepare_it = waits(lua, "db:prepare", prepare_it)?;
    let begin_it = waits(lua, "db:begin", lua.create_function(begin)?)?;
    lua.register_userdata_type::<Database>(|registry| {
        registry.add_field("query", query_it);
        registry.add_field("execute", execute_it);
        registry.add_field("prepare", prepare_it);
        registry.add_field("begin", begin_it);
        registry.add_method("type", |_, _, ()| Ok(TYPE));
        registry.add_method("release", |_, this, ()| {
            this.is_released.set(true);
            Ok(true)
        });
        registry.add_method("stats", |lua, this, ()| {
            let Place::Database(pool) = &this.place else { return Ok(LuaValue::Nil) };
            let stats = pool.stats();
            let table = lua.create_table()?;
            table.raw_set("max_open_connections", stats.max_open)?;
            table.raw_set("open_connections", stats.in_use + stats.idle)?;
            table.raw_set("in_use", stats.in_use)?;
            table.raw_set("idle", stats.idle)?;
            Ok(LuaValue::Table(table))
        });
    })
}

fn place(name: &str, object: &LuaValue) -> mlua::Result<Place> {
    this(name, "sql.get", object, |database: &Database| {
        if database.is_released.get() {
            return Err(arguments::misuse(name, "the database was released; get it again"));
        }
        Ok(database.place.clone())
    })
}

/// `db:begin({isolation?, read_only?})`
fn begin(lua: &Lua, (this, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "db:begin";
    let Place::Database(pool) = place(NAME, &this)? else {
        return Err(arguments::misuse(NAME, "a transaction is no database"));
    };
    let mut is_read_only = false;
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["isolation", "read_only"])?;
        is_read_only = arguments::flag(NAME, "read_only", &options.raw_get("read_only")?)?;
        let isolation: LuaValue = options.raw_get("isolation")?;
        if isolation != LuaValue::Nil {
            let isolation = arguments::text(NAME, "isolation", &isolation)?;
            if !ISOLATIONS.iter().any(|(_, known)| *known == isolation) {
                let known = "`sql.isolation` has those that there are";
                return Err(arguments::misuse(NAME, format_args!("there is no isolation `{isolation}`; {known}")));
            }
        }
    }
    let transactions = Rc::clone(&Call::current(lua, NAME)?.transactions);
    let of_call = Rc::downgrade(&transactions);
    let work = async move { transactions.begin(pool, is_read_only).await };
    wait::until(lua, NAME, work, move |lua, number| {
        object(lua, Transaction { place: Place::Transaction(of_call, number) })
    })
}
