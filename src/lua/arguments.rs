//! Checks what Lua code passes to host functions, with messages that name function and argument.

use mlua::{Function, LuaString, Table, Value};

use crate::diag::closest;

/// Misuse of a function: raised, never returned.
pub(crate) fn misuse(function: &str, problem: impl std::fmt::Display) -> mlua::Error {
    mlua::Error::runtime(format!("{function}: {problem}"))
}

/// An argument of another type than asked for.
pub(crate) fn wrong_type(function: &str, argument: &str, expected: &str, given: &Value) -> mlua::Error {
    misuse(function, format!("`{argument}` must be {expected}, got {}", type_name(given)))
}

/// A type as messages call it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Integer(_) | Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Boolean(_) => "a boolean",
        Value::Table(_) => "a table",
        Value::Function(_) => "a function",
        Value::Thread(_) => "a coroutine",
        _ => "a userdata",
    }
}

/// A string, of any bytes.
pub(crate) fn string(function: &str, argument: &str, value: &Value) -> mlua::Result<LuaString> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(wrong_type(function, argument, "a string", other)),
    }
}

/// A string of UTF-8 text.
pub(crate) fn text(function: &str, argument: &str, value: &Value) -> mlua::Result<String> {
    match string(function, argument, value)?.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(misuse(function, format!("`{argument}` must be UTF-8 text"))),
    }
}

pub(crate) fn table(function: &str, argument: &str, value: &Value) -> mlua::Result<Table> {
    match value {
        Value::Table(table) => Ok(table.clone()),
        other => Err(wrong_type(function, argument, "a table", other)),
    }
}

pub(crate) fn number(function: &str, argument: &str, value: &Value) -> mlua::Result<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "the engine's numbers are doubles")]
        Value::Integer(number) => Ok(*number as f64),
        Value::Number(number) => Ok(*number),
        other => Err(wrong_type(function, argument, "a number", other)),
    }
}

pub(crate) fn function(function: &str, argument: &str, value: &Value) -> mlua::Result<Function> {
    match value {
        Value::Function(value) => Ok(value.clone()),
        other => Err(wrong_type(function, argument, "a function", other)),
    }
}

/// True or false; absent is false.
pub(crate) fn flag(function: &str, argument: &str, value: &Value) -> mlua::Result<bool> {
    match value {
        Value::Nil => Ok(false),
        Value::Boolean(value) => Ok(*value),
        other => Err(wrong_type(function, argument, "a boolean", other)),
    }
}

/// Refuses keys of an option table that nobody knows, with a suggestion.
pub(crate) fn only_keys(function: &str, options: &Table, known: &[&str]) -> mlua::Result<()> {
    let mut unknown: Vec<String> = Vec::new();
    options.for_each(|key: Value, _: Value| {
        match &key {
            Value::String(key) if known.iter().any(|known| key.as_bytes() == known.as_bytes()) => {}
            Value::String(key) => unknown.push(key.to_string_lossy()),
            other => unknown.push(format!("[{}]", type_name(other))),
        }
        Ok(())
    })?;
    unknown.sort_unstable();
    let Some(first) = unknown.first() else {
        return Ok(());
    };
    let hint = match closest(first, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("known are {}", known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")),
    };
    Err(misuse(function, format!("unknown option `{first}`; {hint}")))
}
