//! How Lua code waits for the host.
//!
//! A host function that has to wait returns a [`Pending`], and the wrapper that [`awaiting`] puts
//! around it yields that to whoever drives the coroutine, who resumes it with the answer. It is
//! userdata, so Lua code cannot make one up; `coroutine.resume` and `coroutine.wrap` pass it on
//! (`lua/prelude/wait.lua`), so Lua code never sees one either, and waiting works inside the
//! author's own coroutines.

use mlua::{Function, Lua, UserData, Value, chunk::ChunkMode};

use crate::lua::sandbox::LIBRARY_CHUNK;

/// What a coroutine yields to wait, by its driver's own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Pending(pub(crate) u64);

impl UserData for Pending {}

impl Pending {
    /// What a coroutine waits for that yielded `value`.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(*value.as_userdata()?.borrow::<Self>().ok()?)
    }
}

/// A function that calls `start`, waits for what it returns and gives the answer.
pub(crate) fn awaiting(lua: &Lua, start: Function) -> mlua::Result<Function> {
    lua.load("local yield, start = ... return function(...) return yield(start(...)) end")
        .set_name(LIBRARY_CHUNK)
        .set_mode(ChunkMode::Text)
        .call((lua.globals().get::<mlua::Table>("coroutine")?.get::<Function>("yield")?, start))
}
