//! `require` over a program's own modules and imports: there is no search path.

use std::sync::Arc;

use mlua::{Function, Lua, Table, Value as LuaValue};

use crate::{
    diag::closest,
    lua::{
        ModuleDef, Program, Tasks, arguments,
        program::Chunk,
        sandbox::{environment, instantiate, ours},
    },
};

/// Where a state keeps what every `require` calls.
const FIND: &str = "metonic.require";

const REQUIRE: &str = include_str!("../../lua/prelude/require.lua");

/// A function that gives the main chunk of a new realm.
///
/// Nothing that belongs to a realm is held outside Lua: a realm is garbage as soon as its run is.
pub(super) fn new_realm(lua: &Lua, program: &Arc<Program>) -> mlua::Result<Function> {
    let template = |chunk: &Chunk| instantiate(lua, &chunk.name, &chunk.bytecode, environment(lua)?);
    let templates = program.chunks().iter().map(template).collect::<mlua::Result<Vec<_>>>()?;
    let modules = open_modules(lua, program)?;
    let of_program = Arc::clone(program);
    let resolve =
        lua.create_function(move |_, (chunk, name): (usize, LuaValue)| resolve(&of_program, &modules, chunk, name))?;
    let instance = lua.create_function(move |lua, (chunk, require): (usize, Function)| {
        let template = templates.get(chunk).ok_or_else(|| mlua::Error::runtime("no such text"))?;
        let environment = environment(lua)?;
        environment.raw_set("require", require)?;
        let function = template.deep_clone()?;
        function.set_environment(environment)?;
        Ok(function)
    })?;
    // A function, because whoever walks through what a `require` has captured must not find the guard.
    let is_aside = lua.create_function(|lua, ()| Ok(Tasks::current(lua).is_some_and(|tasks| tasks.is_aside())))?;
    let (new_realm, find): (Function, Function) = ours(lua, REQUIRE)?.call((resolve, instance, is_aside))?;
    lua.set_named_registry_value(FIND, find)?;
    Ok(new_realm)
}

/// What every `require` of the state has captured, and no other function has.
pub(super) fn captured_by_all(lua: &Lua) -> mlua::Result<Function> {
    lua.named_registry_value(FIND)
}

/// The tables of all modules that the program names, and of those that need not be named.
fn open_modules(lua: &Lua, program: &Program) -> mlua::Result<Table> {
    let profile = program.profile();
    let modules = lua.create_table()?;
    let library = lua.globals();
    for module in profile.globals {
        modules.raw_set(module.name, library.raw_get::<LuaValue>(module.name)?)?;
    }
    let named = |name: &str| program.chunks().iter().any(|chunk| chunk.modules.iter().any(|module| module == name));
    for module in profile.modules {
        if !modules.contains_key(module.name)? && named(module.name) {
            modules.raw_set(module.name, open_module(lua, module)?)?;
        }
    }
    Ok(modules)
}

/// The table of a module: a state opens each once, whichever of its programs names it.
fn open_module(lua: &Lua, module: &ModuleDef) -> mlua::Result<Table> {
    let key = format!("metonic.module.{}", module.name);
    if let Some(opened) = lua.named_registry_value::<Option<Table>>(&key)? {
        return Ok(opened);
    }
    let table = (module.open)(lua)?;
    crate::lua::freeze(&table)?;
    lua.set_named_registry_value(&key, &table)?;
    Ok(table)
}

/// A module's table, or the number of a library's chunk.
fn resolve(
    program: &Program,
    modules: &Table,
    chunk: usize,
    asked: LuaValue,
) -> mlua::Result<(LuaValue, Option<usize>)> {
    let name = arguments::text("require", "name", &asked)?;
    let chunks = program.chunks();
    let chunk = chunks.get(chunk).ok_or_else(|| mlua::Error::runtime("no such text"))?;
    if let Some(id) = chunk.imports.get(&name) {
        let library = chunks.iter().position(|library| library.id == *id);
        return library
            .map(|library| (LuaValue::Nil, Some(library)))
            .ok_or_else(|| arguments::misuse("require", format!("`{id}` is not part of this program")));
    }
    let is_global = program.profile().globals.iter().any(|module| module.name == name);
    if is_global || chunk.modules.contains(&name) {
        // With the very string that was given: to make one takes a call more, for which Luau would double
        // the stack of the coroutine, for as long as the run lives.
        let module: LuaValue = modules.raw_get(asked)?;
        if module != LuaValue::Nil {
            return Ok((module, None));
        }
    }
    Err(unknown(program, chunk, &name))
}

fn unknown(program: &Program, chunk: &Chunk, name: &str) -> mlua::Error {
    let profile = program.profile();
    if let Some((_, reason, way_out)) = profile.refused.iter().find(|(refused, ..)| *refused == name) {
        return arguments::misuse(
            "require",
            format!("`{name}` cannot be used in a {}: {reason}; {way_out}", profile.name),
        );
    }
    if profile.modules.iter().any(|module| module.name == name) {
        return arguments::misuse("require", format!("`{name}` is not listed in `modules:` of `{}`", chunk.id));
    }
    let known = chunk.imports.keys().map(String::as_str).chain(chunk.modules.iter().map(String::as_str));
    let hint = closest(name, known).map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
    arguments::misuse("require", format!("`{name}` is neither in `modules:` nor in `imports:` of `{}`{hint}", chunk.id))
}
