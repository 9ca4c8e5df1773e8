//! Interrupts that are counted before mlua's closure is asked: a count costs a tenth of a call. Beside the
//! count, the memory of the state is looked at now and then, which costs less than a call, too.

use std::{cell::Cell, ffi::c_int, sync::OnceLock};

use mlua::{Lua, Result, VmState, ffi};

type Interrupt = unsafe extern "C-unwind" fn(*mut ffi::lua_State, c_int);

thread_local! {
    /// Interrupts of this thread's states that pass without a question and without a look at the memory.
    static LEFT: Cell<u32> = const { Cell::new(0) };
    /// Those that pass after that, if the memory allows it.
    static LATER: Cell<u32> = const { Cell::new(0) };
    static MEMORY: Cell<Memory> = const { Cell::new(Memory { most: usize::MAX, each: u32::MAX }) };
}

/// When interrupts ask because of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// From so many bytes of the state on.
    pub most: usize,
    /// Every so many interrupts it is looked at; beside that, whenever the collector takes a step.
    pub each: u32,
}

/// What mlua sets to reach the closure of a state; the same for every state.
static ASK: OnceLock<Interrupt> = OnceLock::new();

/// Calls `ask` at an interrupt of `lua` when none is left to pass, and at each one after that until
/// [`let_pass`] says otherwise. Not in steps of the collector: there it may run nothing.
pub fn count_interrupts(lua: &Lua, ask: impl Fn(&Lua) -> Result<VmState> + 'static) -> Result<()> {
    lua.set_interrupt(ask);
    let hook = |state| {
        // SAFETY: `lua_callbacks` gives a place that lives as long as the state, and nothing else
        // refers to it meanwhile. The function that mlua has just put there stays right for the state
        // while its closure does, which is never taken away.
        let callbacks = unsafe { &mut *ffi::lua_callbacks(state) };
        if let Some(asking) = callbacks.interrupt {
            ASK.get_or_init(|| asking);
            callbacks.interrupt = Some(count);
        }
    };
    // SAFETY: `hook` leaves its stack as it is.
    unsafe { lua.exec_raw((), hook) }
}

/// How many interrupts of this thread's states pass before the next question, unless it is asked before
/// because of memory. A state never leaves its thread.
pub fn let_pass(interrupts: u32, memory: Memory) {
    LEFT.set(0);
    LATER.set(interrupts);
    MEMORY.set(memory);
}

/// How many of them have not passed yet.
#[must_use]
pub fn left_to_pass() -> u32 {
    LEFT.get() + LATER.get()
}

unsafe extern "C-unwind" fn count(state: *mut ffi::lua_State, gc: c_int) {
    if gc >= 0 {
        if is_much(state) {
            LATER.set(left_to_pass());
            LEFT.set(0);
        }
        return;
    }
    let left = LEFT.get();
    if left > 0 {
        return LEFT.set(left - 1);
    }
    let later = LATER.get();
    if later > 0 && !is_much(state) {
        let now = MEMORY.get().each.clamp(1, later);
        LATER.set(later - now);
        return LEFT.set(now - 1);
    }
    if let Some(ask) = ASK.get() {
        // SAFETY: the engine called with this state, whose closure `count_interrupts` has set; the
        // arguments go on as they came. Nothing with a destructor is held if it raises.
        unsafe { ask(state, gc) };
    }
}

/// Whether the state holds as much as is to be asked about.
fn is_much(state: *mut ffi::lua_State) -> bool {
    // SAFETY: the engine called with this state, and the question only reads a number.
    let kibibytes = unsafe { ffi::lua_gc(state, ffi::LUA_GCCOUNT, 0) };
    usize::try_from(kibibytes).is_ok_and(|held| held >= MEMORY.get().most / 1024)
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use mlua::{Error, Lua, VmState};

    use super::{Memory, count_interrupts, left_to_pass, let_pass};

    /// None of it is too much.
    const ANY: Memory = Memory { most: usize::MAX, each: 5 };

    /// A state, and how often it asked; after each question `stride` interrupts pass.
    fn counted(stride: u32) -> (Lua, Rc<Cell<u32>>) {
        let (lua, asked) = (Lua::new(), Rc::new(Cell::new(0)));
        let count = Rc::clone(&asked);
        count_interrupts(&lua, move |_| {
            count.set(count.get() + 1);
            let_pass(stride, ANY);
            Ok(VmState::Continue)
        })
        .expect("a state");
        let_pass(stride, ANY);
        (lua, asked)
    }

    #[test]
    fn asks_after_so_many() {
        let (lua, asked) = counted(9);
        lua.load("for i = 1, 1000 do end").exec().expect("a loop");
        assert_eq!(asked.get(), 100);
    }

    #[test]
    fn asks_at_each_when_none_is_to_pass() {
        let (lua, asked) = counted(0);
        lua.load("for i = 1, 1000 do end").exec().expect("a loop");
        assert!(asked.get() >= 1_000, "{}", asked.get());
    }

    /// A state that notes how many interrupts were left when it was asked.
    fn with_memory(most: usize, each: u32, code: &str) -> Option<u32> {
        let (lua, left) = (Lua::new(), Rc::new(Cell::new(None)));
        let noted = Rc::clone(&left);
        count_interrupts(&lua, move |_| {
            noted.set(noted.get().or(Some(left_to_pass())));
            let_pass(u32::MAX, ANY);
            Ok(VmState::Continue)
        })
        .expect("a state");
        let_pass(10_000, Memory { most, each });
        lua.load(code).exec().expect("a loop");
        left.get()
    }

    #[test]
    fn asks_before_that_where_much_memory_is_held() {
        let code = "local held = string.rep('x', 2 ^ 22) for i = 1, 1000 do end";
        let asked = |most, each| with_memory(most, each, code).map(|left| 10_000 - left);
        assert_eq!(asked(1 << 23, 1), None);
        assert!(asked(1 << 22, 100).is_some_and(|passed| passed <= 100));
    }

    #[test]
    fn a_step_of_the_collector_looks_at_the_memory_too() {
        let code = "local held = string.rep('x', 2 ^ 20) for i = 1, 100 do local copy = held .. i end";
        let passed = with_memory(1 << 23, 5000, code).map(|left| 10_000 - left);
        assert!(passed.is_some_and(|passed| passed < 100), "{passed:?}");
    }

    #[test]
    fn two_states_have_their_own_closures() {
        let (one, asked_one) = counted(0);
        let (two, asked_two) = counted(0);
        one.load("for i = 1, 10 do end").exec().expect("a loop");
        let first = asked_one.get();
        assert!(first >= 10 && asked_two.get() == 0);
        two.load("for i = 1, 10 do end").exec().expect("a loop");
        assert!(asked_two.get() >= 10 && asked_one.get() == first);
    }

    #[test]
    fn an_error_ends_the_code_through_every_pcall() {
        let lua = Lua::new();
        let_pass(100, ANY);
        count_interrupts(&lua, |_| Err(Error::runtime("enough"))).expect("a state");
        let ended = lua.load("while true do pcall(function() while true do end end) end").exec();
        assert!(ended.is_err_and(|error| error.to_string().contains("enough")));
        let_pass(u32::MAX, ANY);
        lua.load("for i = 1, 10 do end").exec().expect("a healthy loop");
    }

    /// Prints what interrupts cost: `cargo test --release -p metonic-doors -- --ignored --nocapture`.
    #[test]
    #[ignore = "a measurement"]
    fn what_interrupts_cost() {
        let fib = "local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end fib(27)";
        for (name, code) in [
            ("empty loop", "for i = 1, 1e7 do end"),
            (
                "fields of a list",
                "local t, s = table.create(1000, 1), 0 for r = 1, 5000 do for i = 1, 1000 do s += t[i] end end",
            ),
            ("recursion", fib),
            ("small tables", "for i = 1, 1e6 do local t = {i, i} end"),
            (
                "texts",
                "local t = {} for i = 1, 2e5 do t[#t + 1] = ('%d:%s'):format(i, 'x') end return #table.concat(t)",
            ),
        ] {
            let time = |prepare: &dyn Fn(&Lua)| {
                let lua = Lua::new();
                prepare(&lua);
                let function = lua.load(code).into_function().expect("a function");
                let once = || {
                    #[expect(clippy::disallowed_methods, reason = "a measurement")]
                    let begun = std::time::Instant::now();
                    let () = function.call(()).expect("a call");
                    begun.elapsed().as_secs_f64()
                };
                (0..9).map(|_| once()).fold(f64::MAX, f64::min)
            };
            let bare = time(&|_| ());
            let looking = |each| {
                time(&move |lua: &Lua| {
                    let ask = move |_: &Lua| {
                        let_pass(63, Memory { each, ..ANY });
                        Ok(VmState::Continue)
                    };
                    count_interrupts(lua, ask).expect("a state");
                })
            };
            let (counted, watched) = (looking(64), looking(1));
            let closure = time(&|lua| lua.set_interrupt(|_| Ok(VmState::Continue)));
            let more = |time: f64| (time / bare - 1.0) * 100.0;
            println!(
                "{name}: {:.1} ms, counted {:+.0} %, with a look at the memory each time {:+.0} %, a closure {:+.0} %",
                bare * 1e3,
                more(counted),
                more(watched),
                more(closure)
            );
        }
    }
}
