//! `logger`, of which each profile gives the end: where a line goes, and whether it goes at all.

use mlua::{AnyUserData, Lua, Table, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{arguments, from_lua, weight},
    value::{Map, Value},
};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

/// What Lua code logs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogLine<'a> {
    pub(crate) level: LogLevel,
    /// What `logger:named` gave.
    pub(crate) name: Option<&'a str>,
    pub(crate) message: &'a str,
    /// Sorted; those of the line win over those of the logger.
    pub(crate) fields: &'a Map,
}

/// Takes a line.
pub(crate) type LogSink = fn(&Lua, &LogLine<'_>) -> mlua::Result<()>;

const LEVELS: [(&str, LogLevel); 4] =
    [("debug", LogLevel::Debug), ("info", LogLevel::Info), ("warn", LogLevel::Warn), ("error", LogLevel::Error)];

/// The module's table; every line goes to `sink`.
pub(crate) fn table(lua: &Lua, sink: LogSink) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    for (name, level) in LEVELS {
        let log = move |lua: &Lua, (this, message, fields): (LuaValue, LuaValue, LuaValue)| {
            with_colon(name, &this)?;
            Logger::new(sink).log(lua, name, level, &message, &fields)
        };
        table.raw_set(name, lua.create_function(log)?)?;
    }
    let with = move |lua: &Lua, (this, fields): (LuaValue, LuaValue)| {
        with_colon("with", &this)?;
        Logger::new(sink).with(lua, &fields)?.made(lua)
    };
    table.raw_set("with", lua.create_function(with)?)?;
    let named = move |lua: &Lua, (this, name): (LuaValue, LuaValue)| {
        with_colon("named", &this)?;
        Logger::new(sink).named(&name)?.made(lua)
    };
    table.raw_set("named", lua.create_function(named)?)?;
    Ok(table)
}

fn with_colon(method: &str, this: &LuaValue) -> mlua::Result<()> {
    match this {
        LuaValue::Table(_) => Ok(()),
        _ => Err(arguments::misuse(&format!("logger.{method}"), format!("call it with a colon: `logger:{method}(…)`"))),
    }
}

/// A logger with a name or fields of its own.
#[derive(Clone)]
struct Logger {
    sink: LogSink,
    name: Option<String>,
    fields: Map,
}

impl Logger {
    fn new(sink: LogSink) -> Self {
        Self { sink, name: None, fields: Map::new() }
    }

    fn log(&self, lua: &Lua, method: &str, level: LogLevel, message: &LuaValue, fields: &LuaValue) -> mlua::Result<()> {
        let function = format!("logger:{method}");
        let message = arguments::string(&function, "message", message)?.to_string_lossy();
        let mut all = self.fields.clone();
        all.extend(read(lua, &function, fields)?);
        all.sort_keys();
        (self.sink)(lua, &LogLine { level, name: self.name.as_deref(), message: &message, fields: &all })
    }

    fn with(&self, lua: &Lua, fields: &LuaValue) -> mlua::Result<Self> {
        let mut new = self.clone();
        new.fields.extend(read(lua, "logger:with", fields)?);
        Ok(new)
    }

    fn named(&self, name: &LuaValue) -> mlua::Result<Self> {
        let name = arguments::text("logger:named", "name", name)?;
        if name.is_empty() {
            return Err(arguments::misuse("logger:named", "`name` is empty"));
        }
        let name = self.name.as_ref().map_or(name.clone(), |outer| format!("{outer}.{name}"));
        Ok(Self { name: Some(name), ..self.clone() })
    }

    fn made(self, lua: &Lua) -> mlua::Result<AnyUserData> {
        let bytes = weight::of_map(&self.fields) + self.name.as_ref().map_or(0, String::len);
        weight::weighed(lua, lua.create_userdata(self)?, bytes)
    }
}

impl UserData for Logger {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for (name, level) in LEVELS {
            methods.add_method(name, move |lua, this, (message, fields): (LuaValue, LuaValue)| {
                this.log(lua, name, level, &message, &fields)
            });
        }
        methods.add_method("with", |lua, this, fields: LuaValue| this.with(lua, &fields)?.made(lua));
        methods.add_method("named", |lua, this, name: LuaValue| this.named(&name)?.made(lua));
    }
}

/// The fields of a line. What cannot be written is told in its place: a log line is no reason to fail.
fn read(lua: &Lua, function: &str, fields: &LuaValue) -> mlua::Result<Map> {
    let mut read = Map::new();
    if *fields == LuaValue::Nil {
        return Ok(read);
    }
    arguments::table(function, "fields", fields)?.for_each(|key: LuaValue, value: LuaValue| {
        let name = match &key {
            LuaValue::String(name) => name.to_string_lossy(),
            LuaValue::Integer(number) => number.to_string(),
            other => {
                return Err(arguments::misuse(
                    function,
                    format!("the name of a field is {}", arguments::type_name(other)),
                ));
            }
        };
        let value = from_lua(lua, &value).unwrap_or_else(|error| Value::from(format!("({error})")));
        read.insert(name, value);
        Ok(())
    })?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lua::{
        sandbox::environment,
        testing::{self, load},
    };

    fn remember(lua: &Lua, line: &LogLine<'_>) -> mlua::Result<()> {
        let text = format!(
            "{:?} {} {} {}",
            line.level,
            line.name.unwrap_or("-"),
            line.message,
            Value::Map(line.fields.clone()).to_json()
        );
        let lines = lua.named_registry_value::<Option<String>>("lines")?.unwrap_or_default();
        lua.set_named_registry_value("lines", format!("{lines}{text}\n"))
    }

    fn run(code: &str) -> mlua::Result<String> {
        let lua = testing::lua();
        let environment = environment(&lua)?;
        environment.raw_set("logger", table(&lua, remember)?)?;
        load(&lua, "app:main", code, environment)?.call::<()>(())?;
        lua.named_registry_value("lines")
    }

    #[test]
    fn a_line_has_a_level_a_name_and_sorted_fields() {
        let code = r#"
            logger:info("plain")
            local inner = logger:with({ b = 1, a = "x" }):named("stock"):named("db")
            inner:warn("more", { a = "y", f = print })
        "#;
        assert_eq!(
            run(code).unwrap(),
            "Info - plain {}\nWarn stock.db more {\"a\":\"y\",\"b\":1,\"f\":\"(a function cannot be written)\"}\n"
        );
    }

    #[test]
    fn a_dot_in_place_of_the_colon_is_told() {
        let error = run(r#"logger.info("plain")"#).unwrap_err().to_string();
        assert!(error.contains("logger.info: call it with a colon: `logger:info(…)`"), "{error}");
    }
}
