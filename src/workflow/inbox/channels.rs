//! The channels that messages go into: of one topic, and of all that nobody else takes.
//!
//! An author can do no more with them than receive, and close them: a channel that is closed is
//! forgotten, and what lies in it unread is handed out anew.

use std::collections::{BTreeSet, VecDeque};

use mlua::{Function, IntoLua, Lua, Table, Value as LuaValue};

use super::{hand_out, listeners::Listener, message::Message};
use crate::{
    lua::channel_functions,
    value::Failure,
    workflow::{handlers, state::RunState},
};

/// Fewer messages than this are kept without a look at which of them are still needed.
const FEW: usize = 32;

/// What became of something that was put into a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The coroutine that is last in line gets it.
    Received,
    Kept,
    Closed,
}

pub(super) fn new(lua: &Lua) -> mlua::Result<Table> {
    call(lua, "new", ())
}

pub(super) fn is_closed(lua: &Lua, channel: &Table) -> mlua::Result<bool> {
    call(lua, "closed", channel)
}

pub(super) fn push(lua: &Lua, channel: &Table, value: impl IntoLua) -> mlua::Result<Pushed> {
    Ok(match call(lua, "push", (channel, value))? {
        None => Pushed::Closed,
        Some(true) => Pushed::Received,
        Some(false) => Pushed::Kept,
    })
}

fn call<R: mlua::FromLuaMulti>(lua: &Lua, name: &str, arguments: impl mlua::IntoLuaMulti) -> mlua::Result<R> {
    channel_functions(lua)?.raw_get::<Function>(name)?.call(arguments)
}

/// Keeps the message of a value that lies in a channel, for as long as it may still lie there.
pub(super) fn keep_sent(lua: &Lua, state: &RunState, message: Message) -> mlua::Result<()> {
    let mut inbox = state.inbox.borrow_mut();
    if let Some(Listener { sent, channel, .. }) = inbox.listeners.get_mut(&message.topic) {
        let heavy = message.ballast.is_some();
        sent.push_back(message);
        if heavy || sent.len() >= FEW && sent.len().is_power_of_two() {
            let left = call(lua, "count", &*channel)?;
            sent.drain(..sent.len().saturating_sub(left));
        }
    }
    Ok(())
}

/// What lies in a channel of whole messages.
pub(super) fn unread_of(lua: &Lua, channel: &Table) -> mlua::Result<Vec<Message>> {
    if call::<usize>(lua, "count", channel)? == 0 {
        return Ok(Vec::new());
    }
    let items: Vec<LuaValue> = call(lua, "items", channel)?;
    Ok(items.iter().filter_map(|item| Some(item.as_userdata()?.borrow::<Message>().ok()?.clone())).collect())
}

impl Listener {
    /// The messages that nobody has received yet.
    pub(super) fn unread(&self, lua: &Lua) -> mlua::Result<Vec<Message>> {
        if self.whole {
            return unread_of(lua, &self.channel);
        }
        let left = call(lua, "count", &self.channel)?;
        Ok(self.sent.iter().skip(self.sent.len().saturating_sub(left)).cloned().collect())
    }

    /// Takes them away.
    pub(super) fn take_unread(&mut self, lua: &Lua) -> mlua::Result<Vec<Message>> {
        let unread = self.unread(lua)?;
        self.sent = VecDeque::new();
        if !unread.is_empty() {
            clear(lua, &self.channel)?;
        }
        Ok(unread)
    }
}

/// Takes what lies in a channel away.
pub(super) fn clear(lua: &Lua, channel: &Table) -> mlua::Result<()> {
    call(lua, "remove", channel)
}

/// Takes the first message of a topic out of the inbox.
pub(super) fn take_from_others(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<Option<Message>> {
    let Some(channel) = state.inbox.borrow().others.clone() else { return Ok(None) };
    let mut unread = unread_of(lua, &channel)?;
    let Some(at) = unread.iter().position(|message| !message.update && message.topic == topic) else {
        return Ok(None);
    };
    call::<()>(lua, "remove", (&channel, at + 1))?;
    Ok(Some(unread.swap_remove(at)))
}

/// Whether a topic has a listener.
pub(in crate::workflow) fn listens(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<bool> {
    forget_closed(lua, state, topic)?;
    Ok(state.inbox.borrow().listeners.get(topic).is_some())
}

/// Whether a topic has a listener that gets whole messages.
pub(in crate::workflow) fn listens_to_whole(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<bool> {
    forget_closed(lua, state, topic)?;
    Ok(state.inbox.borrow().listeners.get(topic).is_some_and(|listener| listener.whole))
}

/// The topics whose listeners get whole messages.
pub(in crate::workflow) fn whole_topics(state: &RunState) -> BTreeSet<String> {
    let inbox = state.inbox.borrow();
    inbox.listeners.iter().filter(|listener| listener.whole).map(|listener| listener.topic.clone()).collect()
}

/// Whether the whole messages of a topic go anywhere.
pub(in crate::workflow) fn has_whole_channel(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<bool> {
    forget_closed(lua, state, topic)?;
    Ok(whole_channel(state, topic).is_some())
}

pub(super) fn whole_channel(state: &RunState, topic: &str) -> Option<Table> {
    let inbox = state.inbox.borrow();
    let listener = inbox.listeners.get(topic).filter(|listener| listener.whole).map(|listener| &listener.channel);
    listener.or(inbox.others.as_ref()).cloned()
}

/// The channel of a topic. Messages that waited for it come first.
pub(in crate::workflow) fn listen(
    lua: &Lua,
    state: &RunState,
    topic: &str,
    whole: bool,
) -> mlua::Result<Result<Table, Failure>> {
    if topic.is_empty() {
        return Ok(Err(Failure::invalid("topic cannot be empty")));
    }
    if let Some(prefix) = handlers::reserved(topic) {
        return Ok(Err(Failure::invalid(format!("cannot listen to {prefix} topics"))));
    }
    forget_closed(lua, state, topic)?;
    if let Some(listener) = state.inbox.borrow().listeners.get(topic) {
        return Ok(if listener.whole == whole {
            Ok(listener.channel.clone())
        } else {
            Err(Failure::invalid(format!("`{topic}` is listened to already, with another value of `message`")))
        });
    }
    let channel = new(lua)?;
    let listener = Listener { topic: topic.to_owned(), channel: channel.clone(), whole, sent: VecDeque::new() };
    state.inbox.borrow_mut().listeners.insert(listener);
    handlers::added(lua, state)?;
    Ok(Ok(channel))
}

/// From now on messages of the channel's topic go where all others go, and those that nobody has
/// received yet, too.
pub(in crate::workflow) fn unlisten(lua: &Lua, state: &RunState, channel: &Table) -> mlua::Result<()> {
    if forget(lua, state, channel)? {
        call::<()>(lua, "close", channel)?;
        hand_out(lua, state)?;
    }
    Ok(())
}

/// The channel of all messages that nobody listens for.
pub(in crate::workflow) fn others(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    let known = state.inbox.borrow().others.clone();
    if let Some(channel) = known {
        if !is_closed(lua, &channel)? {
            return Ok(channel);
        }
        forget(lua, state, &channel)?;
    }
    let channel = new(lua)?;
    state.inbox.borrow_mut().others = Some(channel.clone());
    handlers::added(lua, state)?;
    Ok(channel)
}

/// Forgets a channel into which messages went; whether there was such a one. What lies in it unread
/// waits again.
pub(super) fn forget(lua: &Lua, state: &RunState, channel: &Table) -> mlua::Result<bool> {
    let mut inbox = state.inbox.borrow_mut();
    let unread = if let Some(mut listener) = inbox.listeners.remove(channel) {
        listener.take_unread(lua)?
    } else if inbox.others.as_ref() == Some(channel) {
        inbox.others = None;
        let unread = unread_of(lua, channel)?;
        clear(lua, channel)?;
        unread
    } else {
        return Ok(false);
    };
    inbox.wait_again(unread);
    Ok(true)
}

/// Forgets those channels of a topic that their listeners closed.
fn forget_closed(lua: &Lua, state: &RunState, topic: &str) -> mlua::Result<()> {
    let channels = {
        let inbox = state.inbox.borrow();
        let listener = inbox.listeners.get(topic).map(|listener| listener.channel.clone());
        [listener, inbox.others.clone()]
    };
    for channel in channels.into_iter().flatten() {
        if is_closed(lua, &channel)? {
            forget(lua, state, &channel)?;
            hand_out(lua, state)?;
        }
    }
    Ok(())
}
