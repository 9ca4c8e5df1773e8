//! Children: started and waited for in one call, or held by a handle.

use std::rc::Rc;

use mlua::{
    IntoLua, Lua, MultiValue, Table, UserDataFields as _, UserDataMethods as _, UserDataRef, Value as LuaValue,
};

use super::renewal;
use crate::{
    lua::{Answer, arguments, failure_of, waits, weight},
    workflow::{
        SignalTarget,
        api::{
            launch::{self, How, Setup},
            requests::{self, Confirmation},
        },
        cancel,
        children::{Child, Given},
        state::{Answerer, RunState},
    },
};

/// `workflow.with_options{…}`: how a run is started.
pub(super) struct Caller(pub(super) Setup);

/// A child that has been started.
pub(crate) struct ChildHandle(pub(crate) Rc<Child>);

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("exec", waits(lua, "workflow.exec", lua.create_function(exec)?)?)?;
    workflow.raw_set("with_options", lua.create_function(with_options)?)?;
    register_caller(lua)?;
    register_handle(lua)
}

fn register_caller(lua: &Lua) -> mlua::Result<()> {
    let exec = waits(lua, "options:exec", lua.create_function(exec_with)?)?;
    let start = waits(lua, "options:start", lua.create_function(start_with)?)?;
    let renew = renewal::method(lua)?;
    let renew_if_suggested = renewal::method_if_suggested(lua)?;
    lua.register_userdata_type::<Caller>(|registry| {
        registry.add_field("exec", exec);
        registry.add_field("start", start);
        registry.add_field("continue_as_new", renew);
        registry.add_field("continue_as_new_if_suggested", renew_if_suggested);
        registry.add_method("with_context", |lua, this, values: LuaValue| {
            let mut setup = this.0.clone();
            setup.context.extend(launch::context_of(lua, "options:with_context", &values)?);
            Ok(Caller(setup))
        });
    })
}

fn register_handle(lua: &Lua) -> mlua::Result<()> {
    let result = waits(lua, "child:result", lua.create_function(result)?)?;
    let signal = requests::sends(lua, SIGNAL, lua.create_function(signal)?)?;
    let post = lua.create_function(post)?;
    lua.register_userdata_type::<ChildHandle>(|registry| {
        registry.add_field("result", result);
        registry.add_field("signal", signal);
        registry.add_field("post", post);
        registry.add_method("cancel", |lua, this, reason: LuaValue| ask_to_end(lua, &this.0, &reason));
        registry.add_method("pid", |_, this, ()| Ok(this.0.pid.clone()));
        registry.add_method("workflow_id", |_, this, ()| Ok(this.0.workflow_id.clone()));
        registry.add_method("run_id", |_, this, ()| Ok(this.0.run_id.borrow().clone()));
        registry.add_meta_method(mlua::MetaMethod::ToString, |_, this, ()| Ok(format!("child {}", this.0.workflow_id)));
    })
}

/// `workflow.exec(id, …)`: starts a child and waits for its result.
fn exec(lua: &Lua, (id, values): (LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    let how = How { name: "workflow.exec", setup: &Setup::default(), host: None, given: None, reported: None };
    launch::start(lua, how, &id, &values)
}

/// `workflow.with_options{…}`
fn with_options(lua: &Lua, options: LuaValue) -> mlua::Result<Caller> {
    let options = launch::options_of(lua, "workflow.with_options", &options)?;
    Ok(Caller(Setup { options, ..Setup::default() }))
}

/// `options:exec(id, …)`
fn exec_with(lua: &Lua, (this, id, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "options:exec";
    let caller = caller_of(NAME, &this)?;
    let how = How { name: NAME, setup: &caller.0, host: None, given: None, reported: None };
    launch::start(lua, how, &id, &values)
}

/// `options:start(id, …)`: a handle, once the child runs.
fn start_with(lua: &Lua, (this, id, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "options:start";
    let caller = caller_of(NAME, &this)?;
    let how = How { name: NAME, setup: &caller.0, host: None, given: Some(Given::Handle), reported: None };
    launch::start(lua, how, &id, &values)
}

/// `child:result()`: how it ended, for everybody who asks.
fn result(lua: &Lua, this: LuaValue) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "child:result";
    let handle = handle_of(NAME, &this)?;
    let state = RunState::current(lua, NAME)?;
    let ticket = match state.tasks.park() {
        Ok(ticket) => ticket,
        Err(problem) => return Ok(Answer::Failure(failure_of(&problem).unwrap_or_default())),
    };
    match handle.0.result(lua)? {
        Some((value, problem)) => state.answer(Answerer::Ticket(ticket), value, problem)?,
        None => handle.0.wait(ticket),
    }
    Ok(Answer::Value(true))
}

const SIGNAL: &str = "child:signal";

/// `child:signal(name, …)`
fn signal(lua: &Lua, (this, signal, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    let target = SignalTarget::Child(handle_of(SIGNAL, &this)?.0.workflow_id.clone());
    requests::signal(lua, (SIGNAL, Confirmation::Awaited), target, &signal, &values)
}

/// `child:post(name, …)`: does not wait.
fn post(lua: &Lua, (this, signal, values): (LuaValue, LuaValue, MultiValue)) -> mlua::Result<Answer<bool>> {
    const NAME: &str = "child:post";
    let target = SignalTarget::Child(handle_of(NAME, &this)?.0.workflow_id.clone());
    requests::signal(lua, (NAME, Confirmation::Ignored), target, &signal, &values)
}

/// `child:cancel(reason?)`: asks it to end. What its `result` gives then, its cancellation type says.
fn ask_to_end(lua: &Lua, child: &Child, reason: &LuaValue) -> mlua::Result<bool> {
    const NAME: &str = "child:cancel";
    let state = RunState::current(lua, NAME)?;
    let reason = requests::reason(NAME, reason)?;
    let seq = child.seq.get();
    let kind = state.pending.borrow().get(&seq).map(|pending| pending.kind);
    if let Some(kind) = kind {
        cancel::end(lua, &state, seq, kind, &reason)?;
    }
    Ok(true)
}

pub(super) fn caller_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<Caller>> {
    let caller = this.as_userdata().and_then(|data| data.borrow().ok());
    caller.ok_or_else(|| arguments::misuse(function, "call it with a colon, on what `workflow.with_options` gave"))
}

fn handle_of(function: &str, this: &LuaValue) -> mlua::Result<UserDataRef<ChildHandle>> {
    let handle = this.as_userdata().and_then(|data| data.borrow().ok());
    handle.ok_or_else(|| arguments::misuse(function, "call it with a colon, on a child"))
}

impl IntoLua for Caller {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        let bytes = self.0.weight();
        weight::weighed(lua, lua.create_any_userdata(self)?, bytes).map(LuaValue::UserData)
    }
}

impl IntoLua for ChildHandle {
    fn into_lua(self, lua: &Lua) -> mlua::Result<LuaValue> {
        lua.create_any_userdata(self).map(LuaValue::UserData)
    }
}
