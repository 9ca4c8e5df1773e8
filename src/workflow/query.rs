//! Questions to a run. An answer changes nothing in it.

use mlua::Lua;

use crate::{
    lua::Frame,
    value::{Failure, Value, failure_kind},
    workflow::{Query, state::RunState},
};

/// Where each coroutine waits; what the Web UI and `temporal workflow stack` ask for.
const STACK_TRACE: &str = "__stack_trace";

const KNOWN: [&str; 1] = [STACK_TRACE];

pub(super) fn answer(lua: &Lua, state: &RunState, query: &Query) -> mlua::Result<Result<Value, Failure>> {
    if query.name == STACK_TRACE {
        return Ok(Ok(Value::Text(stack_trace(lua, state)?)));
    }
    // Clients read what is known from this text.
    let message = format!("unknown query `{}`; known queries: [{}]", query.name, KNOWN.join(" "));
    Ok(Err(Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) }))
}

fn stack_trace(lua: &Lua, state: &RunState) -> mlua::Result<String> {
    let stacks = state.tasks.stacks(lua)?;
    let texts = stacks.into_iter().map(|(task, frames)| {
        let lines = frames.iter().map(|frame| format!("\n  {}", text(frame)));
        format!("coroutine {}{}", task.number(), lines.collect::<String>())
    });
    Ok(texts.collect::<Vec<_>>().join("\n\n"))
}

fn text(frame: &Frame) -> String {
    match &frame.function {
        Some(function) => format!("{}:{} in {function}", frame.chunk, frame.line),
        None => format!("{}:{}", frame.chunk, frame.line),
    }
}
