//! Messages that nobody took, for the run that takes this one's place.

use mlua::{Function, Lua, Table, Value as LuaValue};

use super::Message;
use crate::{
    lua::{channel_functions, from_lua},
    value::Value,
    workflow::{carried::Carried, state::RunState},
};

/// The messages that nobody took: those in the inbox, those of each listener, those that wait. Each
/// topic's are in their order.
pub(in crate::workflow) fn untaken(lua: &Lua, state: &RunState) -> mlua::Result<Vec<Carried>> {
    let inbox = state.inbox.borrow();
    let carried = |message: Message| Carried { topic: message.topic, from: message.from, payload: message.payload };
    let mut messages = Vec::new();
    for value in inbox.others.iter().map(|channel| unread(lua, channel)).collect::<mlua::Result<Vec<_>>>()?.concat() {
        messages.extend(whole_message(&value).map(carried));
    }
    for (topic, listener) in &inbox.listeners {
        for value in unread(lua, &listener.channel)? {
            let plain =
                || Some(Message { topic: topic.clone(), from: String::new(), payload: payload_of(lua, &value) });
            messages.extend(whole_message(&value).or_else(plain).map(carried));
        }
    }
    messages.extend(inbox.waiting.iter().cloned().map(carried));
    Ok(messages)
}

/// What a channel holds that nobody has received.
fn unread(lua: &Lua, channel: &Table) -> mlua::Result<Vec<LuaValue>> {
    let (values, count): (Table, usize) = channel_functions(lua)?.raw_get::<Function>("unread")?.call(channel)?;
    (1..=count).map(|at| values.raw_get(at)).collect()
}

fn whole_message(value: &LuaValue) -> Option<Message> {
    value.as_userdata().and_then(|data| data.borrow::<Message>().ok()).map(|message| message.clone())
}

/// The arguments of a message whose value a listener got.
fn payload_of(lua: &Lua, value: &LuaValue) -> Vec<Value> {
    match from_lua(lua, value) {
        Ok(Value::Null) | Err(_) => Vec::new(),
        Ok(value) => vec![value],
    }
}
