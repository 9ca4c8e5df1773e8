//! Messages that come to a run: signals by their topic, and events about the run itself.
//!
//! A message goes to the listener of its topic; else to the inbox, if there is one; else it waits
//! until someone asks for it. None is ever dropped and none overtakes another of its topic.

use std::collections::{BTreeMap, VecDeque};

use mlua::{Function, IntoLua, Lua, Table, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{channel_functions, logger::LogLevel, payload::Payload, time::Moment, to_lua},
    value::{Failure, Map, Value},
    workflow::{
        Signal,
        state::{RunState, context_of},
    },
};

/// The key of the context under which a sender's process id travels.
const SENDER: &str = "temporal.signal.from";
/// Topics that begin so belong to metonic.
const RESERVED: char = '@';

/// Where messages go.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    listeners: BTreeMap<String, Listener>,
    others: Option<Table>,
    /// Nobody asked for these yet.
    waiting: VecDeque<Message>,
    events: Option<Table>,
    /// The reason of a cancellation that nobody listened for yet.
    cancel: Option<String>,
}

#[derive(Debug)]
struct Listener {
    channel: Table,
    /// Whether it wants the message itself and not only what is in it.
    whole: bool,
}

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    topic: String,
    /// A process id; empty when the sender gave none.
    from: String,
    payload: Vec<Value>,
}

/// A signal came.
pub(super) fn receive(lua: &Lua, state: &RunState, signal: Signal) -> mlua::Result<()> {
    if signal.name.starts_with(RESERVED) {
        let fields = Map::from_iter([("signal".to_owned(), Value::Text(signal.name))]);
        state.log(lua, LogLevel::Warn, None, "A signal whose name begins with `@` was ignored.", &fields);
        return Ok(());
    }
    let from = context_of(&signal.headers).get(SENDER).and_then(Value::as_text).unwrap_or_default().to_owned();
    deliver(lua, state, Message { topic: signal.name, from, payload: signal.arguments })
}

/// A message of the run to itself.
pub(super) fn send_to_self(lua: &Lua, state: &RunState, topic: String, payload: Vec<Value>) -> mlua::Result<()> {
    deliver(lua, state, Message { topic, from: state.process_id(), payload })
}

fn deliver(lua: &Lua, state: &RunState, message: Message) -> mlua::Result<()> {
    let target = {
        let mut inbox = state.inbox.borrow_mut();
        let listener = inbox.listeners.get(&message.topic).map(|listener| (listener.channel.clone(), listener.whole));
        let Some(target) = listener.or_else(|| inbox.others.clone().map(|channel| (channel, true))) else {
            inbox.waiting.push_back(message);
            return Ok(());
        };
        target
    };
    push(lua, &target.0, message, target.1)
}

fn push(lua: &Lua, channel: &Table, message: Message, whole: bool) -> mlua::Result<()> {
    let value = if whole { message.into_lua(lua)? } else { message.value(lua)? };
    channel_functions(lua)?.raw_get::<Function>("push")?.call((channel, value))
}

/// The channel of a topic. Messages that waited for it come first.
pub(super) fn listen(lua: &Lua, state: &RunState, topic: &str, whole: bool) -> mlua::Result<Result<Table, Failure>> {
    if topic.is_empty() {
        return Ok(Err(Failure::invalid("topic cannot be empty")));
    }
    if topic.starts_with(RESERVED) {
        return Ok(Err(Failure::invalid("cannot listen to @ topics")));
    }
    if let Some(listener) = state.inbox.borrow().listeners.get(topic) {
        return Ok(if listener.whole == whole {
            Ok(listener.channel.clone())
        } else {
            Err(Failure::invalid(format!("`{topic}` is listened to already, with another value of `message`")))
        });
    }
    let channel = new_channel(lua)?;
    let waited = {
        let mut inbox = state.inbox.borrow_mut();
        inbox.listeners.insert(topic.to_owned(), Listener { channel: channel.clone(), whole });
        let (its, others) = inbox.waiting.drain(..).partition(|message| message.topic == topic);
        inbox.waiting = others;
        let its: VecDeque<Message> = its;
        its
    };
    for message in waited {
        push(lua, &channel, message, whole)?;
    }
    Ok(Ok(channel))
}

/// From now on messages of the channel's topic go where all others go.
pub(super) fn unlisten(lua: &Lua, state: &RunState, channel: &Table) -> mlua::Result<()> {
    let mut inbox = state.inbox.borrow_mut();
    let before = inbox.listeners.len();
    inbox.listeners.retain(|_, listener| listener.channel != *channel);
    let found = inbox.listeners.len() < before;
    drop(inbox);
    if found {
        channel_functions(lua)?.raw_get::<Function>("close")?.call::<()>(channel)?;
    }
    Ok(())
}

/// The channel of all messages that nobody listens for.
pub(super) fn others(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    if let Some(channel) = &state.inbox.borrow().others {
        return Ok(channel.clone());
    }
    let channel = new_channel(lua)?;
    let waited = {
        let mut inbox = state.inbox.borrow_mut();
        inbox.others = Some(channel.clone());
        std::mem::take(&mut inbox.waiting)
    };
    for message in waited {
        push(lua, &channel, message, true)?;
    }
    Ok(channel)
}

/// The channel of events about the run.
pub(super) fn events(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    if let Some(channel) = &state.inbox.borrow().events {
        return Ok(channel.clone());
    }
    let channel = new_channel(lua)?;
    let cancel = {
        let mut inbox = state.inbox.borrow_mut();
        inbox.events = Some(channel.clone());
        inbox.cancel.take()
    };
    if let Some(reason) = cancel {
        // Unless a wait was refused before, the run is in time to decide for itself.
        state.tasks.spare_root();
        push_cancel(lua, state, &channel, &reason)?;
    }
    Ok(channel)
}

/// Tells who listens to events that the run is asked to end; whether somebody does.
pub(super) fn announce_cancel(lua: &Lua, state: &RunState, reason: &str) -> mlua::Result<bool> {
    let events = state.inbox.borrow().events.clone();
    let Some(channel) = events else {
        state.inbox.borrow_mut().cancel = Some(reason.to_owned());
        return Ok(false);
    };
    push_cancel(lua, state, &channel, reason)?;
    Ok(true)
}

fn push_cancel(lua: &Lua, state: &RunState, channel: &Table, reason: &str) -> mlua::Result<()> {
    let event = lua.create_table()?;
    event.raw_set("kind", super::api::CANCEL_EVENT)?;
    event.raw_set("from", "")?;
    event.raw_set("at", Moment::since_1970(state.clock.get()).rfc3339())?;
    event.raw_set("reason", reason)?;
    channel_functions(lua)?.raw_get::<Function>("push")?.call((channel, event))
}

fn new_channel(lua: &Lua) -> mlua::Result<Table> {
    channel_functions(lua)?.raw_get::<Function>("new")?.call(())
}

impl Message {
    /// What a listener gets that asked for no more: the argument, or a list of them.
    fn value(self, lua: &Lua) -> mlua::Result<LuaValue> {
        match <[Value; 1]>::try_from(self.payload) {
            Ok([value]) => to_lua(lua, &value),
            Err(none) if none.is_empty() => Ok(LuaValue::Nil),
            Err(several) => to_lua(lua, &Value::List(several)),
        }
    }
}

impl UserData for Message {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("topic", |_, this, ()| Ok(this.topic.clone()));
        methods.add_method("from", |_, this, ()| Ok(this.from.clone()));
        methods.add_method("payload", |lua, this, ()| match this.payload.as_slice() {
            [] => Ok(LuaValue::Nil),
            [value] => Payload(value.clone()).into_lua(lua),
            several => lua.create_sequence_from(several.iter().cloned().map(Payload))?.into_lua(lua),
        });
    }
}
