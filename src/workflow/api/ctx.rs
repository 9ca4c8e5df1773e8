//! `ctx` in a workflow: what its starter passed along.

use mlua::{Lua, Table};

use crate::{
    lua::{Effect, Module, ctx::table},
    workflow::state::RunState,
};

pub(crate) struct Ctx;

impl Module for Ctx {
    const NAME: &'static str = "ctx";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table(lua, RunState::reading, |state| state.facts.context())
    }
}
