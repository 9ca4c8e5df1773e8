//! `time` on the real clock. A sleep ends when the call is asked to end.

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    function::{call, call::Call, wait},
    lua::{
        Answer, Effect, Module,
        time::{Moment, TimeSpan, table, timers},
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
        timers(lua, &time, now, lua.create_function(start)?, lua.create_function(cancel)?)?;
        Ok(time)
    }
}

/// `time.now()`
fn now(_: &Lua, (): ()) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(call::now()))
}

/// `time.sleep(duration)`: true, or `nil, err`.
fn sleep(lua: &Lua, duration: LuaValue) -> mlua::Result<Answer<bool>> {
    let wait = match TimeSpan::of(lua, &duration) {
        Ok(span) if span.0 < 0 => return Ok(Answer::Failure(Failure::invalid("a sleep cannot be negative"))),
        Ok(span) => span.wait(),
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let work = async move {
        tokio::time::sleep(wait).await;
        Ok(())
    };
    wait::until(lua, "time.sleep", work, |_, ()| Ok(true))
}

/// Starts a timer that calls `fire`; its number, or `nil, err`.
fn start(lua: &Lua, (name, duration, fire): (String, LuaValue, Function)) -> mlua::Result<Answer<u32>> {
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
