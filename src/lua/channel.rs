//! `channel`: what the coroutines of one realm pass to each other. Written in Lua, on tickets.

use mlua::{Lua, Table};

use crate::lua::{Effect, Module, freeze, sandbox::ours, waiting_functions};

const CHANNEL: &str = include_str!("../../lua/prelude/channel.lua");
const KEPT: &str = "metonic.channel";

pub(crate) struct Channel;

impl Module for Channel {
    const NAME: &'static str = "channel";
    const EFFECT: Effect = Effect::Command;

    fn open(lua: &Lua) -> mlua::Result<Table> {
        let (library, internal): (Table, Table) = ours(lua, CHANNEL)?.call(waiting_functions(lua)?)?;
        freeze(&internal)?;
        lua.set_named_registry_value(KEPT, internal)?;
        Ok(library)
    }
}

/// `new() push(channel, value) push_latest(channel, value) close(channel) closed(channel) count(channel)
/// items(channel) remove(channel, place?)`: channels without limit, which no author can send to, for
/// library code; none of these waits. The profile's globals have to have [`Channel`].
pub(crate) fn channel_functions(lua: &Lua) -> mlua::Result<Table> {
    lua.named_registry_value(KEPT)
}
