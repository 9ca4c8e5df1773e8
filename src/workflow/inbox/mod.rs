//! Messages that come to a run: signals by their topic, and updates that are answered as messages.
//!
//! A message goes to the first of these that there is: a coroutine that waits for one signal of its
//! topic; the handler of its topic; the listener of its topic; the handler of every topic; the inbox.
//! Else it waits until someone asks for it. None is ever dropped and none overtakes another of its
//! topic: when something is added that takes messages, those that nobody has received yet are handed
//! out anew. What was handed to a coroutine that has not gone on since still counts as not taken.

mod channels;
mod events;
mod listeners;
mod message;

use std::collections::{BTreeMap, VecDeque};

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use self::{
    channels::{Pushed, unread_of},
    listeners::{Listener, Listeners},
};
use crate::{
    lua::{TaskId, Ticket, logger::LogLevel, weight},
    value::{Map, Value},
    workflow::{
        Command, Signal,
        carried::Carried,
        handlers::{self, Handler, Handlers, Waiter},
        state::{RunState, context_of},
    },
};

pub(super) use self::{
    channels::{has_whole_channel, listen, listens, listens_to_whole, others, unlisten, whole_topics},
    events::{announce_cancel, announce_exit, events},
    message::{Message, headers_from, sender_headers},
};

/// Many small messages share one ballast of so many bytes.
const BATCH: usize = 16 * 1024;

/// Where messages go.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    listeners: Listeners,
    others: Option<Table>,
    /// Nobody asked for these yet.
    waiting: VecDeque<Message>,
    /// Handed to coroutines that are in line and have not gone on since. Each has one at most.
    in_line: BTreeMap<TaskId, Message>,
    events: Option<Table>,
    /// Events that nobody listened for yet.
    unread: Vec<Table>,
    last_number: u64,
    /// The bytes of messages since the last one that has ballast.
    unweighed: usize,
}

impl Inbox {
    /// These were not taken after all.
    fn wait_again(&mut self, messages: Vec<Message>) {
        if !messages.is_empty() {
            self.waiting.extend(messages);
            self.waiting.make_contiguous().sort_by_key(|message| message.number);
        }
    }
}

/// A signal came.
pub(super) fn receive(lua: &Lua, state: &RunState, signal: Signal) -> mlua::Result<()> {
    message_of(lua, state, signal)?.map_or(Ok(()), |message| deliver(lua, state, message))
}

/// A signal came that nobody takes any more.
pub(super) fn keep(lua: &Lua, state: &RunState, signal: Signal) -> mlua::Result<()> {
    let message = message_of(lua, state, signal)?;
    state.inbox.borrow_mut().waiting.extend(message);
    Ok(())
}

fn message_of(lua: &Lua, state: &RunState, signal: Signal) -> mlua::Result<Option<Message>> {
    if let Some(prefix) = handlers::reserved(&signal.name) {
        let fields = Map::from_iter([("signal".to_owned(), Value::Text(signal.name))]);
        let message = format!("A signal whose name begins with `{prefix}` was ignored.");
        state.log(lua, LogLevel::Warn, None, &message, &fields);
        return Ok(None);
    }
    let from = context_of(&signal.headers).get(message::SENDER).and_then(Value::as_text).unwrap_or_default().to_owned();
    numbered(lua, state, signal.name, from, signal.arguments).map(Some)
}

/// A message of the run to itself.
pub(super) fn send_to_self(lua: &Lua, state: &RunState, topic: String, payload: Vec<Value>) -> mlua::Result<()> {
    let message = numbered(lua, state, topic, state.process_id(), payload)?;
    deliver(lua, state, message)
}

/// An update is to be answered as a message.
pub(super) fn receive_update(
    lua: &Lua,
    state: &RunState,
    topic: String,
    from: String,
    payload: Vec<Value>,
) -> mlua::Result<()> {
    let message = Message { update: true, ..numbered(lua, state, topic, from, payload)? };
    deliver(lua, state, message)
}

fn numbered(lua: &Lua, state: &RunState, topic: String, from: String, payload: Vec<Value>) -> mlua::Result<Message> {
    let mut inbox = state.inbox.borrow_mut();
    inbox.last_number += 1;
    let number = inbox.last_number;
    let mut message = Message { number, topic, from, payload: payload.into(), update: false, ballast: None };
    inbox.unweighed += message.weight();
    if inbox.unweighed >= BATCH {
        message.ballast = weight::ballast(lua, std::mem::take(&mut inbox.unweighed))?;
    }
    Ok(message)
}

/// Who takes a message.
enum Taker {
    Waiter(TaskId),
    Handler((Handler, bool)),
    Channel {
        channel: Table,
        /// It wants the message itself.
        whole: bool,
    },
}

fn deliver(lua: &Lua, state: &RunState, message: Message) -> mlua::Result<()> {
    let (channel, pushed) = match taker(lua, state, &message)? {
        None => {
            state.inbox.borrow_mut().waiting.push_back(message);
            return Ok(());
        }
        Some(Taker::Waiter(task)) => {
            handed_to(state, Some(task), message);
            return Ok(());
        }
        Some(Taker::Handler(handler)) => {
            let task = handlers::start(lua, state, handler, message.topic.clone(), &message.payload, None)?;
            handed_to(state, Some(task), message);
            return Ok(());
        }
        Some(Taker::Channel { channel, whole }) => {
            let value =
                if whole { lua.create_userdata(message.clone()).map(LuaValue::UserData) } else { message.value(lua) };
            let pushed = channels::push(lua, &channel, value?)?;
            if pushed == Pushed::Kept && !whole {
                return channels::keep_sent(lua, state, message);
            }
            (channel, pushed)
        }
    };
    match pushed {
        Pushed::Kept => Ok(()),
        Pushed::Received => {
            handed_to(state, state.tasks.last_in_line(), message);
            Ok(())
        }
        // Its listener closed it: whatever lies in there unread came before.
        Pushed::Closed => {
            channels::forget(lua, state, &channel)?;
            state.inbox.borrow_mut().wait_again(vec![message]);
            hand_out(lua, state)
        }
    }
}

fn taker(lua: &Lua, state: &RunState, message: &Message) -> mlua::Result<Option<Taker>> {
    let topic = &message.topic;
    if message.update {
        return Ok(channels::whole_channel(state, topic).map(|channel| Taker::Channel { channel, whole: true }));
    }
    if let Some(task) = wake_waiter(lua, state, message)? {
        return Ok(Some(Taker::Waiter(task)));
    }
    let handler = state.with_handlers(|handlers| Handlers::find(&handlers.signals, topic)).flatten();
    if matches!(handler, Some((_, false))) {
        return Ok(handler.map(Taker::Handler));
    }
    let inbox = state.inbox.borrow();
    if let Some(Listener { channel, whole, .. }) = inbox.listeners.get(topic) {
        return Ok(Some(Taker::Channel { channel: channel.clone(), whole: *whole }));
    }
    let others = inbox.others.as_ref().map(|channel| Taker::Channel { channel: channel.clone(), whole: true });
    Ok(handler.map(Taker::Handler).or(others))
}

/// Hands a message to the first coroutine that still waits for it, if there is one.
fn wake_waiter(lua: &Lua, state: &RunState, message: &Message) -> mlua::Result<Option<TaskId>> {
    loop {
        let next = |handlers: &mut Handlers| {
            let waiters = handlers.waiters.get_mut(&message.topic)?;
            let waiter = waiters.pop_front();
            if waiters.is_empty() {
                handlers.waiters.remove(&message.topic);
            }
            waiter
        };
        let Some(Waiter { ticket, timer }) = state.with_handlers(next).flatten() else { return Ok(None) };
        if !state.tasks.wake(ticket, message_answer(message.waited_value(lua)?)) {
            // Its time was over, or it was cancelled.
            continue;
        }
        if let Some(timer) = timer
            && state.pending.borrow_mut().remove(&timer).is_some()
        {
            state.command(lua, Command::CancelTimer(timer));
        }
        return Ok(state.tasks.last_in_line());
    }
}

/// What one who waits for a signal is woken with: false, where a timer that fires gives true.
fn message_answer(value: LuaValue) -> MultiValue {
    MultiValue::from_vec(vec![LuaValue::Boolean(false), value])
}

fn handed_to(state: &RunState, task: Option<TaskId>, message: Message) {
    if let Some(task) = task {
        state.inbox.borrow_mut().in_line.insert(task, message);
    }
}

/// A coroutine is about to go on: what was handed to it is taken.
pub(super) fn goes_on(state: &RunState, task: TaskId) {
    state.inbox.borrow_mut().in_line.remove(&task);
}

/// Whether a coroutine was handed a message and has not gone on since.
pub(super) fn has_not_taken(state: &RunState, task: TaskId) -> bool {
    state.inbox.borrow().in_line.contains_key(&task)
}

/// Something that takes messages was added, or was taken away.
pub(super) fn hand_out(lua: &Lua, state: &RunState) -> mlua::Result<()> {
    let waiting = {
        let mut inbox = state.inbox.borrow_mut();
        let mut unread = Vec::new();
        for listener in inbox.listeners.iter_mut() {
            unread.extend(listener.take_unread(lua)?);
        }
        if let Some(channel) = &inbox.others {
            let of_others = unread_of(lua, channel)?;
            if !of_others.is_empty() {
                channels::clear(lua, channel)?;
            }
            unread.extend(of_others);
        }
        inbox.wait_again(unread);
        std::mem::take(&mut inbox.waiting)
    };
    for message in waiting {
        deliver(lua, state, message)?;
    }
    Ok(())
}

/// Wakes who waits for a topic with the first message of it that nobody has received yet; whether
/// there is one.
pub(super) fn take_waiting(lua: &Lua, state: &RunState, topic: &str, ticket: Ticket) -> mlua::Result<bool> {
    let waiting = {
        let waiting = &mut state.inbox.borrow_mut().waiting;
        let at = waiting.iter().position(|message| !message.update && message.topic == topic);
        at.and_then(|at| waiting.remove(at))
    };
    let message = match waiting {
        Some(message) => Some(message),
        None => channels::take_from_others(lua, state, topic)?,
    };
    let Some(message) = message else { return Ok(false) };
    // Not at once: handlers of signals that came before it are in line.
    if state.tasks.wake(ticket, message_answer(message.waited_value(lua)?)) {
        handed_to(state, state.tasks.last_in_line(), message);
    }
    Ok(true)
}

/// The messages that nobody took, in their order. Those that come from an update are not among them:
/// who waits for it is told that the run has ended.
pub(super) fn untaken(lua: &Lua, state: &RunState) -> mlua::Result<Vec<Carried>> {
    let inbox = state.inbox.borrow();
    let mut messages: Vec<Message> = inbox.waiting.iter().chain(inbox.in_line.values()).cloned().collect();
    for listener in inbox.listeners.iter() {
        messages.extend(listener.unread(lua)?);
    }
    if let Some(channel) = &inbox.others {
        messages.extend(unread_of(lua, channel)?);
    }
    messages.retain(|message| !message.update);
    messages.sort_by_key(|message| message.number);
    Ok(messages.into_iter().map(Message::carried).collect())
}
