//! `time` on the real clock. A sleep ends when the call is asked to end.

use mlua::{Function, Lua, Table};

use crate::{
    function::{call, call::Call, wait},
    lua::{
        Answer, Effect, Module,
        time::{Clock, Moment, TimeSpan, table_of},
    },
};

pub(crate) struct Time;

impl Module for Time {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table_of(lua, Clock { now, pause, start, cancel, wakes_early: false })
    }
}

fn now(_: &Lua, _: &str) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(call::now()))
}

/// No server is told of it, so nobody reads a summary.
fn pause(lua: &Lua, name: &str, span: TimeSpan, _: Option<String>) -> mlua::Result<Answer<bool>> {
    let work = async move {
        tokio::time::sleep(span.wait()).await;
        Ok(())
    };
    wait::until(lua, name, work, |_, ()| Ok(true))
}

fn start(lua: &Lua, name: &str, span: TimeSpan, _: Option<String>, fire: Function) -> mlua::Result<Answer<u32>> {
    wait::beside(lua, name, tokio::time::sleep(span.wait()), move |_, ()| fire.call(())).map(Answer::Value)
}

fn cancel(lua: &Lua, number: u32) -> mlua::Result<()> {
    Call::current(lua, "time")?.work.drop_beside(number);
    Ok(())
}
