//! Events about the run itself: that it is asked to end, and how its children ended.
//!
//! They wait until somebody listens for them, and go on to nobody when the run is renewed.

use mlua::{Lua, Table, Value as LuaValue};

use super::channels::{self, Pushed};
use crate::{
    lua::time::Moment,
    workflow::{api::CANCEL_EVENT, scopes, state::RunState},
};

/// The channel of events about the run.
pub(in crate::workflow) fn events(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    let known = state.inbox.borrow().events.clone();
    if let Some(channel) = known
        && !channels::is_closed(lua, &channel)?
    {
        return Ok(channel);
    }
    let channel = channels::new(lua)?;
    let unread = {
        let mut inbox = state.inbox.borrow_mut();
        inbox.events = Some(channel.clone());
        std::mem::take(&mut inbox.unread)
    };
    for event in unread {
        if event.raw_get::<String>("kind")? == CANCEL_EVENT {
            // Unless a wait was refused before, the run is in time to decide for itself.
            scopes::spare(state)?;
        }
        channels::push(lua, &channel, event)?;
    }
    Ok(channel)
}

/// Tells who listens to events that the run is asked to end; whether somebody does.
pub(in crate::workflow) fn announce_cancel(lua: &Lua, state: &RunState, reason: &str) -> mlua::Result<bool> {
    let event = new_event(lua, state, CANCEL_EVENT, "")?;
    event.raw_set("reason", reason)?;
    announce(lua, state, event)
}

/// Tells who listens to events how a child ended.
pub(in crate::workflow) fn announce_exit(
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
    if let Some(channel) = events {
        match channels::push(lua, &channel, &event)? {
            Pushed::Kept | Pushed::Received => return Ok(true),
            // Its listener closed it.
            Pushed::Closed => state.inbox.borrow_mut().events = None,
        }
    }
    state.inbox.borrow_mut().unread.push(event);
    Ok(false)
}

fn new_event(lua: &Lua, state: &RunState, kind: &str, from: &str) -> mlua::Result<Table> {
    let event = lua.create_table()?;
    event.raw_set("kind", kind)?;
    event.raw_set("from", from)?;
    event.raw_set("at", Moment::since_1970(state.clock.get()).rfc3339())?;
    Ok(event)
}
