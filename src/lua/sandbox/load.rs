//! Turns the text of a program into a function.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    sync::{Arc, Mutex, PoisonError},
};

use mlua::{
    Function, Lua, Table,
    chunk::{ChunkMode, Compiler},
};

use super::{LIBRARY_CHUNK, key, numbers::REPLACED_BUILTINS};
use crate::lua::syntax::{ITERATE, POWER, rewrite};

/// Longer texts are refused before they are read.
const LONGEST_TEXT: usize = 1024 * 1024;

/// Compiles `text`, which is Luau and never bytecode, into bytecode for [`instantiate`], which
/// must not leave the process. It belongs to no state: compile once, instantiate in each.
pub(crate) fn compile(text: &str) -> mlua::Result<Vec<u8>> {
    #[cfg(test)]
    crate::lua::testing::count(|counted| counted.texts += 1);
    if text.len() > LONGEST_TEXT {
        return Err(syntax_error(1, "the text is longer than 1 MiB; split it into libraries"));
    }
    // Once as it is written, so that an error is about the author's words.
    compiler().compile(text)?;
    let rewritten = rewrite(text).map_err(|unread| {
        let line = text[..unread.span.start].matches('\n').count() + 1;
        syntax_error(line, &unread.words(text))
    })?;
    // On the same lines. The text cannot close the function around it, since it compiles alone.
    compiler().compile(format!("local {ITERATE}, {POWER} = ... return function(...) {rewritten}\nend"))
}

/// The function that a text is, as `name` in errors and tracebacks, to run in `environment`. A
/// `deep_clone` of it may be given another environment.
pub(crate) fn instantiate(lua: &Lua, name: &str, bytecode: &[u8], environment: Table) -> mlua::Result<Function> {
    if let Some(mut names) = lua.app_data_mut::<Chunks>() {
        names.0.insert(name.to_owned());
    } else {
        lua.set_app_data(Chunks(BTreeSet::from([name.to_owned()])));
    }
    let iterate: Function = lua.named_registry_value(&key("iterate"))?;
    let power: Function = lua.named_registry_value(&key("power"))?;
    lua.load(bytecode)
        .set_name(format!("={name}"))
        .set_mode(ChunkMode::Binary)
        .set_environment(environment)
        .call((iterate, power))
}

/// How the texts of programs are called that a state has.
struct Chunks(BTreeSet<String>);

/// Whether a text of a program is called so.
pub(in crate::lua) fn is_chunk(lua: &Lua, name: &str) -> bool {
    lua.app_data_ref::<Chunks>().is_some_and(|names| names.0.contains(name))
}

/// Lua code of metonic's own, as a function; it is compiled once a process.
pub(crate) fn ours(lua: &Lua, text: &'static str) -> mlua::Result<Function> {
    static COMPILED: Mutex<BTreeMap<&'static str, Arc<[u8]>>> = Mutex::new(BTreeMap::new());
    let bytecode = match COMPILED.lock().unwrap_or_else(PoisonError::into_inner).entry(text) {
        Entry::Occupied(compiled) => Arc::clone(compiled.get()),
        Entry::Vacant(free) => Arc::clone(free.insert(Compiler::new().compile(text)?.into())),
    };
    lua.load(&*bytecode).set_name(LIBRARY_CHUNK).set_mode(ChunkMode::Binary).into_function()
}

/// As the compiler words it.
fn syntax_error(line: usize, message: &str) -> mlua::Error {
    mlua::Error::SyntaxError { message: format!("{line}: {message}"), incomplete_input: false }
}

/// The compiler must know what is not the engine's own any more.
fn compiler() -> Compiler {
    Compiler::new()
        .set_optimization_level(1)
        .set_debug_level(2)
        .set_mutable_globals(["pairs", "next", "require"])
        .set_disabled_builtins(REPLACED_BUILTINS.iter().copied())
}
