//! `time` on the run's clock: the time of the workflow task, and timers that the server keeps.

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    lua::{
        Answer, Effect, Module, failure_of,
        time::{Moment, TimeSpan, moment_argument, summary, table, timers},
        waits,
    },
    value::Failure,
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
fn now(lua: &Lua, (): ()) -> mlua::Result<Moment> {
    Ok(Moment::since_1970(RunState::reading(lua, "time.now")?.clock.get()))
}

/// `time.sleep(duration, options?)`: true, or `nil, err`. A sleep of nothing lets the other
/// coroutines go on.
fn sleep(lua: &Lua, (duration, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep";
    let summary = summary(NAME, &options)?;
    match TimeSpan::of(lua, &duration) {
        Ok(span) if span.0 < 0 => Ok(Answer::Failure(Failure::invalid("a sleep cannot be negative"))),
        Ok(span) => wait(lua, NAME, span, summary),
        Err(failure) => Ok(Answer::Failure(failure)),
    }
}

/// `time.sleep_until(time, options?)`: a sleep for what is left, which is nothing if it is past.
fn sleep_until(lua: &Lua, (until, options): (LuaValue, LuaValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "time.sleep_until";
    let until = moment_argument(NAME, "time", &until)?;
    let left = until.since(&now(lua, ())?).max(0);
    wait(lua, NAME, TimeSpan(left), summary(NAME, &options)?)
}

fn wait(lua: &Lua, name: &str, span: TimeSpan, summary: Option<String>) -> mlua::Result<Answer<bool>> {
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

/// Starts a timer that calls `fire`, with an error if it is cancelled with its scope; its number, or `nil, err`.
fn start(
    lua: &Lua,
    (name, duration, options, fire): (String, LuaValue, LuaValue, Function),
) -> mlua::Result<Answer<u32>> {
    let summary = summary(&name, &options)?;
    let state = RunState::current(lua, &name)?;
    if let Some(failure) = state.refusal() {
        return Ok(Answer::Failure(failure));
    }
    let span = match TimeSpan::of(lua, &duration) {
        Ok(span) if span.0 <= 0 => {
            return Ok(Answer::Failure(Failure::invalid(format!("{name}: the duration must be longer than nothing"))));
        }
        Ok(span) => span,
        Err(failure) => return Ok(Answer::Failure(failure)),
    };
    let pending = Pending { kind: PendingKind::Timer, answer: Answerer::Function(fire) };
    let seq = state.request(lua, pending, |seq| Command::StartTimer { seq, after: span.wait(), summary });
    Ok(Answer::Value(seq.0))
}

/// Cancels a timer that has not fired. The core tells nothing of it.
fn cancel(lua: &Lua, seq: u32) -> mlua::Result<()> {
    let state = RunState::current(lua, "time")?;
    let pending = state.pending.borrow_mut().remove(&Seq(seq));
    if pending.is_some() {
        state.command(lua, Command::CancelTimer(Seq(seq)));
    }
    Ok(())
}
