//! `process`: what a run is called, and the messages that come to it.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use super::later;
use crate::{
    lua::{Answer, Effect, Module, arguments, from_lua},
    value::{Failure, Value},
    workflow::{inbox, state::RunState},
};

/// The kind of the event that says that the run is asked to end.
pub(crate) const CANCEL_EVENT: &str = "pid.cancel";

const CHILDREN: &str = "child workflows";
const OTHERS: &str = "calls between processes";

const LATER: &[(&str, &str)] = &[
    ("cancel", OTHERS),
    ("exec", CHILDREN),
    ("get_options", CHILDREN),
    ("link", OTHERS),
    ("monitor", OTHERS),
    ("registry", OTHERS),
    ("set_options", CHILDREN),
    ("spawn", CHILDREN),
    ("spawn_linked", CHILDREN),
    ("spawn_linked_monitored", CHILDREN),
    ("spawn_monitored", CHILDREN),
    ("terminate", OTHERS),
    ("unlink", OTHERS),
    ("unmonitor", OTHERS),
    ("upgrade", "new runs in place of old ones"),
    ("with_context", CHILDREN),
    ("with_options", CHILDREN),
];

pub(crate) struct Process;

impl Module for Process {
    const NAME: &'static str = "process";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let process = lua.create_table()?;
        process.raw_set("id", lua.create_function(id)?)?;
        process.raw_set("pid", lua.create_function(pid)?)?;
        process.raw_set("send", lua.create_function(send)?)?;
        process
            .raw_set("inbox", lua.create_function(|lua, ()| inbox::others(lua, &*current(lua, "process.inbox")?))?)?;
        process.raw_set("listen", lua.create_function(listen)?)?;
        process.raw_set("unlisten", lua.create_function(unlisten)?)?;
        process
            .raw_set("events", lua.create_function(|lua, ()| inbox::events(lua, &*current(lua, "process.events")?))?)?;
        let event = lua.create_table()?;
        event.raw_set("CANCEL", CANCEL_EVENT)?;
        event.raw_set("EXIT", "pid.exit")?;
        event.raw_set("LINK_DOWN", "pid.link.down")?;
        process.raw_set("event", event)?;
        later::announce(lua, Self::NAME, &process, LATER)?;
        Ok(process)
    }
}

fn current(lua: &Lua, function: &str) -> mlua::Result<std::rc::Rc<RunState>> {
    RunState::current(lua, function)
}

/// `process.id()`: the id of the entry.
fn id(lua: &Lua, (): ()) -> mlua::Result<String> {
    Ok(current(lua, "process.id")?.facts.entry.to_string())
}

/// `process.pid()`: what the run is called among processes.
fn pid(lua: &Lua, (): ()) -> mlua::Result<String> {
    Ok(current(lua, "process.pid")?.process_id())
}

/// `process.send(to, topic, …)`
fn send(lua: &Lua, (to, topic, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "process.send";
    let state = current(lua, NAME)?;
    let to = arguments::text(NAME, "destination", &to)?;
    let topic = arguments::text(NAME, "topic", &topic)?;
    let failed = |message: String| Ok(Answer::Failure(Failure::invalid(message)));
    if topic.is_empty() {
        return failed("topic cannot be empty".to_owned());
    }
    if topic.starts_with('@') {
        return failed("cannot send to @ topics".to_owned());
    }
    if to != state.process_id() {
        return failed(format!("process.send to `{to}` is not available yet: {OTHERS} come with a later version"));
    }
    let values: Result<Vec<Value>, _> = values.iter().map(|value| from_lua(lua, value)).collect();
    match values {
        Ok(values) => inbox::send_to_self(lua, &state, topic, values).map(|()| Answer::Value(true)),
        Err(error) => failed(format!("process.send: {error}")),
    }
}

/// `process.listen(topic, {message = false}?)`
fn listen(lua: &Lua, (topic, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<Table>> {
    const NAME: &str = "process.listen";
    let state = current(lua, NAME)?;
    let topic = arguments::text(NAME, "topic", &topic)?;
    let mut whole = false;
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["message"])?;
        whole = arguments::flag(NAME, "message", &options.raw_get("message")?)?;
    }
    Ok(inbox::listen(lua, &state, &topic, whole)?.into())
}

/// `process.unlisten(channel)`
fn unlisten(lua: &Lua, channel: LuaValue) -> mlua::Result<()> {
    const NAME: &str = "process.unlisten";
    inbox::unlisten(lua, &*current(lua, NAME)?, &arguments::table(NAME, "channel", &channel)?)
}
