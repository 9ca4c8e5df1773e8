//! Turns the text of a program into a function.

use mlua::{
    Function, Lua, Table,
    chunk::{ChunkMode, Compiler},
};

use super::numbers::REPLACED_BUILTINS;

/// What every `for … in` goes through. Programs may not use the name.
pub(crate) const ITERATE: &str = "__metonic_iterate";
/// What every `^` goes through. Programs may not use the name.
pub(crate) const POWER: &str = "__metonic_power";

/// The compiler of all programs: it must know what is not the engine's own any more.
pub(super) fn compiler() -> Compiler {
    Compiler::new()
        .set_optimization_level(1)
        .set_debug_level(1)
        .set_mutable_globals(["pairs", "next", "require"])
        .set_disabled_builtins(REPLACED_BUILTINS.iter().copied())
}

/// Compiles `text` into bytecode that must not leave the process.
pub(crate) fn compile(text: &str) -> mlua::Result<Vec<u8>> {
    compiler().compile(text)
}

/// Compiles `text`, never bytecode, under the name that errors and tracebacks show, into a function
/// that runs in `environment`.
pub(crate) fn load(lua: &Lua, name: &str, text: &str, environment: Table) -> mlua::Result<Function> {
    lua.load(text).set_name(format!("={name}")).set_mode(ChunkMode::Text).set_environment(environment).into_function()
}
