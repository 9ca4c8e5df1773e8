//! Where each coroutine waits, as a text and as `temporal.api.sdk.v1.EnhancedStackTrace`.

use mlua::Lua;

use crate::{
    lua::Frame,
    value::{Map, Value},
    workflow::state::RunState,
};

pub(super) fn text(lua: &Lua, state: &RunState) -> mlua::Result<String> {
    let stacks = state.tasks.stacks(lua)?;
    let texts = stacks.into_iter().map(|(task, frames)| {
        let lines = frames.iter().map(|frame| format!("\n  {}", line(frame)));
        format!("coroutine {}{}", task.number(), lines.collect::<String>())
    });
    Ok(texts.collect::<Vec<_>>().join("\n\n"))
}

fn line(frame: &Frame) -> String {
    match &frame.function {
        Some(function) => format!("{}:{} in {function}", frame.chunk, frame.line),
        None => format!("{}:{}", frame.chunk, frame.line),
    }
}

/// The protobuf message in its JSON form, with the whole text of every file that it names.
pub(super) fn enhanced(lua: &Lua, state: &RunState, has_ended: bool) -> mlua::Result<Value> {
    let mut sources = Map::new();
    let mut stacks = Vec::new();
    let waiting = if has_ended { Vec::new() } else { state.tasks.stacks(lua)? };
    for (_, frames) in waiting {
        let mut locations = Vec::new();
        for frame in frames {
            let Some(place) = state.program.place(&frame.chunk, frame.line) else { continue };
            let source = state.program.sources().get(place.span.source);
            let slice = [("lineOffset", Value::Int(0)), ("content", Value::from(&*source.text))];
            sources.insert(source.path.to_string(), object(slice));
            let at = source.place(place.span.range().start);
            locations.push(object([
                ("filePath", Value::from(&*source.path)),
                ("line", count(at.line)),
                ("column", count(at.column)),
                ("functionName", Value::Text(frame.function.unwrap_or_default())),
                ("internalCode", Value::Bool(false)),
            ]));
        }
        stacks.push(object([("locations", Value::List(locations))]));
    }
    let sdk = [("name", Value::from("metonic")), ("version", Value::from(env!("CARGO_PKG_VERSION")))];
    Ok(object([("sdk", object(sdk)), ("sources", Value::Map(sources)), ("stacks", Value::List(stacks))]))
}

pub(super) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn count(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(-1))
}
