//! Handlers of signals, queries and updates, and what the Web UI shows of a run.

use std::time::Duration;

use mlua::{Function, Lua, ObjectLike as _, Table, Value as LuaValue};

use crate::{
    lua::{
        Answer, arguments, error_here, failure_of, from_lua,
        sandbox::ours,
        time::{TimeSpan, summary_in},
        waiting_functions,
    },
    value::{Failure, Value, failure_kind, parse_duration},
    workflow::{
        Command,
        handlers::{self, Handler, Handlers, Waiter},
        inbox, query,
        state::{Answerer, Pending, PendingKind, RunState},
        update,
    },
};

const MESSAGES: &str = include_str!("../../../../lua/prelude/messages.lua");
const KEPT: &str = "metonic.messages";

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    let library = library(lua)?;
    let run: Function = library.call_function("runs_update", lua.create_function(update::begin)?)?;
    update::keep_runner(lua, &run)?;
    let wait: Function = library.call_function(
        "waits_for_signal",
        (
            WAIT,
            lua.create_function(wait_signal)?,
            lua.create_function(forget_waiters)?,
            lua.create_function(timed_out)?,
        ),
    )?;
    workflow.raw_set("on_signal", lua.create_function(on_signal)?)?;
    workflow.raw_set("on_query", lua.create_function(on_query)?)?;
    workflow.raw_set("on_update", lua.create_function(on_update)?)?;
    workflow.raw_set("signals", lua.create_function(signals)?)?;
    workflow.raw_set("wait_signal", wait)?;
    workflow.raw_set("handlers_finished", lua.create_function(handlers_finished)?)?;
    workflow.raw_set("update_info", lua.create_function(update_info)?)?;
    workflow.raw_set("state", lua.create_function(show_state)?)?;
    workflow.raw_set("details", lua.create_function(details)?)
}

/// The calls that wait because of a message, written in Lua; loaded once.
pub(in crate::workflow::api) fn library(lua: &Lua) -> mlua::Result<Table> {
    if let Some(library) = lua.named_registry_value(KEPT)? {
        return Ok(library);
    }
    let library: Table = ours(lua, MESSAGES)?.call(waiting_functions(lua)?)?;
    lua.set_named_registry_value(KEPT, &library)?;
    Ok(library)
}

/// `workflow.on_signal(name, fn, {description =, unfinished =}?)`
fn on_signal(lua: &Lua, (name, function, options): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<()> {
    const NAME: &str = "workflow.on_signal";
    let state = RunState::current(lua, NAME)?;
    let name = handled_name(NAME, &name)?;
    let mut handler = plain(NAME, &function)?;
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["description", "unfinished"])?;
        describe(NAME, &mut handler, &options)?;
    }
    state.handlers(|handlers| handlers.signals.insert(name, handler));
    handlers::added(lua, &state)
}

/// `workflow.on_query(name, fn, {description =}?)`
fn on_query(lua: &Lua, (name, function, options): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<()> {
    const NAME: &str = "workflow.on_query";
    let state = RunState::current(lua, NAME)?;
    let name = handled_name(NAME, &name)?;
    if query::is_built_in(&name) {
        return Err(arguments::misuse(NAME, format!("`{name}` is answered by metonic itself")));
    }
    let mut handler = plain(NAME, &function)?;
    if options != LuaValue::Nil {
        let options = arguments::table(NAME, "options", &options)?;
        arguments::only_keys(NAME, &options, &["description"])?;
        describe(NAME, &mut handler, &options)?;
    }
    state.handlers(|handlers| handlers.queries.insert(name, handler));
    Ok(())
}

/// `workflow.on_update(name, fn | {handler =, validate =, description =, unfinished =})`
fn on_update(lua: &Lua, (name, what): (LuaValue, LuaValue)) -> mlua::Result<()> {
    const NAME: &str = "workflow.on_update";
    let state = RunState::current(lua, NAME)?;
    let name = handled_name(NAME, &name)?;
    let handler = match &what {
        LuaValue::Function(_) => plain(NAME, &what)?,
        LuaValue::Table(options) => {
            arguments::only_keys(NAME, options, &["handler", "validate", "description", "unfinished"])?;
            let function = arguments::function(NAME, "handler", &options.raw_get("handler")?)?;
            let mut handler = plain(NAME, &LuaValue::Function(function))?;
            handler.validator = match options.raw_get("validate")? {
                LuaValue::Nil => None,
                validator => Some(arguments::function(NAME, "validate", &validator)?),
            };
            describe(NAME, &mut handler, options)?;
            handler
        }
        other => return Err(arguments::wrong_type(NAME, "handler", "a function or a table", other)),
    };
    state.handlers(|handlers| handlers.updates.insert(name, handler));
    handlers::added(lua, &state)
}

/// A name that an author may use.
fn handled_name(function: &str, name: &LuaValue) -> mlua::Result<String> {
    let name = arguments::text(function, "name", name)?;
    if name.is_empty() {
        return Err(arguments::misuse(function, "`name` is empty"));
    }
    match handlers::reserved(&name) {
        Some(prefix) => Err(arguments::misuse(function, format!("names that begin with `{prefix}` are reserved"))),
        None => Ok(name),
    }
}

fn plain(function: &str, handler: &LuaValue) -> mlua::Result<Handler> {
    let handler = arguments::function(function, "handler", handler)?;
    Ok(Handler { function: handler, validator: None, description: String::new(), abandoned: false })
}

fn describe(function: &str, handler: &mut Handler, options: &Table) -> mlua::Result<()> {
    match options.raw_get("description")? {
        LuaValue::Nil => {}
        description => handler.description = arguments::text(function, "description", &description)?,
    }
    match options.raw_get("unfinished")? {
        LuaValue::Nil => {}
        unfinished => {
            handler.abandoned = match arguments::text(function, "unfinished", &unfinished)?.as_str() {
                "warn" => false,
                "abandon" => true,
                _ => return Err(arguments::misuse(function, "`unfinished` must be `warn` or `abandon`")),
            }
        }
    }
    Ok(())
}

/// `workflow.signals(name)`: the same as `process.listen(name)`
fn signals(lua: &Lua, name: LuaValue) -> mlua::Result<Answer<Table>> {
    const NAME: &str = "workflow.signals";
    let state = RunState::current(lua, NAME)?;
    Ok(inbox::listen(lua, &state, &arguments::text(NAME, "name", &name)?, false)?.into())
}

const WAIT: &str = "workflow.wait_signal";

/// `workflow.wait_signal(name, {timeout =, summary =}?)`: takes a ticket, and says so, or why not.
fn wait_signal(lua: &Lua, (name, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, WAIT)?;
    let name = handled_name(WAIT, &name)?;
    let (mut timeout, mut summary) = (None, None);
    if options != LuaValue::Nil {
        let options = arguments::table(WAIT, "options", &options)?;
        arguments::only_keys(WAIT, &options, &["timeout", "summary"])?;
        timeout = time_limit(lua, &options.raw_get("timeout")?)?;
        summary = summary_in(WAIT, &options)?;
    }
    let handled = state.with_handlers(|handlers| handlers.signals.contains_key(&name)).unwrap_or(false);
    if handled {
        return Err(arguments::misuse(WAIT, format!("`{name}` has a handler, which gets its signals")));
    }
    if inbox::listens(lua, &state, &name)? {
        return Err(arguments::misuse(WAIT, format!("`{name}` is listened to: receive from that channel")));
    }
    let ticket = match state.tasks.park() {
        Ok(ticket) => ticket,
        Err(problem) => return Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    };
    if inbox::take_waiting(lua, &state, &name, ticket)? {
        return Ok(Answer::Value(true));
    }
    let timer = timeout.map(|after| {
        let pending = Pending { kind: PendingKind::Timer, answer: Answerer::Ticket(ticket) };
        let summary = Some(summary.unwrap_or_else(|| format!("until the signal `{name}`")));
        state.request(lua, pending, |seq| Command::StartTimer { seq, after, summary })
    });
    let add = |handlers: &mut Handlers| handlers.waiters.entry(name).or_default().push_back(Waiter { ticket, timer });
    state.handlers(add);
    Ok(Answer::Value(true))
}

/// Forgets those who wait for a signal no longer.
fn forget_waiters(lua: &Lua, name: String) -> mlua::Result<()> {
    let state = RunState::reading(lua, WAIT)?;
    state.with_handlers(|handlers| handlers.forget_waiters(&name, |ticket| state.tasks.is_waited_for(ticket)));
    Ok(())
}

/// A text, a number of milliseconds, or a Duration.
fn time_limit(lua: &Lua, value: &LuaValue) -> mlua::Result<Option<Duration>> {
    let wrong = || arguments::wrong_type(WAIT, "timeout", "a text like `5s`, milliseconds or a Duration", value);
    let negative = || arguments::misuse(WAIT, "`timeout` must not be negative");
    let span = match value {
        LuaValue::Nil => return Ok(None),
        LuaValue::UserData(_) => match TimeSpan::in_object(value).ok_or_else(wrong)? {
            span if span.0 < 0 => return Err(negative()),
            span => span.wait(),
        },
        _ => match from_lua(lua, value).map_err(|_| wrong())? {
            Value::Text(text) => {
                parse_duration(&text).map_err(|error| arguments::misuse(WAIT, format!("`timeout`: {error}")))?
            }
            Value::Int(millis) => Duration::from_millis(u64::try_from(millis).map_err(|_| negative())?),
            Value::Float(millis) if millis < 0.0 => return Err(negative()),
            Value::Float(millis) => Duration::try_from_secs_f64(millis / 1000.0).map_err(|_| wrong())?,
            _ => return Err(wrong()),
        },
    };
    if span.is_zero() {
        return Err(arguments::misuse(WAIT, "`timeout` must be longer than nothing"));
    }
    Ok(Some(span))
}

/// The error of a wait whose time is over.
fn timed_out(lua: &Lua, name: String) -> mlua::Result<mlua::AnyUserData> {
    let message = format!("the signal `{name}` did not come in time");
    error_here(lua, Failure { retryable: Some(false), ..Failure::new(failure_kind::TIMEOUT, message) })
}

/// `workflow.handlers_finished()`
fn handlers_finished(lua: &Lua, (): ()) -> mlua::Result<bool> {
    Ok(RunState::reading(lua, "workflow.handlers_finished")?.handlers_finished())
}

/// `workflow.update_info()`: of the update whose handler or validator runs; nil elsewhere.
fn update_info(lua: &Lua, (): ()) -> mlua::Result<Option<Table>> {
    let state = RunState::reading(lua, "workflow.update_info")?;
    let Some(task) = state.tasks.running() else { return Ok(None) };
    let update = state.with_handlers(|handlers| handlers.running.get(&task)?.update.clone()).flatten();
    let Some(update) = update else { return Ok(None) };
    let info = lua.create_table()?;
    info.raw_set("id", update.id)?;
    info.raw_set("name", update.name)?;
    Ok(Some(info))
}

/// `workflow.state(value)`: what the query `state` answers from now on
fn show_state(lua: &Lua, value: LuaValue) -> mlua::Result<()> {
    const NAME: &str = "workflow.state";
    let state = RunState::current(lua, NAME)?;
    if let Err(error) = from_lua(lua, &value) {
        return Err(arguments::misuse(NAME, error));
    }
    state.handlers(|handlers| handlers.shown = (!value.is_nil()).then_some(value));
    Ok(())
}

/// `workflow.details(text)`: what the Web UI shows
fn details(lua: &Lua, text: LuaValue) -> mlua::Result<()> {
    const NAME: &str = "workflow.details";
    let state = RunState::current(lua, NAME)?;
    let text = arguments::text(NAME, "text", &text)?;
    state.handlers(|handlers| handlers.details = text);
    Ok(())
}
