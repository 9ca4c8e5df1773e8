//! `ctx` in a function: what its caller passed along.

use mlua::{Lua, Table};

use crate::{
    function::call::Call,
    lua::{Effect, Module, ctx::table},
};

pub(crate) struct Ctx;

impl Module for Ctx {
    const NAME: &'static str = "ctx";
    const EFFECT: Effect = Effect::Recorded;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        table(lua, Call::current, |call| Some(&call.passed_along))
    }
}
