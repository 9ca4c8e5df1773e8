//! How Lua code waits: a host function that has to wait starts its work and gives back a token,
//! which a wrapper in Lua yields; whoever drives the call resumes the coroutine with the answer.
//!
//! Tokens are userdata, so Lua code cannot make one up. The wrapped `coroutine.resume` and `wrap`
//! pass a token on to whoever resumed them, so waiting works inside the author's own coroutines.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use mlua::{Lua, MultiValue, UserData};

use crate::{
    function::{
        call::Call,
        context::canceled,
    },
    lua::error_object,
    value::Failure,
};

/// What a coroutine yields to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wait(u64);

impl UserData for Wait {}

/// Makes what a coroutine is resumed with.
pub(super) type Answer = Box<dyn FnOnce(&Lua) -> mlua::Result<MultiValue>>;

/// A wait that is over.
pub(super) struct Woken {
    pub(super) wait: Wait,
    pub(super) answer: Answer,
}

/// The waits of one call.
#[derive(Default)]
pub(super) struct Waits {
    last: Cell<u64>,
    started: RefCell<Vec<LocalBoxFuture<'static, Woken>>>,
    woken: RefCell<VecDeque<Woken>>,
}

impl Waits {
    fn next(&self) -> Wait {
        self.last.set(self.last.get() + 1);
        Wait(self.last.get())
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
) -> Wait {
    let call = Call::current(lua);
    let wait = call.waits.next();
    let context = call.context.clone();
    let work = async move {
        let result = tokio::select! {
            biased;
            result = work => result,
            reason = context.cancelled() => Err(canceled(reason)),
        };
        let answer: Answer = match result {
            Ok(value) => Box::new(move |lua: &Lua| answer(lua, value)),
            Err(failure) => Box::new(move |lua: &Lua| refusal(lua, failure)),
        };
        Woken { wait, answer }
    };
    call.waits.started.borrow_mut().push(work.boxed_local());
    wait
}

/// A wait that only [`wake`] ends.
pub(super) fn parked(lua: &Lua) -> Wait {
    Call::current(lua).waits.next()
}

/// Ends a wait that [`parked`] began.
pub(super) fn wake(lua: &Lua, wait: Wait, answer: Answer) {
    Call::current(lua).waits.push_woken(Woken { wait, answer });
}

/// `nil, err`.
pub(super) fn refusal(lua: &Lua, failure: Failure) -> mlua::Result<MultiValue> {
    let error = error_object(lua, failure)?;
    Ok(MultiValue::from_iter([mlua::Value::Nil, mlua::Value::UserData(error)]))
}
