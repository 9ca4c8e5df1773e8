//! What the coroutines of one call wait for: work in the world, which is dropped once the call is
//! asked to end, or one another.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use mlua::{Lua, MultiValue};

use crate::{
    function::{
        call::Call,
        context::canceled,
    },
    lua::{Pending, error_here},
    value::Failure,
};

/// Makes what a coroutine is resumed with.
pub(super) type Reply = Box<dyn FnOnce(&Lua) -> mlua::Result<MultiValue>>;

/// A wait that is over.
pub(super) struct Woken {
    pub(super) wait: Pending,
    pub(super) reply: Reply,
}

/// The waits of one call.
#[derive(Default)]
pub(super) struct Waits {
    last: Cell<u64>,
    started: RefCell<Vec<LocalBoxFuture<'static, Woken>>>,
    woken: RefCell<VecDeque<Woken>>,
}

impl Waits {
    fn next(&self) -> Pending {
        self.last.set(self.last.get() + 1);
        Pending(self.last.get())
    }

    /// The work that was started since the last time this was asked.
    pub(super) fn take_started(&self) -> Vec<LocalBoxFuture<'static, Woken>> {
        self.started.take()
    }

    /// A wait is over.
    pub(super) fn push_woken(&self, woken: Woken) {
        self.woken.borrow_mut().push_back(woken);
    }

    /// The next wait that is over.
    pub(super) fn next_woken(&self) -> Option<Woken> {
        self.woken.borrow_mut().pop_front()
    }
}

/// Starts work that a coroutine waits for. Its result becomes `value` by `answer`, or `nil, err`;
/// once the call is asked to end, the work is dropped and the result is a failure of kind Canceled.
pub(super) fn until<T: 'static>(
    lua: &Lua,
    work: impl Future<Output = Result<T, Failure>> + 'static,
    answer: impl FnOnce(&Lua, T) -> mlua::Result<MultiValue> + 'static,
) -> Pending {
    let call = Call::current(lua);
    let wait = call.waits.next();
    let context = call.context.clone();
    let work = async move {
        let result = tokio::select! {
            biased;
            result = work => result,
            reason = context.cancelled() => Err(canceled(reason)),
        };
        let reply: Reply = match result {
            Ok(value) => Box::new(move |lua: &Lua| answer(lua, value)),
            Err(failure) => Box::new(move |lua: &Lua| refusal(lua, failure)),
        };
        Woken { wait, reply }
    };
    call.waits.started.borrow_mut().push(work.boxed_local());
    wait
}

/// A wait that only [`wake`] ends.
pub(super) fn parked(lua: &Lua) -> Pending {
    Call::current(lua).waits.next()
}

/// Ends a wait that [`parked`] began.
pub(super) fn wake(lua: &Lua, wait: Pending, reply: Reply) {
    Call::current(lua).waits.push_woken(Woken { wait, reply });
}

/// `nil, err`.
pub(super) fn refusal(lua: &Lua, failure: Failure) -> mlua::Result<MultiValue> {
    let error = error_here(lua, failure)?;
    Ok(MultiValue::from_iter([mlua::Value::Nil, mlua::Value::UserData(error)]))
}
