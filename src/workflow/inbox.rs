//! Messages that come to a run: signals by their topic, and events about the run itself.
//!
//! A message goes to the first of these that there is: a coroutine that waits for one signal of its
//! topic; the handler of its topic; the listener of its topic; the handler of every topic; the inbox.
//! Else it waits until someone asks for it. None is ever dropped and none overtakes another of its
//! topic.

use std::collections::{BTreeSet, VecDeque};

use mlua::{Function, Lua, MultiValue, Table, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    lua::{channel_functions, logger::LogLevel, payload::Payload, time::Moment, to_lua},
    value::{Failure, Map, Value},
    workflow::{
        Command, Headers, Signal,
        carried::Carried,
        handlers::{self, Handler, Handlers, Waiter},
        listeners::{Listener, Listeners},
        pid::ProcessId,
        state::{CONTEXT_HEADER, RunState, context_of},
    },
};

/// The key of the context under which a sender's process id travels.
pub(super) const SENDER: &str = "temporal.signal.from";
/// Fewer messages than this are kept without a look at which of them are still needed.
const FEW: usize = 32;

/// Where messages go.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    listeners: Listeners,
    others: Option<Table>,
    /// Nobody asked for these yet.
    waiting: VecDeque<Message>,
    events: Option<Table>,
    /// Events that nobody listened for yet.
    unread: Vec<Table>,
    last_number: u64,
}

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// Messages are numbered as they come.
    number: u64,
    topic: String,
    /// A process id; empty when the sender gave none.
    from: String,
    payload: Vec<Value>,
}

/// A signal came.
pub(super) fn receive(lua: &Lua, state: &RunState, signal: Signal) -> mlua::Result<()> {
    if let Some(prefix) = handlers::reserved(&signal.name) {
        let fields = Map::from_iter([("signal".to_owned(), Value::Text(signal.name))]);
        let message = format!("A signal whose name begins with `{prefix}` was ignored.");
        state.log(lua, LogLevel::Warn, None, &message, &fields);
        return Ok(());
    }
    let from = context_of(&signal.headers).get(SENDER).and_then(Value::as_text).unwrap_or_default().to_owned();
    let message = numbered(state, signal.name, from, signal.arguments);
    deliver(lua, state, message)
}

/// Headers that say who sends a message.
pub(super) fn headers_from(sender: &str) -> Headers {
    let context = Map::from_iter([(SENDER.to_owned(), Value::from(sender))]);
    Headers::from_iter([(CONTEXT_HEADER.to_owned(), Value::Map(context))])
}

/// The headers of a signal to another run: who sends it.
pub(super) fn sender_headers(state: &RunState) -> Headers {
    state.headers(&Map::from_iter([(SENDER.to_owned(), Value::Text(state.process_id()))]))
}

/// A message of the run to itself.
pub(super) fn send_to_self(lua: &Lua, state: &RunState, topic: String, payload: Vec<Value>) -> mlua::Result<()> {
    let message = numbered(state, topic, state.process_id(), payload);
    deliver(lua, state, message)
}

fn numbered(state: &RunState, topic: String, from: String, payload: Vec<Value>) -> Message {
    let mut inbox = state.inbox.borrow_mut();
    inbox.last_number += 1;
    Message { number: inbox.last_number, topic, from, payload }
}

/// Who takes a message.
enum Taker {
    Handler((Handler, bool)),
    Channel {
        channel: Table,
        /// It wants the message itself.
        whole: bool,
    },
}

fn deliver(lua: &Lua, state: &RunState, message: Message) -> mlua::Result<()> {
    if wake_waiter(lua, state, &message)? {
        return Ok(());
    }
    match taker(state, &message.topic) {
        Some(Taker::Handler(handler)) => handlers::start(lua, state, handler, message.topic, &message.payload, None),
        Some(Taker::Channel { channel, whole: true }) => push(lua, &channel, message),
        Some(Taker::Channel { channel, whole: false }) => push_value(lua, state, &channel, message),
        None => {
            state.inbox.borrow_mut().waiting.push_back(message);
            Ok(())
        }
    }
}

fn taker(state: &RunState, topic: &str) -> Option<Taker> {
    let handler = state.with_handlers(|handlers| Handlers::find(&handlers.signals, topic)).flatten();
    if matches!(handler, Some((_, false))) {
        return handler.map(Taker::Handler);
    }
    let inbox = state.inbox.borrow();
    if let Some(Listener { channel, whole, .. }) = inbox.listeners.get(topic) {
        return Some(Taker::Channel { channel: channel.clone(), whole: *whole });
    }
    let others = inbox.others.as_ref().map(|channel| Taker::Channel { channel: channel.clone(), whole: true });
    handler.map(Taker::Handler).or(others)
}

/// Hands a message to the first coroutine that still waits for it, if there is one.
fn wake_waiter(lua: &Lua, state: &RunState, message: &Message) -> mlua::Result<bool> {
    loop {
        let next = |handlers: &mut Handlers| {
            let waiters = handlers.waiters.get_mut(&message.topic)?;
            let waiter = waiters.pop_front();
            if waiters.is_empty() {
                handlers.waiters.remove(&message.topic);
            }
            waiter
        };
        let Some(Waiter { ticket, timer }) = state.with_handlers(next).flatten() else { return Ok(false) };
        if !state.tasks.wake(ticket, message_answer(message.clone().value(lua)?)) {
            // Its time was over, or it was cancelled.
            continue;
        }
        if let Some(timer) = timer
            && state.pending.borrow_mut().remove(&timer).is_some()
        {
            state.command(lua, Command::CancelTimer(timer));
        }
        return Ok(true);
    }
}

/// What one who waits for a signal is woken with: false, where a timer that fires gives true.
pub(super) fn message_answer(value: LuaValue) -> MultiValue {
    MultiValue::from_vec(vec![LuaValue::Boolean(false), value])
}

/// Something that takes messages was added.
pub(super) fn hand_out(lua: &Lua, state: &RunState) -> mlua::Result<()> {
    let waiting = std::mem::take(&mut state.inbox.borrow_mut().waiting);
    for message in waiting {
        deliver(lua, state, message)?;
    }
    Ok(())
}

/// The first message of a topic that nobody asked for yet.
pub(super) fn take_waiting(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<Option<LuaValue>> {
    let taken = {
        let waiting = &mut state.inbox.borrow_mut().waiting;
        waiting.iter().position(|message| message.topic == topic).and_then(|at| waiting.remove(at))
    };
    taken.map(|message| message.value(lua)).transpose()
}

/// Whether a topic has a listener.
pub(super) fn listens(state: &RunState, topic: &str) -> bool {
    state.inbox.borrow().listeners.get(topic).is_some()
}

/// Whether a topic has a listener that gets whole messages.
pub(super) fn listens_to_whole(state: &RunState, topic: &str) -> bool {
    state.inbox.borrow().listeners.get(topic).is_some_and(|listener| listener.whole)
}

/// The topics whose listeners get whole messages.
pub(super) fn whole_topics(state: &RunState) -> BTreeSet<String> {
    state.inbox.borrow().listeners.that_get(true).map(|listener| listener.topic.clone()).collect()
}

/// Where the whole messages of a topic go, if anywhere.
pub(super) fn whole_channel(state: &RunState, topic: &str) -> Option<Table> {
    let inbox = state.inbox.borrow();
    let listener = inbox.listeners.get(topic).filter(|listener| listener.whole).map(|listener| &listener.channel);
    listener.or(inbox.others.as_ref()).cloned()
}

pub(super) fn push_message(
    lua: &Lua,
    channel: &Table,
    topic: String,
    from: String,
    payload: Vec<Value>,
) -> mlua::Result<()> {
    push(lua, channel, Message { number: 0, topic, from, payload })
}

fn push(lua: &Lua, channel: &Table, message: Message) -> mlua::Result<()> {
    channel_functions(lua)?.raw_get::<Function>("push")?.call((channel, message))
}

/// Hands on what is in a message, and keeps the message for as long as that may still lie there.
fn push_value(lua: &Lua, state: &RunState, channel: &Table, message: Message) -> mlua::Result<()> {
    let functions = channel_functions(lua)?;
    functions.raw_get::<Function>("push")?.call::<()>((channel, message.value(lua)?))?;
    let mut inbox = state.inbox.borrow_mut();
    if let Some(Listener { sent, .. }) = inbox.listeners.get_mut(&message.topic) {
        sent.push_back(message);
        if sent.len() >= FEW && sent.len().is_power_of_two() {
            let left = functions.raw_get::<Function>("count")?.call(channel)?;
            sent.drain(..sent.len().saturating_sub(left));
        }
    }
    Ok(())
}

/// The messages that nobody took, in their order. Those that come from an update are not among them:
/// who waits for it is told that the run has ended.
pub(super) fn untaken(lua: &Lua, state: &RunState) -> mlua::Result<Vec<Carried>> {
    let inbox = state.inbox.borrow();
    let functions = channel_functions(lua)?;
    let mut messages: Vec<Message> = inbox.waiting.iter().cloned().collect();
    let whole = inbox.listeners.that_get(true).map(|listener| &listener.channel);
    for channel in whole.chain(&inbox.others) {
        let items: Vec<LuaValue> = functions.raw_get::<Function>("items")?.call(channel)?;
        let items = items.iter().filter_map(|item| Some(item.as_userdata()?.borrow::<Message>().ok()?.clone()));
        messages.extend(items);
    }
    for Listener { channel, sent, .. } in inbox.listeners.that_get(false) {
        let left = functions.raw_get::<Function>("count")?.call(channel)?;
        messages.extend(sent.iter().skip(sent.len().saturating_sub(left)).cloned());
    }
    messages.retain(|message| !matches!(ProcessId::parse(&message.from), Some(ProcessId::Update(_))));
    messages.sort_by_key(|message| message.number);
    Ok(messages.into_iter().map(|Message { topic, from, payload, .. }| Carried { topic, from, payload }).collect())
}

/// The channel of a topic. Messages that waited for it come first.
pub(super) fn listen(lua: &Lua, state: &RunState, topic: &str, whole: bool) -> mlua::Result<Result<Table, Failure>> {
    if topic.is_empty() {
        return Ok(Err(Failure::invalid("topic cannot be empty")));
    }
    if let Some(prefix) = handlers::reserved(topic) {
        return Ok(Err(Failure::invalid(format!("cannot listen to {prefix} topics"))));
    }
    if let Some(listener) = state.inbox.borrow().listeners.get(topic) {
        return Ok(if listener.whole == whole {
            Ok(listener.channel.clone())
        } else {
            Err(Failure::invalid(format!("`{topic}` is listened to already, with another value of `message`")))
        });
    }
    let channel = new_channel(lua)?;
    let listener = Listener { topic: topic.to_owned(), channel: channel.clone(), whole, sent: VecDeque::new() };
    state.inbox.borrow_mut().listeners.insert(listener);
    handlers::added(lua, state)?;
    Ok(Ok(channel))
}

/// From now on messages of the channel's topic go where all others go.
pub(super) fn unlisten(lua: &Lua, state: &RunState, channel: &Table) -> mlua::Result<()> {
    let mut inbox = state.inbox.borrow_mut();
    let found = inbox.listeners.remove(channel);
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
    state.inbox.borrow_mut().others = Some(channel.clone());
    handlers::added(lua, state)?;
    Ok(channel)
}

/// The channel of events about the run.
pub(super) fn events(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    if let Some(channel) = &state.inbox.borrow().events {
        return Ok(channel.clone());
    }
    let channel = new_channel(lua)?;
    let unread = {
        let mut inbox = state.inbox.borrow_mut();
        inbox.events = Some(channel.clone());
        std::mem::take(&mut inbox.unread)
    };
    for event in unread {
        if event.raw_get::<String>("kind")? == super::api::CANCEL_EVENT {
            // Unless a wait was refused before, the run is in time to decide for itself.
            state.tasks.spare_root();
        }
        push_event(lua, &channel, event)?;
    }
    Ok(channel)
}

/// Tells who listens to events that the run is asked to end; whether somebody does.
pub(super) fn announce_cancel(lua: &Lua, state: &RunState, reason: &str) -> mlua::Result<bool> {
    let event = new_event(lua, state, super::api::CANCEL_EVENT, "")?;
    event.raw_set("reason", reason)?;
    announce(lua, state, event)
}

/// Tells who listens to events how a child ended.
pub(super) fn announce_exit(
    lua: &Lua,
    state: &RunState,
    kind: &str,
    child: &str,
    (value, problem): (LuaValue, LuaValue),
) -> mlua::Result<()> {
    let result = lua.create_table()?;
    result.raw_set("value", value)?;
    result.raw_set("error", problem)?;
    let event = new_event(lua, state, kind, child)?;
    event.raw_set("result", result)?;
    announce(lua, state, event).map(drop)
}

/// An event waits until somebody listens; whether somebody does.
fn announce(lua: &Lua, state: &RunState, event: Table) -> mlua::Result<bool> {
    let events = state.inbox.borrow().events.clone();
    let Some(channel) = events else {
        state.inbox.borrow_mut().unread.push(event);
        return Ok(false);
    };
    push_event(lua, &channel, event)?;
    Ok(true)
}

fn new_event(lua: &Lua, state: &RunState, kind: &str, from: &str) -> mlua::Result<Table> {
    let event = lua.create_table()?;
    event.raw_set("kind", kind)?;
    event.raw_set("from", from)?;
    event.raw_set("at", Moment::since_1970(state.clock.get()).rfc3339())?;
    Ok(event)
}

fn push_event(lua: &Lua, channel: &Table, event: Table) -> mlua::Result<()> {
    channel_functions(lua)?.raw_get::<Function>("push")?.call((channel, event))
}

fn new_channel(lua: &Lua) -> mlua::Result<Table> {
    channel_functions(lua)?.raw_get::<Function>("new")?.call(())
}

impl Message {
    /// What a listener gets that asked for no more: the argument, or a list of them.
    fn value(&self, lua: &Lua) -> mlua::Result<LuaValue> {
        match self.payload.as_slice() {
            [] => Ok(LuaValue::Nil),
            [value] => to_lua(lua, value),
            several => to_lua(lua, &Value::List(several.to_vec())),
        }
    }
}

impl UserData for Message {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("topic", |_, this, ()| Ok(this.topic.clone()));
        methods.add_method("from", |_, this, ()| Ok(this.from.clone()));
        methods.add_method("payload", |lua, this, ()| match this.payload.as_slice() {
            [] => Ok(LuaValue::Nil),
            [value] => Payload(value.clone()).made(lua).map(LuaValue::UserData),
            several => {
                let payloads = several.iter().map(|value| Payload(value.clone()).made(lua));
                lua.create_sequence_from(payloads.collect::<mlua::Result<Vec<_>>>()?).map(LuaValue::Table)
            }
        });
    }
}
