//! `time.after`, `time.timer` and `time.ticker`: the clock beside the coroutines, which it tells
//! through channels.

use std::{cell::Cell, rc::Rc};

use mlua::{Function, Lua, Table, UserData, UserDataMethods, Value as LuaValue};

use crate::{
    function::{call, wait},
    lua::{
        Answer, channel_functions,
        time::{Moment, TimeSpan},
    },
    value::Failure,
};

/// A clock that tells the time once, or again and again.
#[derive(Clone)]
struct Alarm {
    channel: Table,
    repeats: bool,
    /// Counts how often it was set or stopped: what an older setting leads to is void.
    setting: Rc<Cell<u64>>,
    is_set: Rc<Cell<bool>>,
}

/// `time.after(duration)`
pub(super) fn after(lua: &Lua, duration: LuaValue) -> mlua::Result<Answer<Table>> {
    Ok(match start(lua, "time.after", &duration, false)? {
        Ok(alarm) => Answer::Value(alarm.channel),
        Err(failure) => Answer::Failure(failure),
    })
}

/// `time.timer(duration)`
pub(super) fn timer(lua: &Lua, duration: LuaValue) -> mlua::Result<Answer<Timer>> {
    Ok(start(lua, "time.timer", &duration, false)?.map(Timer).into())
}

/// `time.ticker(duration)`
pub(super) fn ticker(lua: &Lua, duration: LuaValue) -> mlua::Result<Answer<Ticker>> {
    Ok(start(lua, "time.ticker", &duration, true)?.map(Ticker).into())
}

fn start(lua: &Lua, name: &str, duration: &LuaValue, repeats: bool) -> mlua::Result<Result<Alarm, Failure>> {
    let span = match positive(lua, duration) {
        Ok(span) => span,
        Err(failure) => return Ok(Err(failure)),
    };
    let channel = channel_functions(lua)?.get::<Function>("new")?.call(())?;
    let alarm = Alarm { channel, repeats, setting: Rc::default(), is_set: Rc::default() };
    alarm.set(lua, name, span)?;
    Ok(Ok(alarm))
}

fn positive(lua: &Lua, duration: &LuaValue) -> Result<TimeSpan, Failure> {
    let span = TimeSpan::of(lua, duration)?;
    if span.0 > 0 { Ok(span) } else { Err(Failure::invalid(format!("the duration must be longer than {span}"))) }
}

impl Alarm {
    fn set(&self, lua: &Lua, name: &str, span: TimeSpan) -> mlua::Result<()> {
        let setting = self.setting.get() + 1;
        self.setting.set(setting);
        self.is_set.set(true);
        let alarm = self.clone();
        let function = name.to_owned();
        wait::beside(lua, name, tokio::time::sleep(span.wait()), move |lua| {
            if alarm.setting.get() != setting {
                return Ok(());
            }
            let push = if alarm.repeats { "push_latest" } else { "push" };
            let now = Moment::since_1970(call::now());
            channel_functions(lua)?.get::<Function>(push)?.call::<()>((&alarm.channel, now))?;
            if alarm.repeats {
                return alarm.set(lua, &function, span);
            }
            alarm.is_set.set(false);
            Ok(())
        })
    }

    /// Whether it was still to tell the time.
    fn stop(&self) -> bool {
        self.setting.set(self.setting.get() + 1);
        self.is_set.replace(false)
    }
}

/// Tells the time once.
pub(super) struct Timer(Alarm);

impl UserData for Timer {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for name in ["response", "channel"] {
            methods.add_method(name, |_, this, ()| Ok(this.0.channel.clone()));
        }
        methods.add_method("stop", |_, this, ()| Ok(this.0.stop()));
        methods.add_method("reset", |lua, this, duration: LuaValue| {
            let span = match positive(lua, &duration) {
                Ok(span) => span,
                Err(failure) => return Ok(Answer::Failure(failure)),
            };
            let was_set = this.0.stop();
            this.0.set(lua, "Timer:reset", span)?;
            Ok(Answer::Value(was_set))
        });
    }
}

/// Tells the time again and again; what nobody has taken is not told twice.
pub(super) struct Ticker(Alarm);

impl UserData for Ticker {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        for name in ["response", "channel"] {
            methods.add_method(name, |_, this, ()| Ok(this.0.channel.clone()));
        }
        methods.add_method("stop", |_, this, ()| {
            this.0.stop();
            Ok(())
        });
    }
}
