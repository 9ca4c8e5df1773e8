//! What goes into a statement and what comes out of it, as Lua sees it.

use mlua::{Lua, Table, UserData, UserDataFields, Value as LuaValue};

use crate::{
    function::sql::{Executed, Parameters, Statement},
    lua::{arguments, from_lua},
    value::{Failure, Map, Value},
};

/// A value that says how it is to be written.
struct Typed(Value);

impl UserData for Typed {
    fn add_fields<F: UserDataFields<Self>>(fields: &mut F) {
        fields.add_meta_field("__type", "SqlValue");
    }
}

/// `sql.as`
pub(super) fn coercions(lua: &Lua) -> mlua::Result<Table> {
    let coercions = lua.create_table()?;
    coercions.raw_set("int", lua.create_function(int)?)?;
    coercions.raw_set("float", lua.create_function(float)?)?;
    coercions.raw_set("text", lua.create_function(text)?)?;
    coercions.raw_set("binary", lua.create_function(binary)?)?;
    coercions.raw_set("null", lua.create_function(|_, ()| Ok(LuaValue::NULL))?)?;
    Ok(coercions)
}

/// `sql.as.int(value)`
fn int(lua: &Lua, value: LuaValue) -> mlua::Result<Typed> {
    const NAME: &str = "sql.as.int";
    let read = match &value {
        LuaValue::Boolean(value) => Some(Value::Int(i64::from(*value))),
        LuaValue::String(text) => text.to_str().ok().and_then(|text| text.parse().ok()).map(Value::Int),
        value => from_lua(lua, value).ok().filter(|value| matches!(value, Value::Int(_))),
    };
    let misuse = || arguments::misuse(NAME, "`value` must be a whole number of 64 bits with a sign");
    read.map(Typed).ok_or_else(misuse)
}

/// `sql.as.float(value)`
fn float(_: &Lua, value: LuaValue) -> mlua::Result<Typed> {
    const NAME: &str = "sql.as.float";
    let number = match &value {
        LuaValue::String(text) => text.to_str().ok().and_then(|text| text.parse().ok()),
        value => Some(arguments::number(NAME, "value", value)?),
    };
    let number = number.filter(|number: &f64| number.is_finite());
    number.map(|number| Typed(Value::Float(number))).ok_or_else(|| arguments::misuse(NAME, "`value` must be a number"))
}

/// `sql.as.text(value)`
fn text(lua: &Lua, value: LuaValue) -> mlua::Result<Typed> {
    const NAME: &str = "sql.as.text";
    match from_lua(lua, &value) {
        Ok(text @ Value::Text(_)) => Ok(Typed(text)),
        Ok(value @ (Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))) => {
            Ok(Typed(Value::Text(value.to_json())))
        }
        _ => Err(arguments::wrong_type(NAME, "value", "UTF-8 text, a number or a boolean", &value)),
    }
}

/// `sql.as.binary(value)`
fn binary(_: &Lua, value: LuaValue) -> mlua::Result<Typed> {
    let bytes = arguments::string("sql.as.binary", "value", &value)?;
    Ok(Typed(Value::Bytes(bytes.as_bytes().to_vec())))
}

/// A statement as Lua code gives it: its text, and its parameters.
pub(super) fn statement(
    lua: &Lua,
    name: &str,
    sql: &LuaValue,
    values: &LuaValue,
) -> mlua::Result<Result<Statement, Failure>> {
    let sql = arguments::text(name, "sql", sql)?;
    Ok(parameters(lua, name, values)?.map(|parameters| Statement { sql: sql.into(), parameters }))
}

/// A list for `?`, or a table of names for `:name`.
pub(super) fn parameters(lua: &Lua, name: &str, values: &LuaValue) -> mlua::Result<Result<Parameters, Failure>> {
    if *values == LuaValue::Nil {
        return Ok(Ok(Parameters::List(Vec::new())));
    }
    let table = arguments::table(name, "params", values)?;
    let (mut list, mut named) = (Vec::new(), Map::new());
    let mut problem = None;
    table.for_each(|key: LuaValue, value: LuaValue| {
        let read = match value.as_userdata().and_then(|data| data.borrow::<Typed>().ok()) {
            Some(typed) => Ok(typed.0.clone()),
            None => from_lua(lua, &value),
        };
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                problem.get_or_insert(format!("the parameter {}: {error}", shown(&key)));
                return Ok(());
            }
        };
        match &key {
            LuaValue::Integer(at) if *at > 0 => list.push((*at, read)),
            LuaValue::String(text) => drop(named.insert(text.to_string_lossy(), read)),
            other => return Err(arguments::misuse(name, format_args!("`params` has the key {}", shown(other)))),
        }
        Ok(())
    })?;
    if let Some(problem) = problem {
        return Ok(Err(Failure::invalid(problem)));
    }
    if !list.is_empty() && !named.is_empty() {
        return Err(arguments::misuse(name, "`params` must be a list, or a table of names, not both"));
    }
    if !named.is_empty() {
        return Ok(Ok(Parameters::Named(named)));
    }
    list.sort_unstable_by_key(|(at, _)| *at);
    if list.iter().zip(1..).any(|((at, _), expected)| *at != expected) {
        return Err(arguments::misuse(name, "`params` is a list with holes; put `sql.NULL` there"));
    }
    Ok(Ok(Parameters::List(list.into_iter().map(|(_, value)| value).collect())))
}

fn shown(key: &LuaValue) -> String {
    match key {
        LuaValue::String(text) => format!("`{}`", text.to_string_lossy()),
        LuaValue::Integer(at) => format!("[{at}]"),
        other => format!("[{}]", arguments::type_name(other)),
    }
}

/// What `execute` gives.
pub(super) fn executed(lua: &Lua, executed: Executed) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("last_insert_id", crate::lua::to_lua(lua, &Value::Int(executed.last_insert_id))?)?;
    table.raw_set("rows_affected", executed.rows_affected)?;
    Ok(table)
}
