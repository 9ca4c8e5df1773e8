//! Opens Lua states that give nothing away.
//!
//! A state's globals become a frozen library, put together from an allow-list: what of the engine's
//! own functions is safe and the same everywhere, and our replacements for the rest (`lua/prelude`,
//! `numbers`, `host`). User code runs in environment tables that fall back to it. Programs must be
//! loaded through [`load`]: it takes text only, and closes what no table of functions can close.

mod arithmetic;
mod host;
mod load;
mod numbers;
mod weakness;

use std::rc::Rc;

use metonic_doors::Ends;
use mlua::{ErrorContext as _, Function, Lua, LuaOptions, LuaString, StdLib, Table, Value};

use crate::lua::{Ambient, Effect, Meter, Profile, arguments, tasks};

pub(in crate::lua) use load::is_chunk;
pub(crate) use load::{compile, instantiate, ours};
pub(in crate::lua) use weakness::weak_keys;

/// What the engine offers and we pass on as it is: the same result everywhere, a cost that the
/// limits hold.
const KEPT: &[(&str, &[&str])] = &[
    ("", &["error", "getmetatable", "ipairs", "rawequal", "rawget", "rawlen", "rawset", "tonumber", "type", "typeof"]),
    ("string", &["len", "lower", "packsize", "reverse", "upper"]),
    ("table", &["clear", "clone", "freeze", "isfrozen", "maxn", "pack"]),
    (
        "math",
        &[
            "abs", "ceil", "clamp", "deg", "floor", "fmod", "frexp", "huge", "isfinite", "isinf", "isnan", "max",
            "min", "modf", "pi", "rad", "round", "sign", "sqrt",
        ],
    ),
    ("coroutine", &["isyieldable"]),
    ("utf8", &["charpattern", "codes"]),
];

/// What is written in Lua. Each file gets the engine's globals and the host's functions, and
/// returns what it adds to the library.
const PRELUDE: &[(&str, &str)] = &[
    ("catch", include_str!("../../../lua/prelude/catch.lua")),
    ("coroutine", include_str!("../../../lua/prelude/coroutine.lua")),
    ("integers", include_str!("../../../lua/prelude/integers.lua")),
    ("iterate", include_str!("../../../lua/prelude/iterate.lua")),
    ("tables", include_str!("../../../lua/prelude/tables.lua")),
    ("text", include_str!("../../../lua/prelude/text.lua")),
];

/// How the library's own chunks are called; tracebacks leave them out.
pub(crate) const LIBRARY_CHUNK: &str = "=[metonic]";

/// Where the state keeps a function of the host's.
fn key(name: &str) -> String {
    format!("metonic.{name}")
}

/// A state whose globals are the frozen library of `profile`: what user code sees through its own
/// environment table.
pub(crate) fn open(profile: &Profile) -> mlua::Result<Lua> {
    #[cfg(test)]
    crate::lua::testing::count(|counted| counted.states += 1);
    let lua = new_state()?;
    arithmetic::check(&lua)?;
    furnish(&lua, profile)?;
    Ok(lua)
}

/// The engine as it comes.
fn new_state() -> mlua::Result<Lua> {
    let libraries =
        StdLib::TABLE | StdLib::STRING | StdLib::MATH | StdLib::COROUTINE | StdLib::BIT | StdLib::UTF8 | StdLib::DEBUG;
    // The engine's own `pcall` lets yields through, mlua's panic-safe one does not; the prelude
    // sees to panics instead.
    let lua = Lua::new_with(libraries, LuaOptions::new().catch_rust_panics(true))?;
    weakness::reserve(&lua)?;
    Ends::new(&lua)?;
    Ok(lua)
}

/// Replaces the engine's globals by the library of `profile`.
fn furnish(lua: &Lua, profile: &Profile) -> mlua::Result<()> {
    enter_ambient(lua, profile);
    Meter::install(lua)?;

    let native = lua.globals();
    let library = kept(lua, &native)?;
    let host = host::functions(lua, profile)?;
    tasks::add_host_functions(lua, &host)?;
    native.set_safeenv(true);
    for (name, text) in PRELUDE {
        let added = ours(lua, text).and_then(|chunk| chunk.call::<Table>((&native, &host)));
        let added = added.map_err(|error| error.context(format!("prelude `{name}`")))?;
        merge(&library, &added)?;
    }
    merge(&library, &numbers::functions(lua)?)?;
    merge(&library, &host::debug(lua)?)?;
    merge(&library, &host::refused(lua, profile)?)?;
    tasks::keep_waiting_functions(lua, &host)?;
    for module in profile.globals.iter().chain(profile.modules) {
        if profile.deterministic && module.effect == Effect::World {
            return Err(mlua::Error::runtime(format!(
                "`{}` reaches the world; a {} cannot",
                module.name, profile.name
            )));
        }
    }
    for module in profile.globals {
        let opened = (module.open)(lua)?;
        match library.raw_get::<Value>(module.name)? {
            Value::Table(present) => merge(&present, &opened)?,
            _ => library.raw_set(module.name, opened)?,
        }
    }
    library.raw_set("_VERSION", "Luau")?;
    library.raw_set("require", lua.create_function(require_nothing)?)?;
    for name in ["iterate", "power", "protected", "xpcall", "on_error"] {
        lua.set_named_registry_value(&key(name), host.raw_get::<Function>(name)?)?;
    }

    lock_strings(lua, &library)?;
    freeze(&library)?;
    lua.set_globals(library)?;
    lua.set_named_registry_value(&key("fallback"), fallback(lua)?)
}

/// Gives the library what it takes from a run while there is none.
pub(in crate::lua) fn enter_ambient(lua: &Lua, profile: &Profile) {
    let ambient = if profile.deterministic { Ambient::new(0) } else { Ambient::by_chance() };
    Ambient::enter(lua, &Rc::new(ambient));
}

/// A new environment for code of this state: its own globals, which fall back to the library.
pub(crate) fn environment(lua: &Lua) -> mlua::Result<Table> {
    let environment = lua.create_table()?;
    environment.raw_set("_G", &environment)?;
    environment.set_metatable(Some(lua.named_registry_value(&key("fallback"))?))?;
    // Calls of the engine's own functions may take the fast way: what we replace is kept out of it
    // by the compiler's options.
    environment.set_safeenv(true);
    Ok(environment)
}

/// The metatable that tables made by [`environment`] have, and no others.
pub(crate) fn environment_mark(lua: &Lua) -> mlua::Result<Table> {
    lua.named_registry_value(&key("fallback"))
}

/// The metatable that all environments of a state share: nobody can see it or change it.
fn fallback(lua: &Lua) -> mlua::Result<Table> {
    let metatable = lua.create_table()?;
    metatable.raw_set("__index", lua.globals())?;
    metatable.raw_set("__metatable", false)?;
    metatable.set_readonly(true);
    Ok(metatable)
}

/// A function `(f, …)` that calls `f` and gives `true` and its results, or `false` and a
/// [`Raised`](crate::lua::Raised). A yield goes through it.
pub(crate) fn protected(lua: &Lua) -> mlua::Result<Function> {
    lua.named_registry_value(&key("protected"))
}

/// What a coroutine begins with that is to end as a call of [`protected`] does: a function
/// `(f, on_error, …)`, and what goes to it as `on_error`. What `f` raised may be bare: see
/// [`raised`].
pub(crate) fn caught_by_engine(lua: &Lua) -> mlua::Result<(Function, Function)> {
    Ok((lua.named_registry_value(&key("xpcall"))?, lua.named_registry_value(&key("on_error"))?))
}

/// What an engine's own call says was raised, as a [`Raised`](crate::lua::Raised).
pub(crate) fn raised(lua: &Lua, problem: Value) -> mlua::Result<Value> {
    host::raised(lua, problem)
}

/// Makes `table` and all tables in it read-only.
pub(crate) fn freeze(table: &Table) -> mlua::Result<()> {
    if table.is_readonly() {
        return Ok(());
    }
    table.set_readonly(true);
    table.for_each(|_: Value, value: Value| match value {
        Value::Table(inner) => freeze(&inner),
        _ => Ok(()),
    })
}

fn kept(lua: &Lua, native: &Table) -> mlua::Result<Table> {
    let library = lua.create_table()?;
    for (module, names) in KEPT {
        let (from, to) = if module.is_empty() {
            (native.clone(), library.clone())
        } else {
            let to = lua.create_table()?;
            library.raw_set(*module, &to)?;
            (native.raw_get(*module)?, to)
        };
        for name in *names {
            to.raw_set(*name, from.raw_get::<Value>(*name)?)?;
        }
    }
    Ok(library)
}

/// Puts what stands in `added` into `library`, table by table.
fn merge(library: &Table, added: &Table) -> mlua::Result<()> {
    added.for_each(|name: String, value: Value| match (library.raw_get::<Value>(name.as_str())?, &value) {
        (Value::Table(present), Value::Table(more)) => merge(&present, more),
        _ => library.raw_set(name, value),
    })
}

/// `("x"):format()` finds our functions, and nobody can change what it finds.
fn lock_strings(lua: &Lua, library: &Table) -> mlua::Result<()> {
    let metatable = lua.create_table()?;
    metatable.raw_set("__index", library.raw_get::<Table>("string")?)?;
    metatable.raw_set("__metatable", "the metatable of strings is locked")?;
    metatable.set_readonly(true);
    lua.set_type_metatable::<LuaString>(Some(metatable));
    Ok(())
}

/// What `require` does before a realm gives its own.
fn require_nothing(_: &Lua, name: Value) -> mlua::Result<Value> {
    let name = arguments::text("require", "name", &name)?;
    let problem = format!("`{name}` is neither in `modules:` nor in `imports:` of this entry");
    Err(arguments::misuse("require", problem))
}

#[cfg(test)]
mod tests;
