//! Messages: to this run, and from it.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use super::current;
use crate::{
    lua::{Answer, arguments, from_lua},
    value::{Failure, Value},
    workflow::inbox,
};

pub(super) fn install(lua: &Lua, process: &Table) -> mlua::Result<()> {
    process.raw_set("send", lua.create_function(send)?)?;
    process.raw_set("inbox", lua.create_function(|lua, ()| inbox::others(lua, &*current(lua, "process.inbox")?))?)?;
    process.raw_set("listen", lua.create_function(listen)?)?;
    process.raw_set("unlisten", lua.create_function(unlisten)?)?;
    process.raw_set("events", lua.create_function(|lua, ()| inbox::events(lua, &*current(lua, "process.events")?))?)
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
        return failed(format!(
            "process.send to `{to}` is not available yet: calls between processes come with a later version"
        ));
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
