//! Cancellation: scopes, shields, time limits, and why the run was asked to end.
//!
//! The functions themselves are Lua (`lua/prelude/scopes.lua`), since they call what their caller
//! gives them and let it wait. Here is what they ask of the run.

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        Answer, Raised, ScopeId, error_object, failure_of, protected,
        sandbox::ours,
        time::{TimeSpan, summary},
        waiting_functions,
    },
    value::{Failure, failure_kind},
    workflow::{
        Command, Seq, cancel, scopes,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

const SCOPES: &str = include_str!("../../../../lua/prelude/scopes.lua");
const KEPT: &str = "metonic.scopes";

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    let (library, internal) = library(lua)?;
    lua.set_named_registry_value(KEPT, internal)?;
    for name in ["scope", "shield", "with_timeout"] {
        workflow.raw_set(name, library.raw_get::<Function>(name)?)?;
    }
    workflow.raw_set("cancelled", lua.create_function(cancelled)?)?;
    workflow.raw_set("cancellation", lua.create_function(cancellation)?)
}

/// The functions for authors, and those for library code.
pub(in crate::workflow::api) fn library(lua: &Lua) -> mlua::Result<(Table, Table)> {
    ours(lua, SCOPES)?.call((waiting_functions(lua)?, host(lua)?))
}

/// `inside(scope, fn) passed_on(ok, …)`, for library code in Lua.
pub(super) fn scope_functions(lua: &Lua) -> mlua::Result<Table> {
    lua.named_registry_value(KEPT)
}

/// `workflow.cancelled()`: why the running code is to end, or nil.
fn cancelled(lua: &Lua, (): ()) -> mlua::Result<Option<String>> {
    let state = RunState::reading(lua, "workflow.cancelled")?;
    Ok(scopes::reason(&state, state.tasks.scope()))
}

/// `workflow.cancellation()`: a channel that gives that reason.
fn cancellation(lua: &Lua, (): ()) -> mlua::Result<Table> {
    scopes::channel(lua, &*RunState::current(lua, "workflow.cancellation")?)
}

/// What the Lua functions ask for. The open, close and cancel of a scope name it by its number.
pub(super) fn host(lua: &Lua) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    host.raw_set("protected", protected(lua)?)?;
    host.raw_set("check", lua.create_function(|lua, name: String| RunState::current(lua, &name).map(drop))?)?;
    host.raw_set("open", lua.create_function(|lua, shielded| Ok(scopes::open(&*here(lua)?, shielded).0))?)?;
    host.raw_set(
        "close",
        lua.create_function(|lua, id| {
            here(lua)?.tasks.close_scope(ScopeId(id));
            Ok(())
        })?,
    )?;
    host.raw_set(
        "spawn",
        lua.create_function(|lua, (function, ended, one): (Function, Function, bool)| {
            Ok(scopes::spawn(lua, &*here(lua)?, function, ended, one)?.0)
        })?,
    )?;
    host.raw_set(
        "cancel",
        lua.create_function(|lua, (id, reason): (u32, String)| {
            cancel::scope(lua, &*here(lua)?, ScopeId(id), "the scope was cancelled", reason)
        })?,
    )?;
    host.raw_set(
        "left_behind",
        lua.create_function(|lua, (id, kept)| {
            scopes::left_behind(&*here(lua)?, ScopeId(id), kept);
            Ok(())
        })?,
    )?;
    host.raw_set(
        "goes_on",
        lua.create_function(|lua, id| Ok(scopes::goes_on(&*RunState::reading(lua, "scope:cancelled")?, ScopeId(id))))?,
    )?;
    host.raw_set(
        "asked",
        lua.create_function(|lua, id| {
            scopes::was_asked(&*here(lua)?, ScopeId(id));
            Ok(())
        })?,
    )?;
    host.raw_set(
        "reason_of",
        lua.create_function(|lua, id| {
            Ok(RunState::reading(lua, "scope:cancelled")?.tasks.stop_of(ScopeId(id)).map(|stop| stop.reason.clone()))
        })?,
    )?;
    host.raw_set(
        "span",
        lua.create_function(|lua, (function, argument, duration): (String, String, LuaValue)| {
            Ok(match TimeSpan::of(lua, &function, &argument, &duration)? {
                Ok(span) if span.0 < 0 => {
                    Answer::Failure(Failure::invalid(format!("{function}: `{argument}` must not be negative")))
                }
                span => span.into(),
            })
        })?,
    )?;
    host.raw_set("is_nothing", lua.create_function(|_, span| Ok(span_of(&span).0 == 0))?)?;
    host.raw_set("summary", lua.create_function(|_, (name, options): (String, LuaValue)| summary(&name, &options))?)?;
    host.raw_set("start_limit", lua.create_function(start_limit)?)?;
    host.raw_set("stop_limit", lua.create_function(stop_limit)?)?;
    host.raw_set("expire", lua.create_function(expire)?)?;
    host.raw_set("timed_out", lua.create_function(timed_out)?)?;
    host.raw_set("is_canceled", lua.create_function(|_, raised| Ok(is_canceled(&raised)))?)?;
    Ok(host)
}

fn here(lua: &Lua) -> mlua::Result<std::rc::Rc<RunState>> {
    RunState::current(lua, "workflow")
}

fn span_of(span: &LuaValue) -> TimeSpan {
    TimeSpan::in_object(span).unwrap_or(TimeSpan(0))
}

/// Starts the timer of a limit; its number, or nothing in a scope that is cancelled.
fn start_limit(lua: &Lua, (span, summary, fire): (LuaValue, Option<String>, Function)) -> mlua::Result<Option<u32>> {
    let state = here(lua)?;
    if state.refusal().is_some() {
        return Ok(None);
    }
    let after = span_of(&span).wait();
    let pending = Pending { kind: PendingKind::Timer, answer: Answerer::Function(fire) };
    Ok(Some(state.request(lua, pending, |seq| Command::StartTimer { seq, after, summary }).0))
}

fn stop_limit(lua: &Lua, seq: u32) -> mlua::Result<()> {
    let state = here(lua)?;
    let pending = state.pending.borrow_mut().remove(&Seq(seq));
    if pending.is_some() {
        state.command(lua, Command::CancelTimer(Seq(seq)));
    }
    Ok(())
}

/// Cancels a scope whose time is over.
fn expire(lua: &Lua, (id, span): (u32, LuaValue)) -> mlua::Result<()> {
    let reason = too_late(span_of(&span));
    cancel::scope(lua, &*here(lua)?, ScopeId(id), "the scope was cancelled", reason)
}

/// What a call gives whose time is over; the error that its function returned is the cause.
fn timed_out(lua: &Lua, (span, cause): (LuaValue, LuaValue)) -> mlua::Result<LuaValue> {
    let mut failure =
        Failure { retryable: Some(false), ..Failure::new(failure_kind::TIMEOUT, too_late(span_of(&span))) };
    failure.cause = failure_of(&cause).filter(|cause| !cause.is_canceled()).map(Box::new);
    error_object(lua, failure).map(LuaValue::UserData)
}

fn too_late(span: TimeSpan) -> String {
    format!("it took longer than {span}")
}

/// Whether what a protected call caught is a cancellation.
fn is_canceled(raised: &LuaValue) -> bool {
    let value = raised.as_userdata().and_then(|data| Some(data.borrow::<Raised>().ok()?.value.clone()));
    failure_of(value.as_ref().unwrap_or(raised)).is_some_and(|failure| failure.is_canceled())
}
