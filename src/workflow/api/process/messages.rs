//! Messages: to this run, and from it.

use mlua::{Lua, MultiValue, Table, Value as LuaValue};

use super::current;
use crate::{
    lua::{Answer, arguments, from_lua},
    value::{Failure, Value, failure_kind},
    workflow::{
        Relative, SignalTarget,
        api::requests::{self, Confirmation},
        children, handlers, inbox,
        pid::ProcessId,
        update,
    },
};

/// The host of every workflow, whatever its worker.
const ANY_HOST: &str = "temporal";

pub(super) fn install(lua: &Lua, process: &Table) -> mlua::Result<()> {
    let sends = lua.create_function(|lua, given| send(lua, (SEND, Confirmation::Awaited), given))?;
    process.raw_set("send", requests::sends(lua, SEND, sends)?)?;
    let posts = lua.create_function(|lua, given| send(lua, ("process.post", Confirmation::Ignored), given))?;
    process.raw_set("post", posts)?;
    process.raw_set("inbox", lua.create_function(|lua, ()| inbox::others(lua, &*current(lua, "process.inbox")?))?)?;
    process.raw_set("listen", lua.create_function(listen)?)?;
    process.raw_set("unlisten", lua.create_function(unlisten)?)?;
    process.raw_set("events", lua.create_function(|lua, ()| inbox::events(lua, &*current(lua, "process.events")?))?)
}

const SEND: &str = "process.send";

/// `process.send(to, topic, …)` and `process.post(to, topic, …)`: true, or false if the confirmation is
/// waited for.
fn send(
    lua: &Lua,
    (function, confirmation): (&str, Confirmation),
    (to, topic, values): (LuaValue, LuaValue, MultiValue),
) -> mlua::Result<Answer<bool>> {
    let state = &*current(lua, function)?;
    let to = &*arguments::text(function, "destination", &to)?;
    let topic = arguments::text(function, "topic", &topic)?;
    let failed = |message: String| Ok(Answer::Failure(Failure::invalid(message)));
    if topic.is_empty() {
        return failed("topic cannot be empty".to_owned());
    }
    if let Some(prefix) = handlers::reserved(&topic) {
        return failed(format!("cannot send to {prefix} topics"));
    }
    let (client, host, workflow_id) = match ProcessId::parse(to) {
        None => {
            let message = format!("could not resolve '{to}' as PID or registered name");
            let failure = Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) };
            return Ok(Answer::Failure(failure));
        }
        Some(ProcessId::Update(id)) => {
            let value = values.front().unwrap_or(&LuaValue::Nil);
            return Ok(update::answer(lua, state, &id, &topic, value).map(|()| true).into());
        }
        Some(ProcessId::Workflow { client, host, workflow_id }) => (client, host, workflow_id),
    };
    let arguments: Result<Vec<Value>, _> = values.iter().map(|value| from_lua(lua, value)).collect();
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(error) => return failed(format!("{function}: {error}")),
    };
    let options = &state.options;
    if client != options.client && host != options.worker && host != ANY_HOST {
        return failed(format!(
            "`{to}` belongs to the client `{client}`; a workflow sends to workflows of its own client `{}`",
            options.client
        ));
    }
    // The id of a child that has ended may be another run's now, which is not meant.
    let target = if children::goes_on(state, &workflow_id).is_some() {
        SignalTarget::Child(workflow_id)
    } else {
        let namespace = state.facts.names.namespace.clone();
        SignalTarget::Workflow(Relative { namespace, workflow_id, run_id: String::new() })
    };
    requests::send(lua, state, confirmation, target, topic, arguments)
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
