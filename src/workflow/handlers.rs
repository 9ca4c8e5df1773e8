//! What a run has said to do with signals, queries and updates, and which of its handlers run now.
//!
//! Each signal and update that has a handler runs in a coroutine of its own, which begins when those
//! that were in line before it have come to a wait. Nothing here exists in a run that has no handlers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use mlua::{Function, Lua, MultiValue, Value as LuaValue};

use crate::{
    lua::{ScopeId, TaskId, Ticket, logger::LogLevel, to_lua},
    value::{Map, Value},
    workflow::{
        Seq, Update, inbox,
        state::RunState,
        update::{self, Dialogue, OpenUpdate},
    },
};

/// The name of the handler of everything that has no handler of its own.
pub(super) const ANY: &str = "*";
/// Names that begin so belong to metonic, or to Temporal.
const RESERVED: [&str; 2] = ["@", "__temporal"];

/// Everything about the messages of one run but what waits in its inbox.
#[derive(Debug, Default)]
pub(super) struct Handlers {
    pub(super) signals: BTreeMap<String, Handler>,
    pub(super) queries: BTreeMap<String, Handler>,
    pub(super) updates: BTreeMap<String, Handler>,
    pub(super) running: BTreeMap<TaskId, Running>,
    /// Updates that nobody handles; they are rejected when the run comes to rest.
    pub(super) early: Vec<Update>,
    /// Updates that were handed over as messages, by their id.
    pub(super) dialogues: BTreeMap<String, Dialogue>,
    /// Coroutines that wait for one signal, by its name.
    pub(super) waiters: BTreeMap<String, VecDeque<Waiter>>,
    /// What the Web UI shows.
    pub(super) details: String,
    /// What the query `state` answers.
    pub(super) shown: Option<LuaValue>,
    /// What the query `progress` answers, once the run has said how far it is.
    pub(super) progress: Option<Value>,
}

/// What is to be called, and how.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    pub(super) function: Function,
    /// Only of updates: says whether one is accepted.
    pub(super) validator: Option<Function>,
    pub(super) description: String,
    /// The run may end while it runs, without a word.
    pub(super) abandoned: bool,
}

/// A handler that has begun, or is in line.
#[derive(Debug)]
pub(super) struct Running {
    name: String,
    abandoned: bool,
    /// Nothing: it handles a signal.
    pub(super) update: Option<OpenUpdate>,
}

/// Somebody who waits for one signal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub(super) ticket: Ticket,
    /// The timer that ends the wait.
    pub(super) timer: Option<Seq>,
}

/// The beginning of a name that is not for authors to use.
pub(super) fn reserved(name: &str) -> Option<&'static str> {
    RESERVED.into_iter().find(|prefix| name.starts_with(prefix))
}

impl Handlers {
    /// The handler of a name, and whether it is the one of every name.
    pub(super) fn find(of_kind: &BTreeMap<String, Handler>, name: &str) -> Option<(Handler, bool)> {
        let own = of_kind.get(name).map(|handler| (handler.clone(), false));
        own.or_else(|| of_kind.get(ANY).map(|handler| (handler.clone(), true)))
    }

    /// Keeps only those who wait for a signal and still do.
    pub(super) fn forget_waiters(&mut self, name: &str, waits: impl Fn(Ticket) -> bool) {
        let Some(waiters) = self.waiters.get_mut(name) else { return };
        waiters.retain(|waiter| waits(waiter.ticket));
        if waiters.is_empty() {
            self.waiters.remove(name);
        }
    }

    fn finished(&self) -> bool {
        // Of an update that is rejected nothing may be left, not even that it was in line.
        let counts = |running: &Running| !running.update.as_ref().is_some_and(OpenUpdate::may_be_rejected);
        !self.running.values().any(counts) && self.dialogues.is_empty()
    }
}

impl RunState {
    /// Reads what there is about handlers; nothing if the run never had one.
    pub(super) fn with_handlers<R>(&self, read: impl FnOnce(&mut Handlers) -> R) -> Option<R> {
        self.handlers.borrow_mut().as_deref_mut().map(read)
    }

    /// Changes what there is about handlers.
    pub(super) fn handlers<R>(&self, change: impl FnOnce(&mut Handlers) -> R) -> R {
        change(self.handlers.borrow_mut().get_or_insert_default())
    }

    /// Whether no handler runs or is in line. One of an update that a validator may reject counts when it runs.
    pub(super) fn handlers_finished(&self) -> bool {
        self.with_handlers(|handlers| handlers.finished()).unwrap_or(true)
    }
}

/// Something that takes messages was added: those that wait may be for it.
pub(super) fn added(lua: &Lua, state: &RunState) -> mlua::Result<()> {
    inbox::hand_out(lua, state)?;
    update::hand_out(lua, state)
}

/// Puts a handler's coroutine in line. The handler of every name is told the name.
pub(super) fn start(
    lua: &Lua,
    state: &RunState,
    (handler, any): (Handler, bool),
    name: String,
    arguments: &[Value],
    update: Option<OpenUpdate>,
) -> mlua::Result<TaskId> {
    let mut values = MultiValue::new();
    let mut function = handler.function.clone();
    if update.is_some() {
        function = update::runner(lua)?;
        values.push_back(LuaValue::Function(handler.function));
    }
    values.extend(arguments_of(lua, any.then_some(name.as_str()), arguments)?);
    let task = state.tasks.spawn_in(lua, ScopeId::ROOT, function, values)?;
    let running = Running { name, abandoned: handler.abandoned, update };
    state.handlers(|handlers| handlers.running.insert(task, running));
    Ok(task)
}

/// What a handler is called with.
pub(super) fn arguments_of(lua: &Lua, name: Option<&str>, arguments: &[Value]) -> mlua::Result<MultiValue> {
    let mut values = MultiValue::new();
    if let Some(name) = name {
        values.push_back(LuaValue::String(lua.create_string(name)?));
    }
    for argument in arguments {
        values.push_back(to_lua(lua, argument)?);
    }
    Ok(values)
}

/// The run ends: what is still open is told so, and the log names the handlers that were cut short. A
/// run that is renewed hands on the signals of those that have not begun.
pub(super) fn close(lua: &Lua, state: &RunState, renewed: bool) {
    if state.handlers.borrow().is_none() {
        return;
    }
    warn(lua, state, renewed);
    update::close(state);
}

fn warn(lua: &Lua, state: &RunState, renewed: bool) {
    let (mut signals, mut updates) = (BTreeSet::new(), Vec::new());
    state.handlers(|handlers| {
        for (task, running) in handlers.running.iter().filter(|(_, running)| !running.abandoned) {
            match &running.update {
                Some(update) if update.is_accepted() => updates.push(format!("{} ({})", running.name, update.id)),
                // It was in line, and its caller is told.
                Some(_) => {}
                None if renewed && inbox::has_not_taken(state, *task) => {}
                None => {
                    signals.insert(running.name.clone());
                }
            }
        }
    });
    if signals.is_empty() && updates.is_empty() {
        return;
    }
    let list = |names: Vec<String>| Value::List(names.into_iter().map(Value::Text).collect());
    let fields = Map::from_iter([
        ("signals".to_owned(), list(signals.into_iter().collect())),
        ("updates".to_owned(), list(updates)),
    ]);
    let message = "The workflow ended while handlers still ran; call `workflow.await(workflow.handlers_finished)` \
                   before, or register them with `unfinished = \"abandon\"`.";
    state.log(lua, LogLevel::Warn, None, message, &fields);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_signal_no_longer_is_forgotten() {
        let mut handlers = Handlers::default();
        let waiter = |number: u64| Waiter { ticket: number.into(), timer: None };
        handlers.waiters.insert("x".to_owned(), VecDeque::from([waiter(1), waiter(2)]));
        handlers.waiters.insert("y".to_owned(), VecDeque::from([waiter(3)]));
        handlers.forget_waiters("x", |ticket| ticket == 2.into());
        handlers.forget_waiters("y", |_| false);
        let left: Vec<_> = handlers.waiters.values().flatten().map(|waiter| waiter.ticket).collect();
        assert_eq!((left, handlers.waiters.len()), (vec![2.into()], 1));
    }
}
