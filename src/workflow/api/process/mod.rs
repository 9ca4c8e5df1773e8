//! `process`: what a run is called among processes, its messages, and the runs it starts.

mod children;
mod messages;
mod spawner;

use std::rc::Rc;

use mlua::{Lua, Table};

use crate::{
    lua::{Effect, Module},
    workflow::state::RunState,
};

/// The kind of the event that says that the run is asked to end.
pub(crate) const CANCEL_EVENT: &str = "pid.cancel";
/// The kind of the event that tells how a child ended.
pub(crate) const EXIT_EVENT: &str = "pid.exit";
/// The kind of the event that tells that a linked child failed.
pub(crate) const LINK_DOWN_EVENT: &str = "pid.link.down";

pub(crate) struct Process;

impl Module for Process {
    const NAME: &'static str = "process";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let process = lua.create_table()?;
        process.raw_set("id", lua.create_function(id)?)?;
        process.raw_set("pid", lua.create_function(pid)?)?;
        messages::install(lua, &process)?;
        children::install(lua, &process)?;
        let event = lua.create_table()?;
        event.raw_set("CANCEL", CANCEL_EVENT)?;
        event.raw_set("EXIT", EXIT_EVENT)?;
        event.raw_set("LINK_DOWN", LINK_DOWN_EVENT)?;
        process.raw_set("event", event)?;
        Ok(process)
    }
}

fn current(lua: &Lua, function: &str) -> mlua::Result<Rc<RunState>> {
    RunState::current(lua, function)
}

/// `process.id()`: the id of the entry.
fn id(lua: &Lua, (): ()) -> mlua::Result<String> {
    Ok(RunState::reading(lua, "process.id")?.facts.entry.to_string())
}

/// `process.pid()`: what the run is called among processes.
fn pid(lua: &Lua, (): ()) -> mlua::Result<String> {
    Ok(RunState::reading(lua, "process.pid")?.process_id())
}
