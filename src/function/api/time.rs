//! `time` on the real clock. A sleep ends when the call is asked to end.

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    function::{call, call::Call, wait},
    lua::{
        Answer, Effect, Module,
        time::{Moment, TimeSpan, moment_argument, summary, table, timers},
        waits,
    },
    value::Failure,
};

pub(crate) struct Time;

impl Module for Time {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let time = table(lua)?;
        let now = lua.create_function(now)?;
        time.raw_set("now", &now)?;
        time.raw_set("sleep", waits(lua, "time.sleep", lua.create_function(sleep)?)?)?;
        time.raw_set("sleep_until", waits(lua, "time.sleep_until", lua.create_function(sleep_until)?)?)?;
        timers(lua, &time, now, lua.create_function(start)?, lua.create_function(cancel)?)?;
        Ok(time)
    }
}

/// `time.now()`
fn now(_: &Lua, (): ()) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(call::now()))
}

/// `time.sleep(duration, options?)`: true, or `nil, err`.
fn sleep(lua: &Lua, (duration, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep";
    summary(NAME, &options)?;
    match TimeSpan::of(lua, &duration) {
        Ok(span) if span.0 < 0 => Ok(Answer::Failure(Failure::invalid("a sleep cannot be negative"))),
        Ok(span) => pause(lua, NAME, span),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// `time.sleep_until(time, options?)`: a sleep for what is left, which is nothing if it is past.
fn sleep_until(lua: &Lua, (until, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep_until";
    let until = moment_argument(NAME, "time", &until)?;
    summary(NAME, &options)?;
    pause(lua, NAME, TimeSpan(until.since(&now(lua, ())?).max(0)))
}

fn pause(lua: &Lua, name: &str, span: TimeSpan) -> mlua::Result<Answer<bool>> {
    let work = async move {
        tokio::time::sleep(span.wait()).await;
        Ok(())
    };
    wait::until(lua, name, work, |_, ()| Ok(true))
}

/// Starts a timer that calls `fire`; its number, or `nil, err`.
fn start(
    lua: &Lua,
    (name, duration, options, fire): (String, LuaValue, LuaValue, Function),
) -> mlua::Result<Answer<u32>> {
    summary(&name, &options)?;
    let wait = match TimeSpan::of(lua, &duration) {
        Ok(span) if span.0 > 0 => span.wait(),
        Ok(_) => {
            return Ok(Answer::Failure(Failure::invalid(format!("{name}: the duration must be longer than nothing"))));
        }
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    wait::beside(lua, &name, tokio::time::sleep(wait), move |_, ()| fire.call(())).map(Answer::Value)
}

/// Stops a timer that has not fired.
fn cancel(lua: &Lua, number: u32) -> mlua::Result<()> {
    Call::current(lua, "time")?.work.drop_beside(number);
    Ok(())
}
