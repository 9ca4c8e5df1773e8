//! Work in the world that a coroutine waits for. It is dropped once the call is asked to end, and
//! whoever waited is told so.

use std::cell::RefCell;

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use mlua::{IntoLuaMulti, Lua, MultiValue};

use crate::{
    function::{call::Call, context::canceled},
    lua::{Answer, Ticket, error_here, park},
    value::Failure,
};

/// Makes what the waiting coroutine gets.
type Reply = Box<dyn FnOnce(&Lua) -> mlua::Result<MultiValue>>;

/// Work that is done, and who waits for it.
pub(super) struct Done {
    pub(super) ticket: Ticket,
    pub(super) reply: Reply,
}

/// Work that was started and that nobody drives yet.
#[derive(Default)]
pub(super) struct Started(RefCell<Vec<LocalBoxFuture<'static, Done>>>);

impl Started {
    pub(super) fn take(&self) -> Vec<LocalBoxFuture<'static, Done>> {
        self.0.take()
    }
}

/// Starts work that the running coroutine waits for, on behalf of the Lua function `name`. The
/// result becomes what `reply` makes of it, or `nil, err`; once the call is asked to end it is a
/// failure of kind Canceled.
pub(super) fn until<T, R>(
    lua: &Lua,
    name: &str,
    work: impl Future<Output = Result<T, Failure>> + 'static,
    reply: impl FnOnce(&Lua, T) -> mlua::Result<R> + 'static,
) -> mlua::Result<Answer<bool>>
where
    T: 'static,
    R: IntoLuaMulti,
{
    let ticket = park(lua, name)?;
    let call = Call::current(lua, name)?;
    let context = call.context.clone();
    let work = async move {
        // Both are dropped after this, so it does not matter which of them was cancelled.
        let result = tokio::select! {
            biased;
            result = work => result,
            reason = context.cancelled() => Err(canceled(reason)),
        };
        let reply: Reply = match result {
            Ok(value) => Box::new(move |lua: &Lua| reply(lua, value)?.into_lua_multi(lua)),
            Err(failure) => {
                Box::new(move |lua: &Lua| (mlua::Value::Nil, error_here(lua, failure)?).into_lua_multi(lua))
            }
        };
        Done { ticket, reply }
    };
    call.started.0.borrow_mut().push(work.boxed_local());
    Ok(Answer::Value(true))
}
