//! Fails the task from within a call of workflow code, whoever catches what the call raises: the run must
//! not go on from there, since its history would say so for ever.

use mlua::Lua;

use crate::{
    lua::LuaError,
    workflow::state::{Halt, RunState},
};

/// What the call raises. The task fails with `message`, said at the line of the call.
pub(super) fn halt(lua: &Lua, state: &RunState, message: String, why: fn(LuaError) -> Halt) -> mlua::Error {
    match LuaError::here(lua, message.clone()) {
        Ok(error) => {
            *state.halt.borrow_mut() = Some(Box::new(why(error)));
            mlua::Error::runtime(message)
        }
        Err(error) => error,
    }
}
