//! What a run knows of itself.

use std::time::{Duration, SystemTime};

use mlua::{IntoLua, Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        error_object,
        time::{Moment, TimeSpan},
        to_lua,
    },
    value::{Map, Value},
    workflow::{ContinueReasons, Priority, Relative, RetryPolicy, api::attributes, state::RunState, upserted},
};

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("info", lua.create_function(info)?)?;
    workflow.raw_set("history_length", lua.create_function(history_length)?)?;
    workflow.raw_set("history_size", lua.create_function(history_size)?)
}

/// `workflow.history_length()`: how many events the history has.
fn history_length(lua: &Lua, (): ()) -> mlua::Result<u32> {
    Ok(RunState::reading(lua, "workflow.history_length")?.history.get().events)
}

/// `workflow.history_size()`: how many bytes the history has.
fn history_size(lua: &Lua, (): ()) -> mlua::Result<u64> {
    Ok(RunState::reading(lua, "workflow.history_size")?.history.get().bytes)
}

/// `workflow.info()`: a table of its own for each who asks.
fn info(lua: &Lua, (): ()) -> mlua::Result<Table> {
    let state = RunState::reading(lua, "workflow.info")?;
    let (facts, history) = (&state.facts, state.history.get());
    let start = &facts.info();
    let info = lua.create_table()?;
    info.raw_set("workflow_id", start.workflow_id.as_str())?;
    info.raw_set("run_id", &*facts.run_id)?;
    info.raw_set("workflow_type", facts.names.workflow_type.as_str())?;
    info.raw_set("namespace", start.namespace.as_str())?;
    info.raw_set("task_queue", start.task_queue.as_str())?;
    info.raw_set("attempt", start.attempt)?;
    info.raw_set("first_run_id", start.first_run_id.as_str())?;
    info.raw_set("continued_run_id", start.continued_run_id.as_deref())?;
    info.raw_set("cron", start.cron.as_deref())?;
    info.raw_set("cron_schedule_to_schedule_interval", start.cron_schedule_to_schedule_interval.map(span))?;
    info.raw_set("start_time", moment(start.start_time))?;
    info.raw_set("execution_timeout", start.execution_timeout.map(span))?;
    info.raw_set("execution_expiration_time", start.execution_expiration_time.map(moment))?;
    info.raw_set("run_timeout", start.run_timeout.map(span))?;
    info.raw_set("task_timeout", start.task_timeout.map(span))?;
    info.raw_set("parent", relative(lua, start.parent.as_deref())?)?;
    info.raw_set("root", relative(lua, start.root.as_deref())?)?;
    info.raw_set("memo", map(lua, &upserted::memo(&state))?)?;
    info.raw_set("search_attributes", attributes::to_table(lua, &upserted::search_attributes(&state))?)?;
    info.raw_set("retry_policy", retry(lua, start.retry_policy.as_deref())?)?;
    let last_failure = start.last_failure.as_deref().map(|failure| error_object(lua, failure.clone())).transpose()?;
    info.raw_set("last_failure", last_failure)?;
    info.raw_set("history_length", history.events)?;
    info.raw_set("history_size", history.bytes)?;
    info.raw_set("continue_as_new_suggested", history.continue_as_new_suggested)?;
    info.raw_set("continue_as_new_reasons", lua.create_sequence_from(reasons(history.reasons))?)?;
    info.raw_set("target_version_changed", history.target_version_changed)?;
    let last_result = start.last_result.as_deref().map(|result| to_lua(lua, result)).transpose()?;
    info.raw_set("last_result", last_result)?;
    info.raw_set("original_run_id", start.original_run_id.as_str())?;
    info.raw_set("priority", priority(lua, start.priority.as_deref())?)?;
    if let Some(deployment) = &*state.deployment.borrow() {
        info.raw_set("deployment_name", deployment.name.as_str())?;
        info.raw_set("build_id", deployment.build_id.as_str())?;
    }
    Ok(info)
}

fn moment(time: SystemTime) -> Moment {
    Moment::since_1970(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

fn span(duration: Duration) -> TimeSpan {
    TimeSpan(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

fn map(lua: &Lua, map: &Map) -> mlua::Result<LuaValue> {
    to_lua(lua, &Value::Map(map.clone()))
}

/// Why it is time to continue as new, as Temporal names the reasons.
fn reasons(reasons: ContinueReasons) -> impl Iterator<Item = &'static str> {
    let all = [
        (reasons.too_large, "history_size_too_large"),
        (reasons.too_many_events, "too_many_history_events"),
        (reasons.too_many_updates, "too_many_updates"),
    ];
    all.into_iter().filter_map(|(is, name)| is.then_some(name))
}

fn priority(lua: &Lua, priority: Option<&Priority>) -> mlua::Result<LuaValue> {
    let Some(priority) = priority else { return Ok(LuaValue::Nil) };
    let table = lua.create_table()?;
    table.raw_set("priority_key", priority.key)?;
    table.raw_set("fairness_key", priority.fairness_key.as_str())?;
    table.raw_set("fairness_weight", priority.fairness_weight)?;
    table.into_lua(lua)
}

fn relative(lua: &Lua, relative: Option<&Relative>) -> mlua::Result<LuaValue> {
    let Some(relative) = relative else { return Ok(LuaValue::Nil) };
    let table = lua.create_table()?;
    table.raw_set("namespace", relative.namespace.as_str())?;
    table.raw_set("workflow_id", relative.workflow_id.as_str())?;
    table.raw_set("run_id", relative.run_id.as_str())?;
    table.into_lua(lua)
}

fn retry(lua: &Lua, policy: Option<&RetryPolicy>) -> mlua::Result<LuaValue> {
    let Some(policy) = policy else { return Ok(LuaValue::Nil) };
    let table = lua.create_table()?;
    table.raw_set("initial_interval", policy.initial_interval.map(span))?;
    table.raw_set("backoff_coefficient", policy.backoff_coefficient)?;
    table.raw_set("maximum_interval", policy.maximum_interval.map(span))?;
    table.raw_set("maximum_attempts", policy.maximum_attempts)?;
    table.raw_set(
        "non_retryable_error_types",
        lua.create_sequence_from(policy.non_retryable_error_types.iter().cloned())?,
    )?;
    table.into_lua(lua)
}
