//! Drives one call: resumes its coroutines until each one waits, waits with them, and begins again.
//!
//! Between two waits a call's code runs in one piece, a *slice*, under the budget of its profile.
//! No other call of the lane runs meanwhile, and none is held up while this one waits.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use mlua::{Lua, MultiValue, Value as LuaValue};

use crate::{
    function::{call::Call, context::canceled, held::Held, task::CancelReason, wait::Done},
    lua::{Frame, LuaError, Meter, Realm, Step, TaskId, Tasks, Tripped, Vm, error_object, stopped_by_nobody, to_lua},
    value::Value,
};

/// How a call's code came to its end.
pub(super) enum Ended {
    Returned(MultiValue),
    /// An error nobody caught.
    Raised(LuaError),
    /// A limit was passed, and where, if the code was stopped by it.
    Tripped(Tripped, Vec<Frame>),
    /// It holds so many bytes while it waits, more than it may, and where it waits.
    Laden(usize, Vec<Frame>),
    /// Every coroutine waits for another.
    Blocked,
    OutOfGrace(CancelReason),
    OutOfTime(Duration),
    /// metonic's own fault.
    Broken(String),
}

struct Driver<'a> {
    vm: &'a Vm,
    call: &'a Rc<Call>,
    tasks: Rc<Tasks>,
    held: Held,
    main: Option<TaskId>,
    done: Option<Done>,
    /// Whether the waits for other coroutines were ended since one ran.
    waits_ended: bool,
    work: FuturesUnordered<LocalBoxFuture<'static, Done>>,
}

/// Runs a call to its end.
pub(super) async fn drive(vm: &Vm, call: &Rc<Call>, arguments: &[Value], limit: Option<Duration>) -> Ended {
    let mut driver = Driver {
        vm,
        call,
        tasks: Rc::new(Tasks::default()),
        held: Held::new(vm),
        main: None,
        done: None,
        waits_ended: false,
        work: FuturesUnordered::new(),
    };
    if let Some(ended) = driver.slice(|driver| driver.start(arguments)) {
        return ended;
    }
    let mut cancelled = pin!(call.context.cancelled().fuse());
    let mut out_of_grace = pin!(call.context.out_of_grace(call.world.grace));
    let mut out_of_time = pin!(async {
        match limit {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    });
    loop {
        // Others wait for the lane, also while this call finds its work done each time.
        tokio::task::yield_now().await;
        // All branches are cancel-safe: three of them are pinned outside, and a stream keeps its items.
        let ended = tokio::select! {
            biased;
            reason = &mut out_of_grace => return Ended::OutOfGrace(reason),
            () = &mut out_of_time => return Ended::OutOfTime(limit.unwrap_or_default()),
            reason = &mut cancelled => driver.slice(|driver| driver.call.tell(driver.vm.lua(), reason).map(drop)),
            done = driver.work.next() => match done {
                Some(done) => {
                    driver.done = Some(done);
                    driver.slice(Driver::answer)
                }
                None => return Ended::Blocked,
            },
        };
        if let Some(ended) = ended {
            return ended;
        }
    }
}

impl Driver<'_> {
    /// Does `first` and runs until every coroutine waits; gives the end, if that is reached.
    fn slice(&mut self, first: impl FnOnce(&mut Self) -> mlua::Result<()>) -> Option<Ended> {
        let vm = self.vm;
        let lua = vm.lua();
        self.held.begin(vm);
        self.call.enter(lua);
        Tasks::enter(lua, &self.tasks);
        let ran = catch_unwind(AssertUnwindSafe(|| {
            Meter::begin(lua, &vm.program().profile().limits)?;
            let ended = first(self).and_then(|()| self.run_ready());
            Ok::<_, mlua::Error>((ended, Meter::end(lua)))
        }));
        Held::rest(vm);
        let ended = match ran {
            Ok(Ok((_, Some(tripped)))) => Some(Ended::Tripped(tripped, Meter::stack(lua))),
            Ok(Ok((Ok(ended), None))) => ended,
            Ok(Ok((Err(error), None)) | Err(error)) => Some(Ended::Broken(error.to_string())),
            Err(panic) => {
                let _ = Meter::end(lua);
                Some(Ended::Broken(panic_message(&*panic)))
            }
        };
        let ended = ended.or_else(|| {
            let held = self.held.excess(vm)?;
            let stacks = self.tasks.stacks(lua).unwrap_or_default();
            Some(Ended::Laden(held, stacks.into_iter().next().map(|(_, frames)| frames).unwrap_or_default()))
        });
        Tasks::leave(lua);
        Call::leave(lua);
        self.work.extend(self.call.work.take_started());
        ended
    }

    fn start(&mut self, arguments: &[Value]) -> mlua::Result<()> {
        let lua = self.vm.lua();
        let arguments = arguments.iter().map(|value| to_lua(lua, value)).collect::<mlua::Result<_>>()?;
        self.main = Some(Realm::open(self.vm)?.start(self.vm, &self.tasks, arguments)?);
        Ok(())
    }

    /// Hands over the result of the work that is done.
    fn answer(&mut self) -> mlua::Result<()> {
        let lua = self.vm.lua();
        match self.done.take() {
            Some(Done::Awaited { ticket, reply }) => {
                self.call.work.ends(ticket);
                self.tasks.wake(ticket, reply(lua)?);
                Ok(())
            }
            // What was dropped meanwhile is not done any more.
            Some(Done::Beside { number, then }) if self.call.work.drop_beside(number) => then(lua),
            Some(Done::Beside { .. } | Done::Dropped) | None => Ok(()),
        }
    }

    fn run_ready(&mut self) -> mlua::Result<Option<Ended>> {
        let lua: &Lua = self.vm.lua();
        loop {
            while let Some((task, step)) = self.tasks.step(lua)? {
                self.waits_ended = false;
                match step {
                    Step::Returned(values) if Some(task) == self.main => return Ok(Some(Ended::Returned(values))),
                    Step::Waits | Step::Returned(_) => {}
                    Step::Raised(error) => return Ok(Some(Ended::Raised(error))),
                    Step::Stopped => return Err(stopped_by_nobody()),
                }
            }
            // At rest: every coroutine waits for work or for another one.
            match self.call.context.reason() {
                // Who listens for the request hears of it, before other waits end because of it.
                Some(reason) if !self.waits_ended => {
                    if !self.call.tell(lua, reason)? {
                        self.end_waits(reason)?;
                    }
                }
                _ => return Ok(None),
            }
        }
    }

    /// Ends the waits that no work will end: those for other coroutines.
    fn end_waits(&mut self, reason: CancelReason) -> mlua::Result<()> {
        self.waits_ended = true;
        let lua = self.vm.lua();
        let problem = LuaValue::UserData(error_object(lua, canceled(reason))?);
        self.tasks.stop_waits(lua, &problem, |_, ticket| !self.call.work.is_awaited(ticket))?;
        Ok(())
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}
