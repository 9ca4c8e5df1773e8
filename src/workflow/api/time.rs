//! `time` on the run's clock: the time of the workflow task, and timers that the server keeps.

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        Answer, Effect, Module, failure_of,
        time::{Clock, Moment, TimeSpan, table_of},
    },
    workflow::{
        Command, Seq,
        state::{Answerer, Pending, PendingKind, RunState},
    },
};

pub(crate) struct Time;

impl Module for Time {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table_of(lua, Clock { now, pause, start, cancel, wakes_early: true })
    }
}

fn now(lua: &Lua, name: &str) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(RunState::reading(lua, name)?.clock.get()))
}

/// A sleep of nothing lets the other coroutines go on.
fn pause(lua: &Lua, name: &str, span: TimeSpan, summary: Option<String>) -> mlua::Result<Answer<bool>> {
    let state = RunState::current(lua, name)?;
    let ticket = match state.tasks.park() {
        Ok(ticket) => ticket,
        Err(problem) => return Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    };
    if span.0 == 0 {
        state.answer(Answerer::Ticket(ticket), LuaValue::Boolean(true), LuaValue::Nil)?;
        return Ok(Answer::Value(true));
    }
    let pending = Pending { kind: PendingKind::Timer, answer: Answerer::Ticket(ticket) };
    state.request(lua, pending, |seq| Command::StartTimer { seq, after: span.wait(), summary });
    Ok(Answer::Value(true))
}

/// `fire` is called with an error if the timer is cancelled with its scope.
fn start(lua: &Lua, name: &str, span: TimeSpan, summary: Option<String>, fire: Function) -> mlua::Result<Answer<u32>> {
    let state = RunState::current(lua, name)?;
    if let Some(failure) = state.refusal() {
        return Ok(Answer::Failure(failure));
    }
    let pending = Pending { kind: PendingKind::Timer, answer: Answerer::Function(fire) };
    let seq = state.request(lua, pending, |seq| Command::StartTimer { seq, after: span.wait(), summary });
    Ok(Answer::Value(seq.0))
}

/// The core tells nothing of a timer that was cancelled.
fn cancel(lua: &Lua, seq: u32) -> mlua::Result<()> {
    let state = RunState::current(lua, "time")?;
    let pending = state.pending.borrow_mut().remove(&Seq(seq));
    if pending.is_some() {
        state.command(lua, Command::CancelTimer(Seq(seq)));
    }
    Ok(())
}
