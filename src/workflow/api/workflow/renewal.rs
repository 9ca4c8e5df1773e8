//! A new run in place of this one: same id, empty history.
//!
//! Any coroutine may ask for it. The run ends at once: the call never returns, nothing catches it, no
//! other coroutine goes on. Messages that nobody took go along.

use mlua::{Function, Lua, MultiValue, Table, Value as LuaValue};

use super::children::caller_of;
use crate::{
    lua::{arguments, waits},
    value::{Failure, Map, Value},
    workflow::{
        Command, ContinueAsNew, Emitted, Queue, RunTimeouts,
        api::{
            launch, names,
            run_options::{self, Sort},
        },
        carried,
        outbox::call_site,
        state::{Halt, RunState},
        upserted,
    },
};

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    const NAME: &str = "workflow.continue_as_new";
    const IF_SUGGESTED: &str = "workflow.continue_as_new_if_suggested";
    let renew =
        lua.create_function(|lua, values: MultiValue| renew(lua, NAME, &Map::new(), &Map::new(), None, &values))?;
    let if_suggested = lua.create_function(|lua, values: MultiValue| {
        renew_if_suggested(lua, IF_SUGGESTED, &Map::new(), &Map::new(), &values)
    })?;
    workflow.raw_set("continue_as_new", waits(lua, NAME, renew)?)?;
    workflow.raw_set("continue_as_new_if_suggested", waits(lua, IF_SUGGESTED, if_suggested)?)
}

/// `options:continue_as_new(…)`
pub(super) fn method(lua: &Lua) -> mlua::Result<Function> {
    const NAME: &str = "options:continue_as_new";
    let renew = lua.create_function(|lua, (this, values): (LuaValue, MultiValue)| {
        let setup = caller_of(NAME, &this)?.0.clone();
        renew(lua, NAME, &setup.options, &setup.context, None, &values)
    })?;
    waits(lua, NAME, renew)
}

/// `options:continue_as_new_if_suggested(…)`
pub(super) fn method_if_suggested(lua: &Lua) -> mlua::Result<Function> {
    const NAME: &str = "options:continue_as_new_if_suggested";
    let renew = lua.create_function(|lua, (this, values): (LuaValue, MultiValue)| {
        let setup = caller_of(NAME, &this)?.0.clone();
        renew_if_suggested(lua, NAME, &setup.options, &setup.context, &values)
    })?;
    waits(lua, NAME, renew)
}

/// `process.upgrade(id or nil, …)`
pub(crate) fn upgrade(lua: &Lua) -> mlua::Result<Function> {
    const NAME: &str = "process.upgrade";
    let renew = lua.create_function(|lua, (id, values): (LuaValue, MultiValue)| {
        let id = if id == LuaValue::Nil { None } else { Some(arguments::text(NAME, "id", &id)?) };
        renew(lua, NAME, &Map::new(), &Map::new(), id, &values)
    })?;
    waits(lua, NAME, renew)
}

/// Ends the run for a new one; true, and the coroutine has to wait. What is wrong is raised: there is
/// nobody to return it to.
fn renew(
    lua: &Lua,
    name: &str,
    options: &Map,
    context: &Map,
    id: Option<String>,
    values: &MultiValue,
) -> mlua::Result<bool> {
    let state = RunState::current(lua, name)?;
    if let Some(id) = id.as_deref().or_else(|| options.get("workflow_type").and_then(Value::as_text)) {
        launch::check_readable(lua, &state, name, id)?;
    }
    let next = next_run(lua, &state, options, context, id, values);
    let next = next.map_err(|failure| arguments::misuse(name, failure.message))?;
    let site = call_site(lua, &state.program);
    let last = Emitted { command: Command::ContinueAsNew(Box::new(next)), site };
    *state.halt.borrow_mut() = Some(Box::new(Halt::Renewed(last)));
    Ok(true)
}

/// The same if it is time, else the run goes on: false. What is wrong with the options is said at
/// once, and not only when it is time.
fn renew_if_suggested(lua: &Lua, name: &str, options: &Map, context: &Map, values: &MultiValue) -> mlua::Result<bool> {
    let state = RunState::current(lua, name)?;
    let read = run_options::read(options, Sort::Next).map_err(|problem| arguments::misuse(name, problem))?;
    let history = state.history.get();
    let is_time = history.continue_as_new_suggested || read.upgrades && history.target_version_changed;
    Ok(is_time && renew(lua, name, options, context, None, values)?)
}

fn next_run(
    lua: &Lua,
    state: &RunState,
    options: &Map,
    context: &Map,
    id: Option<String>,
    values: &MultiValue,
) -> Result<ContinueAsNew, Failure> {
    let options = run_options::read(options, Sort::Next).map_err(Failure::invalid)?;
    let id = id.or(options.workflow_type);
    let (workflow_type, mut queue) = match &id {
        None => (None, Queue::Own),
        Some(id) => {
            let target = launch::target(state, id, None, options.task_queue.as_deref())?;
            (Some(target.workflow_type).filter(|next| *next != state.facts.names.workflow_type), target.queue)
        }
    };
    if let Some(named) = options.task_queue {
        queue = Queue::Named(named);
    }
    if let Some(workflow_type) = &workflow_type {
        names::fits("the workflow type", workflow_type).map_err(Failure::invalid)?;
    }
    names::check_queue(&queue)?;
    let arguments = launch::arguments_of(lua, id.as_deref().unwrap_or(&state.facts.names.workflow_type), values)?;
    let memo = match options.memo {
        Some(memo) => Some(upserted::some_memo(state, memo)),
        None => upserted::memo_to_hand_on(state),
    };
    let search_attributes = options.search_attributes.map(|mut attributes| {
        attributes.retain(|_, attribute| attribute.value != Value::Null);
        attributes
    });
    let mut headers = state.headers(context);
    carried::pack(lua, state, &mut headers, "receive some of them first")?;
    Ok(ContinueAsNew {
        workflow_type,
        queue,
        arguments,
        headers,
        timeouts: RunTimeouts { execution: None, ..options.timeouts },
        memo,
        search_attributes,
        retry: options.retry,
        intent: options.intent,
        delay: options.delay,
        upgrades: options.upgrades,
    })
}
