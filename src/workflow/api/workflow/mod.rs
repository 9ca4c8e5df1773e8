//! `workflow`: what a run knows of itself and asks for. One file per subject.

mod attributes;
mod children;
mod external;
pub(in crate::workflow::api) mod handlers;
mod info;
pub(in crate::workflow::api) mod joins;
mod progress;
mod recorded;
mod renewal;
pub(in crate::workflow::api) mod scopes;
mod versions;

use mlua::{Lua, Table};

pub(crate) use children::ChildHandle;
pub(super) use renewal::upgrade;

use crate::lua::{Effect, Module};

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
        progress::install(lua, &workflow)?;
        Ok(workflow)
    }
}
