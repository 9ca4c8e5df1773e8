//! One Luau state for one program on one lane.

use std::sync::Arc;

use mlua::{Function, Lua};

use crate::lua::{Program, require, sandbox};

/// A Lua state with a program's code loaded, in which any number of realms live side by side.
#[derive(Debug)]
pub(crate) struct Vm {
    lua: Lua,
    program: Arc<Program>,
    /// Gives the main chunk of a new realm.
    new_realm: Function,
    /// Calls the method of what a main chunk returns.
    call_main: Function,
    /// Bytes that it held before there was a realm.
    size: usize,
}

impl Vm {
    pub(crate) fn open(program: &Arc<Program>) -> mlua::Result<Self> {
        let lua = sandbox::open(program.profile())?;
        let new_realm = require::new_realm(&lua, program)?;
        let call_main = super::realm::call_main(&lua)?;
        let size = lua.used_memory();
        Ok(Self { lua, program: Arc::clone(program), new_realm, call_main, size })
    }

    pub(crate) fn lua(&self) -> &Lua {
        &self.lua
    }

    /// Bytes that it holds without any realm.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn program(&self) -> &Arc<Program> {
        &self.program
    }

    pub(super) fn new_realm(&self) -> &Function {
        &self.new_realm
    }

    pub(super) fn call_main(&self) -> &Function {
        &self.call_main
    }
}
