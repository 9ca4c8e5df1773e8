//! `time` on the real clock. A sleep ends when the call is asked to end.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    function::{call::Call, wait},
    lua::{
        Effect, Module, Pending, awaiting,
        time::{Moment, TimeSpan, table},
    },
};

pub(crate) struct Time;

impl Module for Time {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let time = table(lua)?;
        time.raw_set("now", lua.create_function(now)?)?;
        time.raw_set("sleep", awaiting(lua, lua.create_function(sleep)?)?)?;
        Ok(time)
    }
}

/// `time.now()`
fn now(lua: &Lua, (): ()) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(Call::current(lua).now()))
}

/// `time.sleep(duration)`: true, or `nil, err`.
fn sleep(lua: &Lua, duration: LuaValue) -> mlua::Result<Pending> {
    let span = TimeSpan::of(lua, &duration);
    let work = async move {
        tokio::time::sleep(span?.wait()).await;
        Ok(())
    };
    Ok(wait::until(lua, work, |_, ()| Ok(LuaValue::Boolean(true).into())))
}
