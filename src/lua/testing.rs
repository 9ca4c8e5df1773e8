//! Shared by the tests of this module: profiles, and Lua code run as a realm would run it.

use std::{cell::Cell, collections::BTreeSet, time::Duration};

use mlua::{FromLuaMulti, Function, Lua, Table};

use crate::lua::{
    Effect, Limits, LuaError, Module, ModuleDef, PURE, PURE_GLOBALS, Profile, protected,
    sandbox::{compile, environment, instantiate, open},
    time,
};

/// All modules of this part, so that a test need not `require` them.
static EVERYTHING: [ModuleDef; PURE.len() + PURE_GLOBALS.len() + 1] = {
    let mut all = [ModuleDef::of::<Clockless>(); PURE.len() + PURE_GLOBALS.len() + 1];
    let mut at = 0;
    while at + 1 < all.len() {
        all[at] = if at < PURE.len() { PURE[at] } else { PURE_GLOBALS[at - PURE.len()] };
        at += 1;
    }
    all
};

/// `time` without the clock and the waits that each profile adds.
struct Clockless;

impl Module for Clockless {
    const NAME: &'static str = "time";
    const EFFECT: Effect = Effect::Pure;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        time::table(lua)
    }
}

pub(crate) const LIMITS: Limits =
    Limits { instructions: 1_000_000_000, wall: Duration::from_secs(20), memory: 64 * 1024 * 1024 };

pub(crate) const DETERMINISTIC: Profile = Profile {
    name: "workflow",
    modules: PURE,
    globals: &EVERYTHING,
    refused: &[],
    deterministic: true,
    limits: LIMITS,
};

pub(crate) const FREE: Profile = Profile {
    name: "function",
    modules: PURE,
    globals: &EVERYTHING,
    refused: &[],
    deterministic: false,
    limits: LIMITS,
};

/// What this thread has done so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counted {
    /// States that were opened.
    pub(crate) states: usize,
    /// Texts of authors that were compiled.
    pub(crate) texts: usize,
    /// How often the names of a text were looked up, to find likely mistakes.
    pub(crate) looks: usize,
}

thread_local! {
    static COUNTED: Cell<Counted> = Cell::default();
}

pub(crate) fn counted() -> Counted {
    COUNTED.get()
}

pub(crate) fn count(one: impl FnOnce(&mut Counted)) {
    let mut counted = COUNTED.get();
    one(&mut counted);
    COUNTED.set(counted);
}

/// A state for deterministic code; all pure modules are globals.
pub(crate) fn lua() -> Lua {
    open(&DETERMINISTIC).unwrap()
}

/// Compiles and instantiates at once.
pub(crate) fn load(lua: &Lua, name: &str, text: &str, environment: Table) -> mlua::Result<Function> {
    instantiate(lua, name, &compile(text)?, environment)
}

/// Runs `code` as the chunk `app:main` in an environment of its own.
pub(crate) fn run<R: FromLuaMulti>(lua: &Lua, code: &str) -> Result<R, LuaError> {
    let environment = environment(lua).unwrap();
    let function = load(lua, "app:main", code, environment).map_err(|error| LuaError::from_error(&error))?;
    let mut results: mlua::MultiValue =
        protected(lua).unwrap().call(function).map_err(|error| LuaError::from_error(&error))?;
    match results.pop_front() {
        Some(mlua::Value::Boolean(true)) => Ok(R::from_lua_multi(results, lua).unwrap()),
        _ => Err(LuaError::from_value(&results[0])),
    }
}

/// What `code` gives, as text.
pub(crate) fn text(code: &str) -> String {
    let lua = lua();
    match run::<String>(&lua, &format!("return tostring((function() {code}\nend)())")) {
        Ok(text) => text,
        Err(error) => panic!("{code}: {}", error.located()),
    }
}

/// The error that `code` raises.
pub(crate) fn error(code: &str) -> LuaError {
    match run::<mlua::MultiValue>(&lua(), code) {
        Ok(values) => panic!("{code} gives {values:?}"),
        Err(error) => error,
    }
}

/// Where a module and its stub in `lua/types` differ: each function and constant stands in both,
/// and each function has its line `---@quickref`.
pub(crate) fn stub_problems(lua: &Lua, module: &ModuleDef, stub: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut stubbed = BTreeSet::new();
    let mut has_quickref = false;
    for line in stub.lines() {
        has_quickref |= line.starts_with("---@quickref ");
        let function = line.strip_prefix("function ").and_then(|rest| rest.split_once('('));
        let name = function.or_else(|| line.split_once(" = ")).map(|(name, _)| name);
        if let Some(name) = name.filter(|name| !name.contains(' ')) {
            if function.is_some() && !std::mem::take(&mut has_quickref) {
                problems.push(format!("`{name}` has no `---@quickref` line"));
            }
            stubbed.extend(name.strip_prefix(module.name).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned));
        }
    }
    let table = (module.open)(lua).unwrap();
    let mut present = BTreeSet::new();
    table
        .for_each(|name: String, value: mlua::Value| {
            if let mlua::Value::Table(inner) = value {
                inner.for_each(|of_inner: String, value: mlua::Value| {
                    present.extend(value.is_function().then(|| format!("{name}.{of_inner}")));
                    Ok(())
                })?;
            }
            present.insert(name);
            Ok(())
        })
        .unwrap();
    problems.extend(present.difference(&stubbed).map(|name| format!("`{}.{name}` has no stub", module.name)));
    problems.extend(stubbed.difference(&present).map(|name| format!("`{}.{name}` is only a stub", module.name)));
    problems
}
