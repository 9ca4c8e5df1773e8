//! Drives one call: resumes its coroutines until each one waits, waits with them, and begins again.
//!
//! Between two waits a call's code runs in one piece, a *slice*, under the budget of its profile.
//! No other call of the lane runs meanwhile, and none is held up while this one waits.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures_util::{
    StreamExt as _,
    future::LocalBoxFuture,
    stream::FuturesUnordered,
};
use mlua::{Function, Lua, MultiValue, Thread, ThreadStatus, Value as LuaValue};

use crate::{
    function::{
        call::Call,
        task::CancelReason,
        wait::{Wait, Woken},
    },
    lua::{Limits, Meter, Tripped, to_lua},
    value::Value,
};

/// How a call's code came to its end.
pub(super) enum Ended {
    Returned(MultiValue),
    /// An error nobody caught, and the Lua lines it came from.
    Raised { error: LuaValue, stack: String },
    Tripped(Tripped),
    /// Every coroutine waits for another.
    Blocked,
    /// A coroutine that nobody resumes has yielded.
    StrayYield,
    OutOfGrace(CancelReason),
    OutOfTime(Duration),
    /// metonic's own fault.
    Broken(String),
}

/// A function that is ready to be called, and the engine's own tools to do it.
pub(super) struct Callee {
    pub(super) lua: Lua,
    pub(super) main: Function,
    /// The engine's `coroutine.resume`: it gives an error as the value it is.
    pub(super) resume: Function,
    /// The engine's `debug.traceback`: of a coroutine, after its end too.
    pub(super) traceback: Function,
    pub(super) limits: Limits,
}

struct Coroutine {
    thread: Thread,
    is_main: bool,
}

struct Driver<'a> {
    callee: &'a Callee,
    call: &'a Rc<Call>,
    ready: VecDeque<(Coroutine, MultiValue)>,
    waiting: HashMap<Wait, Coroutine>,
    work: FuturesUnordered<LocalBoxFuture<'static, Woken>>,
}

/// Runs a call to its end.
pub(super) async fn drive(callee: &Callee, call: &Rc<Call>, arguments: &[Value], limit: Option<Duration>) -> Ended {
    let mut driver = match Driver::new(callee, call, arguments) {
        Ok(driver) => driver,
        Err(error) => return Ended::Broken(error.to_string()),
    };
    let mut out_of_grace = pin!(call.context.out_of_grace(call.world.grace));
    let mut out_of_time = pin!(async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    });
    loop {
        if let Some(ended) = driver.slice() {
            return ended;
        }
        // Others are waiting for the lane, also while this call finds its work done each time.
        tokio::task::yield_now().await;
        // All branches are cancel-safe: two of them are pinned outside, and a stream keeps its items.
        tokio::select! {
            biased;
            reason = &mut out_of_grace => return Ended::OutOfGrace(reason),
            () = &mut out_of_time => return Ended::OutOfTime(limit.unwrap_or_default()),
            Some(woken) = driver.work.next() => call.waits.push_woken(woken),
        }
    }
}

impl<'a> Driver<'a> {
    fn new(callee: &'a Callee, call: &'a Rc<Call>, arguments: &[Value]) -> mlua::Result<Self> {
        let lua = &callee.lua;
        let main = Coroutine { thread: lua.create_thread(callee.main.clone())?, is_main: true };
        let arguments: MultiValue = arguments.iter().map(|value| to_lua(lua, value)).collect::<mlua::Result<_>>()?;
        Ok(Self {
            callee,
            call,
            ready: VecDeque::from([(main, arguments)]),
            waiting: HashMap::new(),
            work: FuturesUnordered::new(),
        })
    }

    /// Runs until every coroutine waits; gives the end, if that is reached.
    fn slice(&mut self) -> Option<Ended> {
        let lua = &self.callee.lua;
        self.call.enter(lua);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            Meter::begin(lua, &self.callee.limits)?;
            let ended = self.run_ready();
            Ok::<_, mlua::Error>((ended, Meter::end(lua)))
        }));
        match ran {
            Ok(Ok((_, Some(tripped)))) => Some(Ended::Tripped(tripped)),
            Ok(Ok((Ok(Some(ended)), None))) => Some(ended),
            Ok(Ok((Ok(None), None))) => {
                self.work.extend(self.call.waits.take_started());
                self.work.is_empty().then_some(Ended::Blocked)
            }
            Ok(Ok((Err(error), None)) | Err(error)) => Some(Ended::Broken(error.to_string())),
            Err(panic) => {
                let _ = Meter::end(lua);
                Some(Ended::Broken(panic_message(&*panic)))
            }
        }
    }

    fn run_ready(&mut self) -> mlua::Result<Option<Ended>> {
        loop {
            while let Some(woken) = self.call.waits.next_woken() {
                self.wake(woken)?;
            }
            for thread in self.call.spawned.take() {
                self.ready.push_back((Coroutine { thread, is_main: false }, MultiValue::new()));
            }
            let Some((coroutine, arguments)) = self.ready.pop_front() else { return Ok(None) };
            if let Some(ended) = self.resume(coroutine, arguments)? {
                return Ok(Some(ended));
            }
        }
    }

    fn resume(&mut self, coroutine: Coroutine, mut arguments: MultiValue) -> mlua::Result<Option<Ended>> {
        arguments.push_front(LuaValue::Thread(coroutine.thread.clone()));
        let mut results: MultiValue = self.callee.resume.call(arguments)?;
        let succeeded = results.pop_front() == Some(LuaValue::Boolean(true));
        if !succeeded {
            let error = results.pop_front().unwrap_or(LuaValue::Nil);
            let stack = self.callee.traceback.call::<String>(coroutine.thread)?;
            return Ok(Some(Ended::Raised { error, stack }));
        }
        if coroutine.thread.status() == ThreadStatus::Finished {
            return Ok(coroutine.is_main.then_some(Ended::Returned(results)));
        }
        let wait = results.front().and_then(LuaValue::as_userdata).and_then(|token| Some(*token.borrow::<Wait>().ok()?));
        Ok(match wait {
            Some(wait) => {
                self.waiting.insert(wait, coroutine);
                None
            }
            None => Some(Ended::StrayYield),
        })
    }

    /// Makes ready the coroutine whose wait is over.
    fn wake(&mut self, woken: Woken) -> mlua::Result<()> {
        if let Some(coroutine) = self.waiting.remove(&woken.wait) {
            self.ready.push_back((coroutine, (woken.answer)(&self.callee.lua)?));
        }
        Ok(())
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
