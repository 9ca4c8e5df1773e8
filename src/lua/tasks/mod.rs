//! The coroutines of one realm, run first in, first out, and what each of them waits for.
//!
//! A call that waits takes a *ticket* and yields a value that no project code can get hold of;
//! whoever has the ticket hands over the answer. Nothing here knows what is waited for: workflows
//! wait for the server, functions for the world, both for each other's channels.

mod aside;
mod host;
mod lock;
mod scopes;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};

use mlua::{Function, IntoLuaMulti, Lua, MultiValue, Thread, Value as LuaValue};

use crate::lua::{Frame, LuaError, Rising, sandbox};

pub(crate) use aside::{call_aside, check_not_aside, look_aside, refused_write};
pub(super) use host::{add_host_functions, hand_out, keep_waiting_functions};
pub(crate) use host::{park, waiting_functions, waits};
pub(crate) use scopes::{ScopeId, Stop};

use scopes::Scopes;

/// Names one coroutine of a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TaskId(u64);

/// The right to go on with one wait, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// All coroutines of one realm.
#[derive(Default)]
pub(crate) struct Tasks {
    state: RefCell<State>,
    /// What runs now, if it must not change anything.
    aside: Cell<Option<&'static str>>,
}

#[derive(Default)]
struct State {
    ready: VecDeque<(TaskId, MultiValue)>,
    live: Rising<TaskId, Task>,
    parked: Rising<Ticket, TaskId>,
    running: Option<TaskId>,
    last_task: u64,
    last_ticket: u64,
    /// What the coroutine that is asked for its stack has told so far.
    reported: Vec<Frame>,
    /// There once a scope is opened or stopped.
    scopes: Option<Box<Scopes>>,
    /// The scope of the coroutine that ended last.
    ended_in: ScopeId,
    /// The scope that code is in while no coroutine runs.
    outside: ScopeId,
}

struct Task {
    thread: Thread,
    waits: Option<Ticket>,
    /// The scope that it is in now.
    scope: ScopeId,
    /// The scope that it began in.
    home: ScopeId,
}

/// What became of a coroutine when it was resumed.
#[derive(Debug)]
pub(crate) enum Step {
    Waits,
    Returned(MultiValue),
    Raised(LuaError),
    /// It waits for nothing: the host ended the run from inside. No other yield gets so far.
    Stopped,
}

/// A coroutine stopped, and the host had not ended the run: metonic's own fault.
pub(crate) fn stopped_by_nobody() -> mlua::Error {
    mlua::Error::runtime("metonic: a coroutine waits for nothing; this is a bug in metonic, please report it")
}

/// The realm whose coroutines run now, as the Lua state keeps it.
struct Current(Rc<Tasks>);

/// What a coroutine yields when it waits. Project code never sees it.
pub(super) struct Wait;

impl mlua::UserData for Wait {}

impl Tasks {
    /// Makes these the coroutines that host functions speak of, until [`Tasks::leave`].
    pub(crate) fn enter(lua: &Lua, tasks: &Rc<Self>) {
        lua.set_app_data(Current(Rc::clone(tasks)));
    }

    pub(crate) fn leave(lua: &Lua) {
        lua.remove_app_data::<Current>();
    }

    /// The coroutines of the realm that runs now; nothing while code is only being checked.
    pub(crate) fn current(lua: &Lua) -> Option<Rc<Self>> {
        lua.app_data_ref::<Current>().map(|current| Rc::clone(&current.0))
    }

    /// Puts a new coroutine in line, in the scope of the running one.
    pub(crate) fn spawn(&self, lua: &Lua, function: Function, arguments: impl IntoLuaMulti) -> mlua::Result<TaskId> {
        self.spawn_in(lua, self.scope(), function, arguments)
    }

    /// Puts a new coroutine in line, in a scope.
    pub(crate) fn spawn_in(
        &self,
        lua: &Lua,
        scope: ScopeId,
        function: Function,
        arguments: impl IntoLuaMulti,
    ) -> mlua::Result<TaskId> {
        let (call, on_error) = sandbox::caught_by_engine(lua)?;
        let thread = lua.create_thread(call)?;
        let mut values = arguments.into_lua_multi(lua)?;
        values.push_front(LuaValue::Function(on_error));
        values.push_front(LuaValue::Function(function));
        let mut state = self.state.borrow_mut();
        state.last_task += 1;
        let task = TaskId(state.last_task);
        state.live.insert(task, Task { thread, waits: None, scope, home: scope });
        state.ready.push_back((task, values));
        Ok(task)
    }

    /// A ticket for the running coroutine, which yields next; or what it is to be stopped with.
    pub(crate) fn park(&self) -> Result<Ticket, LuaValue> {
        match self.running().and_then(|_| self.refusal()) {
            Some(problem) => Err(problem),
            None => self.park_anyway().ok_or(LuaValue::Nil),
        }
    }

    /// A ticket also in a scope that is to end: for a wait that is over in a moment. Nothing: no coroutine runs.
    pub(crate) fn park_anyway(&self) -> Option<Ticket> {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let id = state.running?;
        let task = state.live.get_mut(&id)?;
        state.last_ticket += 1;
        let ticket = Ticket(state.last_ticket);
        if let Some(stale) = task.waits.replace(ticket) {
            state.parked.remove(&stale);
        }
        state.parked.insert(ticket, id);
        Some(ticket)
    }

    /// Hands over the answer; false if nobody waits for it any more.
    pub(crate) fn wake(&self, ticket: Ticket, answer: MultiValue) -> bool {
        let mut state = self.state.borrow_mut();
        let state = &mut *state;
        let Some(id) = state.parked.remove(&ticket) else { return false };
        let Some(task) = state.live.get_mut(&id) else { return false };
        task.waits = None;
        state.ready.push_back((id, answer));
        true
    }

    /// Whether a coroutine waits with this ticket.
    pub(crate) fn is_waited_for(&self, ticket: Ticket) -> bool {
        self.state.borrow().parked.get(&ticket).is_some()
    }

    /// Resumes the coroutine that is first in line; nothing when all wait or are done.
    pub(crate) fn step(&self, lua: &Lua) -> mlua::Result<Option<(TaskId, Step)>> {
        let Some((id, thread, values)) = self.begin_step() else { return Ok(None) };
        let resumed = thread.resume::<MultiValue>(values);
        let mut state = self.state.borrow_mut();
        state.running = None;
        let step = match resumed {
            Err(error) => Step::Raised(LuaError::from_error(&error)),
            Ok(mut values) if thread.is_finished() => match values.pop_front() {
                Some(LuaValue::Boolean(true)) => Step::Returned(values),
                _ => {
                    let problem = sandbox::raised(lua, values.pop_front().unwrap_or_default())?;
                    Step::Raised(LuaError::from_value(&problem))
                }
            },
            Ok(values) => {
                let waits = state.live.get(&id).is_some_and(|task| task.waits.is_some());
                let woken = state.ready.iter().any(|(ready, _)| *ready == id);
                let asked = matches!(values.front(), Some(LuaValue::UserData(data)) if data.is::<Wait>());
                if asked && (waits || woken) { Step::Waits } else { Step::Stopped }
            }
        };
        if !matches!(step, Step::Waits)
            && let Some(task) = state.live.remove(&id)
        {
            state.ended_in = task.home;
            if let Some(ticket) = task.waits {
                state.parked.remove(&ticket);
            }
        }
        Ok(Some((id, step)))
    }

    /// The coroutine that is resumed next. Those that have ended since they came into line are dropped.
    pub(crate) fn first_in_line(&self) -> Option<TaskId> {
        let mut state = self.state.borrow_mut();
        while let Some((id, _)) = state.ready.front() {
            if state.live.get(id).is_some() {
                return Some(*id);
            }
            state.ready.pop_front();
        }
        None
    }

    /// The coroutine that came into line last.
    pub(crate) fn last_in_line(&self) -> Option<TaskId> {
        self.state.borrow().ready.back().map(|(id, _)| *id)
    }

    fn begin_step(&self) -> Option<(TaskId, Thread, MultiValue)> {
        let mut state = self.state.borrow_mut();
        loop {
            let Some((id, values)) = state.ready.pop_front() else {
                // The realm comes to rest, maybe for long.
                state.ready = VecDeque::new();
                return None;
            };
            if let Some(thread) = state.live.get(&id).map(|task| task.thread.clone()) {
                state.running = Some(id);
                return Some((id, thread, values));
            }
        }
    }

    /// Where each coroutine waits, oldest first.
    pub(crate) fn stacks(&self, lua: &Lua) -> mlua::Result<Vec<(TaskId, Vec<Frame>)>> {
        let parked: Vec<_> = {
            let state = self.state.borrow();
            let live = state.live.iter().filter(|(_, task)| task.waits.is_some());
            live.map(|(id, task)| (*id, task.thread.clone())).collect()
        };
        let mut stacks = Vec::new();
        for (id, thread) in parked {
            thread.resume::<MultiValue>(host::probe_mark(lua)?)?;
            stacks.push((id, std::mem::take(&mut self.state.borrow_mut().reported)));
        }
        Ok(stacks)
    }

    /// How many coroutines have not ended.
    pub(crate) fn count(&self) -> usize {
        self.state.borrow().live.len()
    }

    /// The coroutine that runs now.
    pub(crate) fn running(&self) -> Option<TaskId> {
        self.state.borrow().running
    }

    /// The Lua thread of a coroutine that has not ended.
    pub(crate) fn thread(&self, task: TaskId) -> Option<Thread> {
        self.state.borrow().live.get(&task).map(|task| task.thread.clone())
    }

    fn report(&self, frames: Vec<Frame>) {
        self.state.borrow_mut().reported.extend(frames);
    }
}

#[cfg(test)]
impl From<u64> for Ticket {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl TaskId {
    /// 1 for the first.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

impl std::fmt::Debug for Tasks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tasks({})", self.state.borrow().live.len())
    }
}
