//! What the prelude asks of the host.

use memchr::memmem;
use mlua::{Function, Lua, LuaString, MetaMethod, Table, Value, Variadic};

use crate::lua::{
    Ambient, ErrorObject, LimitPassed, LuaError, Meter, Profile, Raised, Tripped, arguments, error_object,
    is_memory_error, traceback, traceback_of,
};

/// How the engine words it when a limit of memory is reached.
const OUT_OF_MEMORY: &str = "not enough memory";

pub(super) fn functions(lua: &Lua, profile: &Profile) -> mlua::Result<Table> {
    let host = lua.create_table()?;
    host.raw_set("deterministic", profile.deterministic)?;
    host.raw_set("null", Value::NULL)?;
    for (name, function) in [
        ("caught", lua.create_function(caught)?),
        ("check", lua.create_function(|lua, ()| Meter::check(lua))?),
        (
            "note_memory",
            lua.create_function(|lua, ()| {
                Meter::trip(lua, Tripped::Memory);
                Ok(())
            })?,
        ),
        ("make_room", lua.create_function(|lua, bytes: usize| Meter::make_room(lua, bytes))?),
        ("raised", lua.create_function(raised)?),
        ("iteration", lua.create_function(iteration)?),
        ("kind", lua.create_function(|_, value: Variadic<Value>| Ok(kind(value.first())))?),
        ("find", lua.create_function(find)?),
        ("has_tostring", lua.create_function(has_tostring)?),
        ("number_of", lua.create_function(|lua, value: Value| Ambient::current(lua).number_of(lua, &value))?),
        ("print", lua.create_function(print)?),
        ("power", power(lua)?),
    ] {
        host.raw_set(name, function)?;
    }
    Ok(host)
}

/// `debug`, of which a traceback is all there is: only frames of the project's code.
pub(super) fn debug(lua: &Lua) -> mlua::Result<Table> {
    let debug = lua.create_table()?;
    debug.raw_set(
        "traceback",
        lua.create_function(|lua, message: Value| {
            let stack = traceback(lua)?;
            match message {
                Value::String(text) => lua.create_string([&*text.as_bytes(), b"\n", stack.as_bytes()].concat()),
                _ => lua.create_string(stack),
            }
        })?,
    )?;
    let library = lua.create_table()?;
    library.raw_set("debug", debug)?;
    Ok(library)
}

/// What other Luas have and nobody has in this one: whoever calls it is told what to do instead.
pub(super) fn refused(lua: &Lua, profile: &Profile) -> mlua::Result<Table> {
    let refused = lua.create_table()?;
    let reason = if profile.deterministic { "has no history and was not checked" } else { "was not checked" };
    for name in ["load", "loadstring", "loadfile", "dofile"] {
        let refuse = move |_: &Lua, _: Variadic<Value>| {
            let why = format!(
                "there is none: code that is made while it runs {reason}; write it into the entry, or into a \
                 library.lua that it imports"
            );
            Err::<(), _>(arguments::misuse(name, why))
        };
        refused.raw_set(name, lua.create_function(refuse)?)?;
    }
    Ok(refused)
}

/// Turns what `pcall` caught into what Lua code may see; raises anew what it may not catch. A
/// panic never gets here: mlua resumes it when it hands the value over.
fn caught(lua: &Lua, problem: Value) -> mlua::Result<Value> {
    // The library raises anew what it has caught.
    let problem = match problem.as_userdata().and_then(|data| data.borrow::<Raised>().ok()) {
        Some(raised) => raised.value.clone(),
        None => problem,
    };
    notice_memory(lua, &problem);
    Meter::check(lua)?;
    match problem {
        Value::Error(error) => seen(lua, &error),
        Value::String(text) if text.as_bytes().starts_with(b"[metonic]:") => {
            let text = text.as_bytes();
            let start = text.windows(2).position(|two| two == b": ").map_or(0, |at| at + 2);
            lua.create_string(&text[start..]).map(Value::String)
        }
        other => Ok(other),
    }
}

/// A host error as Lua code sees it: an error object, or a text with the place of the call.
fn seen(lua: &Lua, error: &mlua::Error) -> mlua::Result<Value> {
    if error.downcast_ref::<LimitPassed>().is_some() {
        return Err(error.clone());
    }
    if let Some(object) = error.downcast_ref::<ErrorObject>() {
        return error_object(lua, object.0.clone()).map(Value::UserData);
    }
    let text = LuaError::from_error(error).located();
    lua.create_string(text).map(Value::String)
}

/// What was raised, together with the stack it was raised on.
pub(super) fn raised(lua: &Lua, problem: Value) -> mlua::Result<Value> {
    if problem.as_userdata().is_some_and(mlua::AnyUserData::is::<Raised>) {
        return Ok(problem);
    }
    notice_memory(lua, &problem);
    let traceback = traceback_of(lua, &problem)?;
    lua.create_userdata(Raised { value: problem, traceback }).map(Value::UserData)
}

/// A caught lack of memory is a passed limit all the same.
fn notice_memory(lua: &Lua, problem: &Value) {
    match problem {
        Value::String(text) if text.as_bytes() == OUT_OF_MEMORY.as_bytes() => Meter::trip(lua, Tripped::Memory),
        Value::Error(error) if is_memory_error(error) => {
            Meter::trip_at(lua, Tripped::Memory, &LuaError::from_error(error));
        }
        _ => {}
    }
}

/// A table's own `__iter`, and whether it can be called: whatever its metatable shows outside.
fn iteration(_: &Lua, table: Table) -> mlua::Result<(Option<Function>, bool)> {
    let Some(metatable) = table.metatable() else {
        return Ok((None, false));
    };
    let iter = metatable.raw_get("__iter")?;
    Ok((iter, metatable.raw_get::<Value>("__call")? != Value::Nil))
}

/// Where `needle` stands in `text` for the first time from `from` on, counted from 1; in a time that
/// grows with the text alone.
fn find(_: &Lua, (text, needle, from): (LuaString, LuaString, usize)) -> mlua::Result<Option<usize>> {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let found = text.get(from.saturating_sub(1)..).and_then(|rest| memmem::find(rest, &needle));
    Ok(found.map(|at| at + from.max(1)))
}

fn has_tostring(_: &Lua, value: Value) -> mlua::Result<bool> {
    match value {
        Value::Table(table) => match table.metatable() {
            Some(metatable) => Ok(metatable.raw_get::<Value>("__tostring")? != Value::Nil),
            None => Ok(false),
        },
        Value::UserData(data) => data.metatable()?.contains(MetaMethod::ToString.name()),
        Value::Error(_) => Ok(true),
        _ => Ok(false),
    }
}

/// What a message calls an argument's type.
fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "no value",
        Some(Value::Integer(_)) => "number",
        Some(value) => value.type_name(),
    }
}

fn print(lua: &Lua, line: mlua::LuaString) -> mlua::Result<()> {
    Ambient::current(lua).print(lua, &line.to_string_lossy());
    Ok(())
}

/// `a ^ b`. The engine asks the machine's C library, whose last digit differs between processors;
/// where the engine multiplies instead, so do we.
fn power(lua: &Lua) -> mlua::Result<Function> {
    let native = super::ours(lua, "local a, b = ... return a ^ b")?;
    lua.create_function(move |lua, (base, exponent): (Value, Value)| {
        match (lua.coerce_number(base.clone())?, lua.coerce_number(exponent.clone())?) {
            (Some(base), Some(exponent)) => Ok(Value::Number(super::numbers::power(base, exponent))),
            _ => native.call((base, exponent)),
        }
    })
}
