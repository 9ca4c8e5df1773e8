//! `time` on the real clock. A sleep ends when the call is asked to end.

use mlua::{Lua, Table, Value as LuaValue};

use super::timers;
use crate::{
    function::{call, wait},
    lua::{
        Answer, Effect, Module,
        time::{Moment, TimeSpan, table},
        waits,
    },
};

pub(crate) struct Time;

impl Module for Time {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let time = table(lua)?;
        time.raw_set("after", lua.create_function(timers::after)?)?;
        time.raw_set("ticker", lua.create_function(timers::ticker)?)?;
        time.raw_set("timer", lua.create_function(timers::timer)?)?;
        time.raw_set("now", lua.create_function(now)?)?;
        time.raw_set("sleep", waits(lua, "time.sleep", lua.create_function(sleep)?)?)?;
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
        Ok(span) => span.wait(),
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let work = async move {
        tokio::time::sleep(wait).await;
        Ok(())
    };
    wait::until(lua, "time.sleep", work, |_, ()| Ok(true))
}
