//! `activity`: the attempt that runs, how to say that it is alive, and whether it should end.

use std::time::{Duration, SystemTime};

use mlua::{Lua, MultiValue, Table, Value as LuaValue, Variadic};

use crate::{
    function::{
        call::Call,
        task::{CancelReason, FunctionTask},
    },
    lua::{Effect, Module, arguments, from_lua, to_lua},
    source::Digest,
    value::{Map, Value},
};

pub(crate) struct Activity;

impl Module for Activity {
    const NAME: &'static str = "activity";
    const EFFECT: Effect = Effect::World;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let activity = lua.create_table()?;
        activity.raw_set("cancellation", lua.create_function(cancellation)?)?;
        activity.raw_set("cancelled", lua.create_function(cancelled)?)?;
        activity.raw_set("heartbeat", lua.create_function(heartbeat)?)?;
        activity.raw_set("heartbeat_details", lua.create_function(heartbeat_details)?)?;
        activity.raw_set("idempotency_key", lua.create_function(idempotency_key)?)?;
        activity.raw_set("info", lua.create_function(info)?)?;
        Ok(activity)
    }
}

/// `activity.info()`
fn info(lua: &Lua, (): ()) -> mlua::Result<LuaValue> {
    let call = Call::current(lua, "activity.info")?;
    let FunctionTask { activity_type, activity_id, attempt, namespace, task_queue, .. } = &*call.task;
    let FunctionTask { workflow_id, run_id, workflow_type, is_local, .. } = &*call.task;
    let mut info = Map::new();
    for (name, text) in [
        ("activity_id", activity_id),
        ("activity_type", activity_type),
        ("namespace", namespace),
        ("run_id", run_id),
        ("task_queue", task_queue),
        ("workflow_id", workflow_id),
        ("workflow_type", workflow_type),
    ] {
        info.insert(name.to_owned(), Value::from(text.as_str()));
    }
    info.insert("attempt".to_owned(), Value::Int((*attempt).into()));
    info.insert("is_local".to_owned(), Value::Bool(*is_local));
    let times = [("scheduled_at", call.task.scheduled), ("started_at", call.task.started)];
    for (name, at) in times.into_iter().chain([("deadline", deadline(&call.task))]) {
        if let Some(since) = at.and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok()) {
            info.insert(name.to_owned(), seconds(since));
        }
    }
    for (name, length) in [
        ("heartbeat_timeout", call.task.heartbeat_timeout),
        ("schedule_to_close_timeout", call.task.schedule_to_close),
        ("start_to_close_timeout", call.task.start_to_close),
    ] {
        if let Some(length) = length {
            info.insert(name.to_owned(), seconds(length));
        }
    }
    to_lua(lua, &Value::Map(info))
}

/// When the server gives the attempt up.
fn deadline(task: &FunctionTask) -> Option<SystemTime> {
    let of_attempt = task.started.zip(task.start_to_close).and_then(|(at, limit)| at.checked_add(limit));
    let of_all = task.scheduled.zip(task.schedule_to_close).and_then(|(at, limit)| at.checked_add(limit));
    of_attempt.into_iter().chain(of_all).min()
}

fn seconds(length: Duration) -> Value {
    Value::Float(length.as_secs_f64())
}

/// `activity.heartbeat(details…)`
fn heartbeat(lua: &Lua, details: Variadic<LuaValue>) -> mlua::Result<()> {
    let details = details.iter().map(|value| from_lua(lua, value)).collect::<Result<Vec<_>, _>>();
    let details = details.map_err(|error| arguments::misuse("activity.heartbeat", error))?;
    (Call::current(lua, "activity.heartbeat")?.context.heartbeat)(details);
    Ok(())
}

/// `activity.heartbeat_details()`: what the attempt before this one said last.
fn heartbeat_details(lua: &Lua, (): ()) -> mlua::Result<MultiValue> {
    Call::current(lua, "activity.heartbeat_details")?
        .task
        .heartbeat_details
        .iter()
        .map(|value| to_lua(lua, value))
        .collect()
}

/// `activity.cancelled()`: why the attempt should end, or nil.
fn cancelled(lua: &Lua, (): ()) -> mlua::Result<Option<&'static str>> {
    Ok(Call::current(lua, "activity.cancelled")?.context.reason().map(CancelReason::name))
}

/// `activity.cancellation()`: a channel that gives the reason once the attempt should end.
fn cancellation(lua: &Lua, (): ()) -> mlua::Result<Table> {
    Call::current(lua, "activity.cancellation")?.cancellation(lua)
}

/// `activity.idempotency_key()`: the same for every attempt of one activity, and for no other.
fn idempotency_key(lua: &Lua, (): ()) -> mlua::Result<String> {
    let task = &Call::current(lua, "activity.idempotency_key")?.task;
    let parts = [&task.namespace, &task.workflow_id, &task.run_id, &task.activity_id];
    let digest = Digest::of_parts(parts.map(String::as_bytes));
    let (first, _) = digest.as_bytes().split_at(16);
    Ok(first.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
