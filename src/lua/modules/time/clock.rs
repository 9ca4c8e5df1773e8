//! The part of `time` that needs a clock: `now`, the sleeps and the timers. Each profile gives the
//! clock; what is asked of it was checked here.

use mlua::{Function, Lua, Table, Value as LuaValue};

use super::{Moment, TimeSpan, moment_argument, summary, table, timers};
use crate::{
    lua::{Answer, Answered, ScopeId, Tasks, waits},
    value::Failure,
};

/// What a clock can do. The first text of each names the Lua function that asks.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) now: fn(&Lua, &str) -> mlua::Result<Moment>,
    /// The running coroutine waits for a time, which may be none; with a summary for the server.
    pub(crate) pause: fn(&Lua, &str, TimeSpan, Option<String>) -> Answered<bool>,
    /// Calls a function after a time, which is some; gives a number.
    pub(crate) start: fn(&Lua, &str, TimeSpan, Option<String>, Function) -> Answered<u32>,
    /// Forgets what was started under that number, if it has not been called.
    pub(crate) cancel: fn(&Lua, u32) -> mlua::Result<()>,
    /// Whether waits are measured by another clock than `now`, so that who waits may be woken early.
    pub(crate) wakes_early: bool,
}

/// Name, duration, options, scope, and the function that is to be called.
type Start = (String, LuaValue, LuaValue, u32, Function);

/// The module's table.
pub(crate) fn table_of(lua: &Lua, clock: Clock) -> mlua::Result<Table> {
    let time = table(lua)?;
    let now = lua.create_function(move |lua, ()| (clock.now)(lua, "time.now"))?;
    time.raw_set("now", &now)?;
    let sleep = move |lua: &Lua, (duration, options): (LuaValue, LuaValue)| sleep(lua, clock, &duration, &options);
    time.raw_set("sleep", waits(lua, "time.sleep", lua.create_function(sleep)?)?)?;
    let sleep_left = move |lua: &Lua, (until, options): (LuaValue, LuaValue)| sleep_left(lua, clock, &until, &options);
    let sleep_left = waits(lua, "time.sleep_until", lua.create_function(sleep_left)?)?;
    let start = move |lua: &Lua, (name, duration, options, scope, fire): Start| {
        let begin = || start(lua, clock, &name, &duration, &options, fire);
        match Tasks::current(lua) {
            Some(tasks) => tasks.in_scope(ScopeId(scope), begin),
            None => begin(),
        }
    };
    let cancel = move |lua: &Lua, number: u32| (clock.cancel)(lua, number);
    let host = [
        ("now", now),
        ("sleep_left", sleep_left),
        ("start", lua.create_function(start)?),
        ("cancel", lua.create_function(cancel)?),
    ];
    let host = lua.create_table_from(host)?;
    host.raw_set("wakes_early", clock.wakes_early)?;
    timers(lua, &time, host)?;
    Ok(time)
}

/// `time.sleep(duration, options?)`: true, or `nil, err`.
fn sleep(lua: &Lua, clock: Clock, duration: &LuaValue, options: &LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep";
    let summary = summary(NAME, options)?;
    match TimeSpan::of(lua, NAME, "duration", duration)? {
        Ok(span) if span.0 < 0 => Ok(Answer::Failure(Failure::invalid("a sleep cannot be negative"))),
        Ok(span) => (clock.pause)(lua, NAME, span, summary),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// One wait of `time.sleep_until(time, options?)`: for what is left, which is nothing if it is past.
fn sleep_left(lua: &Lua, clock: Clock, until: &LuaValue, options: &LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep_until";
    let until = moment_argument(NAME, "time", until)?;
    let summary = summary(NAME, options)?;
    let left = until.since(&(clock.now)(lua, NAME)?).max(0);
    (clock.pause)(lua, NAME, TimeSpan(left), summary)
}

/// Starts a timer that calls `fire`; its number, or `nil, err`.
fn start(
    lua: &Lua,
    clock: Clock,
    name: &str,
    duration: &LuaValue,
    options: &LuaValue,
    fire: Function,
) -> mlua::Result<Answer<u32>> {
    let summary = summary(name, options)?;
    match TimeSpan::of(lua, name, "duration", duration)? {
        Ok(span) if span.0 <= 0 => {
            Ok(Answer::Failure(Failure::invalid(format!("{name}: the duration must be longer than nothing"))))
        }
        Ok(span) => (clock.start)(lua, name, span, summary, fire),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}
