//! What Lua code of the library asks of the coroutines' keeper.

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Table, Thread, Value as LuaValue};

use super::{ScopeId, Tasks, Ticket, Wait, aside, check_not_aside};
use crate::lua::{error::frames_of, realm::not_running, sandbox::weak_keys};

/// Where the prelude's functions about waiting are kept.
const WAITING: &str = "metonic.waiting";
const STOP: &str = "metonic.stop";
const PROBE: &str = "metonic.probe";
/// Where the coroutines are noted that go on by themselves and that code has got hold of.
const BY_THEMSELVES: &str = "metonic.by_themselves";

/// What the prelude needs.
pub(in crate::lua) fn add_host_functions(lua: &Lua, host: &Table) -> mlua::Result<()> {
    let (stop, probe) = (lua.create_table()?, lua.create_table()?);
    lua.set_named_registry_value(STOP, &stop)?;
    lua.set_named_registry_value(PROBE, &probe)?;
    host.raw_set("stop", stop)?;
    aside::add_guard(lua, host)?;
    host.raw_set("probe", probe)?;
    host.raw_set("wait", lua.create_userdata(Wait)?)?;
    host.raw_set("report", lua.create_function(report)?)?;
    host.raw_set("scope", lua.create_function(|lua, ()| Ok(of_current(lua, Tasks::scope)))?)?;
    host.raw_set("home_scope", lua.create_function(|lua, ()| Ok(of_current(lua, Tasks::home_scope)))?)?;
    host.raw_set("enter_scope", lua.create_function(enter_scope)?)?;
    let by_themselves = weak_keys(lua)?;
    lua.set_named_registry_value(BY_THEMSELVES, &by_themselves)?;
    host.raw_set("by_themselves", by_themselves)?;
    host.raw_set("goes_on_by_itself", lua.create_function(goes_on_by_itself)?)?;
    host.raw_set("weak_keys", lua.create_function(|lua, ()| weak_keys(lua))?)
}

/// Keeps what the prelude gives back.
pub(in crate::lua) fn keep_waiting_functions(lua: &Lua, host: &Table) -> mlua::Result<()> {
    let waiting: Table = host.raw_get("waiting")?;
    waiting.raw_set("guard", host.raw_get::<Table>("guard")?)?;
    waiting.raw_set("park", lua.create_function(|lua, name: String| park(lua, &name).map(|ticket| ticket.0))?)?;
    waiting.raw_set("wake", lua.create_function(wake)?)?;
    waiting.raw_set(
        "refusal",
        lua.create_function(|lua, ()| Ok(Tasks::current(lua).and_then(|tasks| tasks.refusal())))?,
    )?;
    waiting.set_readonly(true);
    lua.set_named_registry_value(WAITING, waiting)
}

/// `attend() check_can_wait(name) waits(name, start) park(name) refusal() wake(ticket, …)
/// enter_scope(scope) scope()`, for library code in Lua.
pub(crate) fn waiting_functions(lua: &Lua) -> mlua::Result<Table> {
    lua.named_registry_value(WAITING)
}

/// A function that waits: `start` takes a ticket ([`park`]) and gives true, or it gives `nil, err`.
pub(crate) fn waits(lua: &Lua, name: &str, start: Function) -> mlua::Result<Function> {
    waiting_functions(lua)?.raw_get::<Function>("waits")?.call((name, start))
}

/// A ticket for the running coroutine. Raises if nothing can wait now, or if the coroutine is to be
/// stopped; `name` is the function that waits.
pub(crate) fn park(lua: &Lua, name: &str) -> mlua::Result<Ticket> {
    let tasks = Tasks::current(lua).ok_or_else(|| not_running(name))?;
    check_not_aside(&tasks, name)?;
    tasks.park().map_err(|problem| match crate::lua::failure_of(&problem) {
        Some(failure) => crate::lua::raise(failure),
        None => not_running(name),
    })
}

pub(super) fn stop_mark(lua: &Lua) -> mlua::Result<Table> {
    lua.named_registry_value(STOP)
}

pub(super) fn probe_mark(lua: &Lua) -> mlua::Result<MultiValue> {
    lua.named_registry_value::<Table>(PROBE)?.into_lua_multi(lua)
}

fn wake(lua: &Lua, mut values: MultiValue) -> mlua::Result<bool> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a ticket is a small whole number")]
    let ticket = match values.pop_front() {
        Some(LuaValue::Integer(number)) => number as u64,
        Some(LuaValue::Number(number)) => number as u64,
        _ => return Ok(false),
    };
    Ok(Tasks::current(lua).is_some_and(|tasks| tasks.wake(Ticket(ticket), values)))
}

/// The number of a scope of the running coroutine.
fn of_current(lua: &Lua, scope: impl Fn(&Tasks) -> ScopeId) -> u32 {
    Tasks::current(lua).map_or(0, |tasks| scope(&tasks).0)
}

fn enter_scope(lua: &Lua, scope: u32) -> mlua::Result<()> {
    if let Some(tasks) = Tasks::current(lua) {
        tasks.enter_scope(ScopeId(scope));
    }
    Ok(())
}

/// Notes that code gets hold of a coroutine of the realm's.
pub(in crate::lua) fn hand_out(lua: &Lua, thread: &Thread) -> mlua::Result<()> {
    lua.named_registry_value::<Table>(BY_THEMSELVES)?.raw_set(thread, true)
}

/// Of the coroutine that calls: whether the realm runs it, and no other coroutine does.
fn goes_on_by_itself(lua: &Lua, thread: Option<Thread>) -> mlua::Result<bool> {
    let own = Tasks::current(lua).and_then(|tasks| tasks.thread(tasks.running()?));
    Ok(thread.is_some() && own == thread)
}

fn report(lua: &Lua, (): ()) -> mlua::Result<()> {
    if let Some(tasks) = Tasks::current(lua) {
        tasks.report(frames_of(&lua.traceback(None, 0)?.to_string_lossy()));
    }
    Ok(())
}
