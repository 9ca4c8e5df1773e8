//! Instructions, wall clock and bytes that one activation or call may use.
//!
//! The engine asks at every loop turn, call and pattern step whether to go on. Once a limit is
//! passed the answer is no until the run is out: no `pcall` outlives it, since whatever it goes on
//! with asks again. What Lua returns after that is worth nothing, and the run has to be dropped.
//!
//! Of memory, garbage does not count: the engine's collector falls behind where single values are large,
//! so all is collected before it is said that too much is held. Code cannot see that.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use metonic_doors::{self as doors, count_interrupts, left_to_pass, let_pass};
use mlua::{Lua, VmState};

use crate::lua::{Frame, LuaError, error::frames_of, traceback};

/// What one activation or call may use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    /// Interrupt counts: loop turns, calls and pattern steps.
    pub(crate) instructions: u64,
    pub(crate) wall: Duration,
    /// Bytes that may be added, and held. With garbage it is more for a while, and twice and a half at most.
    pub(crate) memory: usize,
}

/// Which limit was passed. The run's result is worth nothing then, whatever Lua returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tripped {
    Instructions,
    Wall,
    Memory,
}

/// A passed limit, as the error that ends the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", match .0 {
    Tripped::Instructions => "the limit of instructions was passed",
    Tripped::Wall => "the limit of time was passed",
    Tripped::Memory => "the limit of memory was passed",
})]
pub(crate) struct LimitPassed(pub(crate) Tripped);

/// Interrupts between two looks at the clock while Lua runs evenly. A single call of the library
/// can take milliseconds, so the count shrinks to one as soon as looks lie further apart.
const LONGEST_STRIDE: u32 = 64;
/// What is larger is looked at before much more is made of it.
const LARGE: usize = 1024 * 1024;
const EVEN: Duration = Duration::from_micros(50);

/// So many bytes more for telling what took the rest.
const RESERVE: usize = 1024 * 1024;

/// Watches one Lua state.
pub(crate) struct Meter(Rc<Watch>);

/// What the interrupt looks at.
struct Watch {
    /// Interrupts between the last look at the clock and the next.
    stride: Cell<u32>,
    running: Cell<Option<Running>>,
    tripped: Cell<Option<Tripped>>,
    /// What ran when a limit was passed: by the time the run is out, its stack is gone.
    stack: RefCell<String>,
}

#[derive(Clone, Copy)]
struct Running {
    instructions: u64,
    deadline: Instant,
    looked: Instant,
    /// So much of the host's own work does not count any more.
    uncounted: Duration,
    memory: Memory,
}

/// What may be used, in bytes of the whole state.
#[derive(Clone, Copy)]
struct Memory {
    /// What was used when it began.
    begun: usize,
    /// What may be left after a collection.
    most: usize,
    /// What may be used before the next collection. After one there is room for a share of the limit, so
    /// that what holds nearly all it may does not collect for each value.
    collect_at: usize,
    /// The engine's own limit: beyond `collect_at`, one call of the library finds room for all it may have.
    limit: usize,
}

impl Memory {
    fn begin(used: usize, more: usize) -> Self {
        let most = used.saturating_add(more).max(1);
        let limit = most.saturating_add(more / 2).saturating_add(more);
        Self { begun: used, most, collect_at: most, limit }
    }

    /// What is left after a collection; false: it is more than may be.
    fn collected(&mut self, used: usize) -> bool {
        self.collect_at = used.saturating_add((self.most - self.begun) / 2).max(self.most);
        used <= self.most
    }

    fn grow(&mut self, bytes: usize) {
        for bound in [&mut self.begun, &mut self.most, &mut self.collect_at, &mut self.limit] {
            *bound = bound.saturating_add(bytes);
        }
    }

    /// So many interrupts may pass without a look at what is used: few where much is held, since each of them
    /// may make a copy of it.
    fn each(&self, used: usize) -> u32 {
        let copies = self.limit.saturating_sub(used) / used.saturating_sub(self.begun).max(1);
        u32::try_from(copies / 2).unwrap_or(u32::MAX).clamp(1, LONGEST_STRIDE)
    }
}

impl Meter {
    /// Sets the interrupt; once per state.
    pub(crate) fn install(lua: &Lua) -> mlua::Result<()> {
        let watch = Rc::new(Watch {
            stride: Cell::new(LONGEST_STRIDE),
            running: Cell::new(None),
            tripped: Cell::new(None),
            stack: RefCell::default(),
        });
        lua.set_app_data(Self(watch.clone()));
        next_look_in(LONGEST_STRIDE, NOT_LOOKED_AT);
        count_interrupts(lua, move |lua| watch.look_from(lua))
    }

    /// Begins to count; `limits` hold until [`Meter::end`].
    pub(crate) fn begin(lua: &Lua, limits: &Limits) -> mlua::Result<()> {
        let watch = Self::watch(lua);
        let now = now();
        let memory = Memory::begin(lua.used_memory(), limits.memory);
        watch.running.set(Some(Running {
            instructions: limits.instructions,
            deadline: now.checked_add(limits.wall).unwrap_or(now),
            looked: now,
            uncounted: limits.wall,
            memory,
        }));
        watch.tripped.set(None);
        watch.stack.borrow_mut().clear();
        watch.look_next();
        lua.set_memory_limit(memory.limit)?;
        Ok(())
    }

    /// Lets the host work for itself: the limits grow by what it takes meanwhile, in memory and in time. Of
    /// time as much is free as the limit itself, and what is beyond counts: code that asks for such work
    /// again and again has an end.
    pub(crate) fn uncounted<R>(lua: &Lua, work: impl FnOnce() -> mlua::Result<R>) -> mlua::Result<R> {
        let watch = Self::watch(lua);
        let Some(mut running) = watch.running.take() else { return work() };
        let (begun, used) = (now(), lua.used_memory());
        lua.set_memory_limit(0)?;
        let done = work();
        running.was_away(now().duration_since(begun));
        running.memory.grow(lua.used_memory().saturating_sub(used));
        watch.running.set(Some(running));
        lua.set_memory_limit(running.memory.limit)?;
        done
    }

    /// Collects garbage if so many bytes more may not fit beside it: to be called before a single call that
    /// takes much. Raises if too much is held.
    pub(crate) fn make_room(lua: &Lua, bytes: usize) -> mlua::Result<()> {
        let watch = Self::watch(lua);
        let Some(mut running) = watch.running.get() else { return Ok(()) };
        let fits = running.fits(lua, bytes)?;
        if bytes >= LARGE {
            running.passed(watch.stride.get());
            watch.look_next();
        }
        watch.running.set(Some(running));
        if !fits {
            watch.trip(Tripped::Memory);
            watch.keep_stack(lua);
        }
        Self::check(lua)
    }

    /// Stops counting and tells which limit was passed, if one was.
    pub(crate) fn end(lua: &Lua) -> Option<Tripped> {
        let watch = Self::watch(lua);
        watch.running.set(None);
        next_look_in(LONGEST_STRIDE, NOT_LOOKED_AT);
        let tripped = watch.tripped.take();
        lua.set_memory_limit(0).expect("the allocator of a state that mlua made knows limits");
        if tripped.is_some() {
            // What the run held is garbage now, and the next run's limit starts from what is used.
            let _ = lua.gc_collect();
        }
        tripped
    }

    /// What ran when a limit was passed, since the last [`Meter::begin`].
    pub(crate) fn stack(lua: &Lua) -> Vec<Frame> {
        frames_of(&Self::watch(lua).stack.borrow())
    }

    /// Counts work of the host's own as so many instructions, and raises if a limit was passed. To be
    /// called every few milliseconds of such work.
    pub(crate) fn spend(lua: &Lua, instructions: u64) -> mlua::Result<()> {
        let watch = Self::watch(lua);
        if let Some(running) = watch.running.get() {
            let instructions = running.instructions.saturating_sub(instructions);
            watch.running.set(Some(Running { instructions, ..running }));
        }
        watch.look_from(lua).map(drop)
    }

    /// Raises if a limit was passed.
    pub(crate) fn check(lua: &Lua) -> mlua::Result<()> {
        match Self::watch(lua).tripped.get() {
            Some(tripped) => Err(mlua::Error::external(LimitPassed(tripped))),
            None => Ok(()),
        }
    }

    /// Notes that a limit was passed which something else has seen, and what ran then.
    pub(crate) fn trip(lua: &Lua, tripped: Tripped) {
        let watch = Self::watch(lua);
        watch.trip(tripped);
        watch.keep_stack(lua);
    }

    /// The same, of an error that knows where it arose.
    pub(crate) fn trip_at(lua: &Lua, tripped: Tripped, error: &LuaError) {
        let watch = Self::watch(lua);
        watch.trip(tripped);
        if watch.tripped.get().is_some() && watch.stack.borrow().is_empty() {
            *watch.stack.borrow_mut() = error.stack();
        }
        watch.keep_stack(lua);
    }

    fn watch(lua: &Lua) -> Rc<Watch> {
        lua.app_data_ref::<Self>().expect("`sandbox::open` installs a meter").0.clone()
    }
}

impl Running {
    /// Whether so many bytes more may be used; collects garbage to find out.
    fn fits(&mut self, lua: &Lua, bytes: usize) -> mlua::Result<bool> {
        if lua.used_memory().saturating_add(bytes) <= self.memory.collect_at {
            return Ok(true);
        }
        let begun = now();
        lua.gc_collect()?;
        self.was_away(now().duration_since(begun));
        Ok(self.memory.collected(lua.used_memory()))
    }

    /// Counts those interrupts of a stride that have passed.
    fn passed(&mut self, stride: u32) {
        let passed = stride.saturating_sub(left_to_pass());
        self.instructions = self.instructions.saturating_sub(u64::from(passed));
    }

    /// The host worked for itself for so long.
    fn was_away(&mut self, taken: Duration) {
        let free = taken.min(self.uncounted);
        self.deadline = self.deadline.checked_add(free).unwrap_or(self.deadline);
        self.uncounted -= free;
        self.looked = self.looked.checked_add(taken).unwrap_or(self.looked);
    }
}

impl Watch {
    fn trip(&self, tripped: Tripped) {
        if self.running.get().is_some() && self.tripped.get().is_none() {
            self.tripped.set(Some(tripped));
            self.look_next();
        }
    }

    /// Lets no interrupt pass any more.
    fn look_next(&self) {
        self.stride.set(1);
        next_look_in(1, NOT_LOOKED_AT);
    }

    /// Looks, and keeps the stack of what passed a limit.
    fn look_from(&self, lua: &Lua) -> mlua::Result<VmState> {
        let looked = self.look(lua);
        if looked.is_err() {
            self.keep_stack(lua);
        }
        looked
    }

    fn keep_stack(&self, lua: &Lua) {
        if self.tripped.get().is_some() && self.stack.borrow().is_empty() {
            if let Some(running) = self.running.get() {
                let _ = lua.set_memory_limit(running.memory.limit.saturating_add(RESERVE));
            }
            let stack = traceback(lua).unwrap_or_default();
            *self.stack.borrow_mut() = stack;
        }
    }

    #[cold]
    fn look(&self, lua: &Lua) -> mlua::Result<VmState> {
        if let Some(tripped) = self.tripped.get() {
            return Err(mlua::Error::external(LimitPassed(tripped)));
        }
        let Some(mut running) = self.running.get() else {
            next_look_in(LONGEST_STRIDE, NOT_LOOKED_AT);
            return Ok(VmState::Continue);
        };
        let now = now();
        let stride = self.stride.get();
        let even = now.duration_since(running.looked) < EVEN;
        running.looked = now;
        running.passed(stride);
        let fits = running.fits(lua, 0)?;
        let next = if even { (stride * 2).min(LONGEST_STRIDE) } else { 1 };
        self.stride.set(next);
        let each = running.memory.each(lua.used_memory());
        next_look_in(next, doors::Memory { most: running.memory.collect_at, each });
        self.running.set(Some(running));
        if running.instructions == 0 {
            self.trip(Tripped::Instructions);
        } else if now >= running.deadline {
            self.trip(Tripped::Wall);
        } else if !fits {
            self.trip(Tripped::Memory);
        } else {
            return Ok(VmState::Continue);
        }
        self.look(lua)
    }
}

/// However much memory is used.
const NOT_LOOKED_AT: doors::Memory = doors::Memory { most: usize::MAX, each: LONGEST_STRIDE };

/// The state that runs asks again at so many interrupts from now, or before because of memory.
fn next_look_in(interrupts: u32, memory: doors::Memory) {
    let_pass(interrupts - 1, memory);
}

#[expect(clippy::disallowed_methods, reason = "a limit of real time, which a paused test clock must not stretch")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests;
