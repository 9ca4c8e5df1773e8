//! Work in the world on behalf of Lua code: what a coroutine waits for, and what goes on beside it.
//!
//! Once the call is asked to end, work is dropped: whoever waits for it is told so, and what went
//! on beside just stops.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use mlua::{IntoLuaMulti, Lua, MultiValue};
use tokio::sync::oneshot;

use crate::{
    function::{call::Call, context::canceled},
    lua::{Answer, Ticket, error_here, park},
    value::Failure,
};

/// Makes what the waiting coroutine gets.
type Reply = Box<dyn FnOnce(&Lua) -> mlua::Result<MultiValue>>;

/// What is to be done with a result that no coroutine waits for.
type Then = Box<dyn FnOnce(&Lua) -> mlua::Result<()>>;

/// Work that is done.
pub(super) enum Done {
    /// A coroutine waits for it.
    Awaited { ticket: Ticket, reply: Reply },
    /// Nobody waits.
    Beside { number: u32, then: Then },
    /// It was dropped.
    Dropped,
}

/// The work of one call.
#[derive(Default)]
pub(super) struct Work {
    /// Started, and not driven yet.
    started: RefCell<Vec<LocalBoxFuture<'static, Done>>>,
    awaited: RefCell<BTreeSet<Ticket>>,
    /// What goes on beside; it ends when its sender is dropped.
    beside: RefCell<BTreeMap<u32, oneshot::Sender<()>>>,
    last: Cell<u32>,
}

impl Work {
    pub(super) fn take_started(&self) -> Vec<LocalBoxFuture<'static, Done>> {
        self.started.take()
    }

    /// Whether work is going on for this wait.
    pub(super) fn is_awaited(&self, ticket: Ticket) -> bool {
        self.awaited.borrow().contains(&ticket)
    }

    pub(super) fn ends(&self, ticket: Ticket) {
        self.awaited.borrow_mut().remove(&ticket);
    }

    /// Drops what [`beside`] began; false if it is over.
    pub(super) fn drop_beside(&self, number: u32) -> bool {
        self.beside.borrow_mut().remove(&number).is_some()
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
    let call = Call::current(lua, name)?;
    let ticket = park(lua, name)?;
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
        Done::Awaited { ticket, reply }
    };
    call.work.awaited.borrow_mut().insert(ticket);
    call.work.started.borrow_mut().push(work.boxed_local());
    Ok(Answer::Value(true))
}

/// Starts work beside the coroutines, and does `then` with its result, unless it is dropped before
/// by the number that comes back.
pub(super) fn beside<T: 'static>(
    lua: &Lua,
    name: &str,
    work: impl Future<Output = T> + 'static,
    then: impl FnOnce(&Lua, T) -> mlua::Result<()> + 'static,
) -> mlua::Result<u32> {
    let call = Call::current(lua, name)?;
    let context = call.context.clone();
    let number = call.work.last.get().wrapping_add(1);
    call.work.last.set(number);
    let (tx, dropped) = oneshot::channel();
    call.work.beside.borrow_mut().insert(number, tx);
    let work = async move {
        // As above: all are dropped after this.
        tokio::select! {
            biased;
            result = work => Done::Beside { number, then: Box::new(move |lua: &Lua| then(lua, result)) },
            _ = dropped => Done::Dropped,
            _ = context.cancelled() => Done::Dropped,
        }
    };
    call.work.started.borrow_mut().push(work.boxed_local());
    Ok(number)
}
