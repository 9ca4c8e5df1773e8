//! Turns the text of a program into a function.

use std::sync::Arc;

use mlua::{
    Function, Lua, Table,
    chunk::{ChunkMode, Compiler},
};

use super::{key, numbers::REPLACED_BUILTINS};
use crate::lua::{
    LuaError,
    syntax::{ITERATE, POWER, rewrite},
};

/// Longer texts are refused before they are read.
const LONGEST_TEXT: usize = 1024 * 1024;

/// One text of a program, compiled. It belongs to no state: compile once, load into each.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    name: Arc<str>,
    /// Of our own making: bytecode from anywhere else never gets here.
    bytecode: Arc<[u8]>,
}

impl Chunk {
    /// Compiles `text`, which is Luau and never bytecode. `name` is what errors and tracebacks
    /// call it.
    pub(crate) fn compile(name: &str, text: &str) -> Result<Self, LuaError> {
        if text.len() > LONGEST_TEXT {
            return Err(LuaError::syntax(name, 1, "the text is longer than 1 MiB; split it into libraries"));
        }
        // Once as it is written, so that an error is about the author's words.
        compiler().compile(text).map_err(|error| LuaError::from_compiler(name, &error))?;
        let rewritten = rewrite(text).map_err(|span| {
            let line = text[..span.start].matches('\n').count() + 1;
            let word = &text[span];
            LuaError::syntax(name, line, &format!("metonic does not know how Luau reads '{word}' here"))
        })?;
        // On the same lines; the text cannot close the function, since it compiles alone.
        let wrapped = format!("local {ITERATE}, {POWER} = ... return function(...) {rewritten}\nend");
        let bytecode = compiler().compile(wrapped).map_err(|error| LuaError::from_compiler(name, &error))?;
        Ok(Self { name: name.into(), bytecode: bytecode.into() })
    }

    /// The function that the text is, to run in `environment`.
    pub(crate) fn load(&self, lua: &Lua, environment: Table) -> mlua::Result<Function> {
        let iterate: Function = lua.named_registry_value(&key("iterate"))?;
        let power: Function = lua.named_registry_value(&key("power"))?;
        lua.load(&*self.bytecode)
            .set_name(format!("={}", self.name))
            .set_mode(ChunkMode::Binary)
            .set_environment(environment)
            .call((iterate, power))
    }
}

/// Compiles and loads at once.
pub(crate) fn load(lua: &Lua, name: &str, text: &str, environment: Table) -> Result<Function, LuaError> {
    Chunk::compile(name, text)?.load(lua, environment).map_err(|error| LuaError::from_error(&error))
}

/// The compiler must know what is not the engine's own any more.
fn compiler() -> Compiler {
    Compiler::new()
        .set_optimization_level(1)
        .set_debug_level(1)
        .set_mutable_globals(["pairs", "next"])
        .set_disabled_builtins(REPLACED_BUILTINS.iter().copied())
}
