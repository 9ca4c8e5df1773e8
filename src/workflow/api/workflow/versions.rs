//! Versions: how code changes under runs that go on.

use mlua::{Lua, Table, Value as LuaValue};

use crate::{
    lua::arguments,
    workflow::{
        halt::halt,
        state::{Halt, RunState},
        versions::{self, Ambiguous, Marked, Refused},
    },
};

pub(super) fn install(lua: &Lua, workflow: &Table) -> mlua::Result<()> {
    workflow.raw_set("patched", lua.create_function(patched)?)?;
    workflow.raw_set("deprecate_patch", lua.create_function(deprecate_patch)?)?;
    workflow.raw_set("version", lua.create_function(version)?)?;
    Ok(())
}

/// `workflow.patched(id)`
fn patched(lua: &Lua, id: LuaValue) -> mlua::Result<bool> {
    const NAME: &str = "workflow.patched";
    let id = id_of(NAME, &id)?;
    let state = RunState::current(lua, NAME)?;
    versions::patched(lua, &state, &id).map_err(|found| ambiguous(lua, &state, &found))
}

/// `workflow.deprecate_patch(id)`
fn deprecate_patch(lua: &Lua, id: LuaValue) -> mlua::Result<()> {
    const NAME: &str = "workflow.deprecate_patch";
    let id = id_of(NAME, &id)?;
    let state = RunState::current(lua, NAME)?;
    versions::deprecate(lua, &state, &id).map_err(|found| ambiguous(lua, &state, &found))
}

fn id_of(function: &str, id: &LuaValue) -> mlua::Result<String> {
    let id = arguments::text(function, "id", id)?;
    if id.is_empty() { Err(arguments::misuse(function, "`id` is empty")) } else { Ok(id) }
}

/// `workflow.version(id, min, max)`: the version that the run is on.
fn version(lua: &Lua, (id, low, high): (LuaValue, LuaValue, LuaValue)) -> mlua::Result<i64> {
    const NAME: &str = "workflow.version";
    let id = id_of(NAME, &id)?;
    let (low, high) = (whole(NAME, "min", &low)?, whole(NAME, "max", &high)?);
    if low > high {
        return Err(arguments::misuse(
            NAME,
            format!("`min` is {low} and cannot be greater than `max`, which is {high}"),
        ));
    }
    let state = RunState::current(lua, NAME)?;
    versions::version(lua, &state, &id, low, high).map_err(|refused| match refused {
        Refused::Unsupported(version) => {
            let message = format!(
                "[TMPRL1100] the run is on version {version} of `{id}`, and the code supports {low} to {high}; bring \
                 the code for version {version} back until no such run is left"
            );
            halt(lua, &state, message, Halt::Unsupported)
        }
        Refused::Ambiguous(found) => ambiguous(lua, &state, &found),
    })
}

fn ambiguous(lua: &Lua, state: &RunState, Ambiguous { marked, change }: &Ambiguous) -> mlua::Error {
    let marked = match marked {
        Marked::Patch(id) => format!("the patch `{id}`"),
        Marked::Version(version, other) => format!("version {version} of `{other}`"),
    };
    let message = format!(
        "{marked} has the name that a version of `{change}` is recorded under, and the run asks for both: a \
         replay could not tell them apart; give the newer of the two another name"
    );
    halt(lua, state, message, Halt::Broken)
}

fn whole(function: &str, argument: &str, value: &LuaValue) -> mlua::Result<i64> {
    let number = arguments::number(function, argument, value)?;
    #[expect(clippy::cast_possible_truncation, reason = "compared with what it came from")]
    let rounded = number as i32;
    if (f64::from(rounded) - number).abs() < f64::EPSILON {
        return Ok(i64::from(rounded));
    }
    Err(arguments::misuse(function, format!("`{argument}` must be a whole number, got {number}")))
}
