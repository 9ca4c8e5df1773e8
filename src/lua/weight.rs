//! What lies beside Lua's memory: values of the host's, inside userdata and outside.
//!
//! The engine's limit of memory counts its own bytes only, and so does its collector. As many of its own
//! are put to such a value, so that both see what it takes.

use mlua::{AnyUserData, Buffer, Lua};

use crate::value::{Failure, Map, Value};

/// What is lighter is not worth being seen: a userdata takes about as much itself.
const LIGHT: usize = 256;

/// So many bytes that the engine counts, for as long as they are kept; nothing if they are too few.
pub(crate) fn ballast(lua: &Lua, weight: usize) -> mlua::Result<Option<Buffer>> {
    (weight > LIGHT).then(|| lua.create_buffer_with_capacity(weight)).transpose()
}

/// Gives a userdata the weight of what it holds.
pub(crate) fn weighed(lua: &Lua, data: AnyUserData, weight: usize) -> mlua::Result<AnyUserData> {
    if let Some(ballast) = ballast(lua, weight)? {
        data.set_user_value(ballast)?;
    }
    Ok(data)
}

/// About how many bytes a value takes.
pub(crate) fn of_value(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
            Value::List(items) => items.iter().map(of_value).sum(),
            Value::Map(map) => of_map(map),
            _ => 0,
        }
}

pub(crate) fn of_map(map: &Map) -> usize {
    map.iter().map(|(key, value)| size_of::<String>() + key.len() + of_value(value)).sum()
}

pub(crate) fn of_failure(failure: &Failure) -> usize {
    let own = |failure: &Failure| {
        let texts = failure.message.len() + failure.stack.len() + failure.original.len();
        texts + failure.details.as_ref().map_or(0, of_value)
    };
    std::iter::successors(Some(failure), |failure| failure.cause.as_deref()).map(own).sum()
}
