//! `workflow`: what a run knows of itself and asks for. One file per subject.

mod attributes;
mod children;
mod external;
pub(in crate::workflow::api) mod handlers;
mod info;
pub(in crate::workflow::api) mod joins;
mod recorded;
mod renewal;
pub(in crate::workflow::api) mod scopes;
mod versions;

use mlua::{Lua, Table, Value as LuaValue};

pub(crate) use children::ChildHandle;
pub(super) use renewal::upgrade;

use crate::lua::{Effect, Module, arguments};

pub(crate) struct WorkflowModule;

impl Module for WorkflowModule {
    const NAME: &'static str = "workflow";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let workflow = lua.create_table()?;
        info::install(lua, &workflow)?;
        handlers::install(lua, &workflow)?;
        scopes::install(lua, &workflow)?;
        joins::install(lua, &workflow)?;
        children::install(lua, &workflow)?;
        external::install(lua, &workflow)?;
        renewal::install(lua, &workflow)?;
        versions::install(lua, &workflow)?;
        attributes::install(lua, &workflow)?;
        recorded::install(lua, &workflow)?;
        let metatable = lua.create_table()?;
        metatable.raw_set("__index", lua.create_function(refuse)?)?;
        metatable.raw_set("__metatable", false)?;
        metatable.set_readonly(true);
        workflow.set_metatable(Some(metatable))?;
        Ok(workflow)
    }
}

/// What one might look for here, and where it is.
fn refuse(_: &Lua, (_, key): (Table, LuaValue)) -> mlua::Result<()> {
    if key.as_string().is_some_and(|key| key.as_bytes() == b"progress") {
        let instead = "there is none; answer the query `progress` with `workflow.on_query`, keep a table in \
                       `workflow.state`, or show a text with `workflow.details`";
        return Err(arguments::misuse("workflow.progress", instead));
    }
    Ok(())
}
