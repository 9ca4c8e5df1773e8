//! What of a run belongs to its scopes beside coroutines: requests, channels, ends that are awaited.
//!
//! `lua::Tasks` knows which coroutine is in which scope, and `cancel` what stopping one does. Nothing
//! is kept here until a run opens its first scope.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use mlua::{Function, IntoLuaMulti as _, Lua, MultiValue, Table, Value as LuaValue};

use crate::{
    lua::{Ambient, Frame, LuaError, Origin, ScopeId, TaskId, channel_functions, error_object, failure_of, look_aside},
    value::Failure,
    workflow::{Outcome, Seq, outcome, state::RunState},
};

/// Where the function is kept that looks at what coroutines await.
pub(super) const RECHECK: &str = "metonic.recheck";

/// What the condition is called in messages.
pub(super) const CONDITION: &str = "the condition of workflow.await";

/// More channels than this are looked through for those whose scope is gone.
const MANY: usize = 32;

/// Kept once there is something to keep.
#[derive(Debug, Default)]
pub(super) struct ScopeBook {
    /// The scope that something pending was asked for in; what is not here belongs to the root.
    asked: BTreeMap<Seq, ScopeId>,
    /// What was asked to end.
    ending: BTreeSet<Seq>,
    /// What tells why a scope is to end.
    channels: BTreeMap<ScopeId, Table>,
    /// Coroutines whose end somebody wants to know.
    watched: BTreeMap<TaskId, Watch>,
    /// Errors of scopes that nobody asked for yet, the oldest first.
    unasked: BTreeMap<ScopeId, Failure>,
    /// What keeps the reason of a scope whose function has ended while something of it went on; and of some of
    /// which nothing goes on any more.
    left: BTreeMap<ScopeId, Table>,
    /// How many of these were left when they were last looked through.
    swept: usize,
    /// What coroutines await.
    conditions: Option<Table>,
}

/// Who is told how a coroutine ended.
#[derive(Debug)]
struct Watch {
    scope: ScopeId,
    /// Called with the error or nil, and the results; gives whether somebody took it.
    settle: Function,
    results: Results,
}

/// What the function of a scope gives.
#[derive(Debug)]
enum Results {
    /// As many values as it likes.
    All,
    /// A value, or an error beside it, as a workflow does. Where the function is, of which a join wants one
    /// result; if it is the library's, where the join was called.
    One(Vec<Frame>),
}

/// A new scope inside the one that the running code is in.
pub(super) fn open(state: &RunState, shielded: bool) -> ScopeId {
    state.tasks.open_scope(shielded, || {
        let mut book = state.scopes.borrow_mut();
        let book = book.get_or_insert_default();
        let pending = state.pending.borrow();
        book.asked.retain(|seq, _| pending.contains_key(seq));
        book.asked.values().copied().collect()
    })
}

/// Whether something of a scope goes on: a coroutine, or what was asked for inside it.
pub(super) fn goes_on(state: &RunState, scope: ScopeId) -> bool {
    let asked = || state.pending.borrow().iter().any(|(seq, _)| state.tasks.is_within(scope_of(state, *seq), scope));
    state.tasks.any_within(scope) || asked()
}

/// All scopes of which something goes on.
fn going_on(state: &RunState) -> BTreeSet<ScopeId> {
    let asked = state.pending.borrow().iter().map(|(seq, _)| scope_of(state, *seq)).collect();
    state.tasks.scopes_in_use(asked)
}

/// The function of a scope has ended. If something of it goes on, `kept` gets its reason once that is to end.
/// Whether it does is looked for only when as many scopes have come as a look has to go through.
pub(super) fn left_behind(state: &RunState, scope: ScopeId, kept: Table) {
    let is_due = {
        let mut book = state.scopes.borrow_mut();
        let book = book.get_or_insert_default();
        book.left.insert(scope, kept);
        book.left.len() >= 2 * book.swept + state.tasks.count() + state.pending.borrow().len()
    };
    if is_due {
        let going_on = going_on(state);
        if let Some(book) = state.scopes.borrow_mut().as_deref_mut() {
            // One that is stopped may be spared yet.
            book.left.retain(|scope, _| going_on.contains(scope) || state.tasks.is_stopped(*scope));
            book.swept = book.left.len();
        }
    }
}

/// Keeps why scopes are to end of whose functions something went on.
pub(super) fn keep_reason(state: &RunState, reached: &BTreeSet<ScopeId>, reason: &str) -> mlua::Result<()> {
    let left: Vec<(ScopeId, Table)> = match state.scopes.borrow_mut().as_deref_mut() {
        None => return Ok(()),
        // What all scopes are in may be spared yet.
        Some(book) if reached.contains(&ScopeId::ROOT) => book
            .left
            .iter()
            .filter(|(scope, _)| reached.contains(scope))
            .map(|(at, kept)| (*at, kept.clone()))
            .collect(),
        Some(book) => reached.iter().filter_map(|scope| book.left.remove_entry(scope)).collect(),
    };
    if left.is_empty() {
        return Ok(());
    }
    let going_on = going_on(state);
    let left = left.into_iter().filter(|(scope, _)| going_on.contains(scope));
    left.map(|(_, kept)| kept).try_for_each(|kept| kept.raw_set("reason", reason))
}

/// Takes back that the run is to end, unless some code has met it already.
pub(super) fn spare(state: &RunState) -> mlua::Result<()> {
    state.tasks.spare_root();
    let left: Vec<Table> = match state.scopes.borrow().as_deref() {
        None => return Ok(()),
        Some(book) => {
            let spared = book.left.iter().filter(|(scope, _)| !state.tasks.is_stopped(**scope));
            spared.map(|(_, kept)| kept.clone()).collect()
        }
    };
    left.iter().try_for_each(|kept| kept.raw_set("reason", LuaValue::Nil))
}

/// Notes what a request belongs to.
pub(super) fn asked_for(state: &RunState, seq: Seq) {
    let scope = state.tasks.scope();
    if scope != ScopeId::ROOT {
        state.scopes.borrow_mut().get_or_insert_default().asked.insert(seq, scope);
    }
}

/// The scope that something pending belongs to.
pub(super) fn scope_of(state: &RunState, seq: Seq) -> ScopeId {
    state.scopes.borrow().as_deref().and_then(|book| book.asked.get(&seq).copied()).unwrap_or_default()
}

/// Whether something that has just ended was asked to.
pub(super) fn was_to_end(state: &RunState, seq: Seq) -> bool {
    state.scopes.borrow().as_deref().is_some_and(|book| book.ending.contains(&seq))
}

/// Whether this is the first time that something pending is asked to end.
pub(super) fn begins_to_end(state: &RunState, seq: Seq) -> bool {
    let mut book = state.scopes.borrow_mut();
    let book = book.get_or_insert_default();
    let pending = state.pending.borrow();
    book.ending.retain(|seq| pending.contains_key(seq));
    book.ending.insert(seq)
}

/// Runs `function` as a coroutine in a scope of its own. `settle` is told how it ends. Its results mean `one`, as
/// those of a workflow do, or are as many as it likes.
pub(super) fn spawn(
    lua: &Lua,
    state: &RunState,
    function: Function,
    settle: Function,
    one: bool,
) -> mlua::Result<ScopeId> {
    let results = if one { Results::One(place_of(lua, &function)?) } else { Results::All };
    let scope = open(state, false);
    let task = state.tasks.spawn_in(lua, scope, function, ())?;
    state.scopes.borrow_mut().get_or_insert_default().watched.insert(task, Watch { scope, settle, results });
    Ok(scope)
}

fn place_of(lua: &Lua, function: &Function) -> mlua::Result<Vec<Frame>> {
    match Frame::beginning_of(function) {
        Some(own) => Ok(vec![own]),
        None => Ok(LuaError::here(lua, String::new())?.frames),
    }
}

/// A coroutine beside the main one returned; gives the error of the whole run, if it returned what nobody can
/// have meant.
pub(super) fn returned(
    lua: &Lua,
    state: &RunState,
    task: TaskId,
    values: MultiValue,
) -> mlua::Result<Option<LuaError>> {
    let Some(watch) = watch_of(state, task) else { return Ok(None) };
    let (problem, failure) = match (&watch.results, values.front(), values.get(1)) {
        (Results::One(frames), ..) => match outcome::error_in(&values, "joined function") {
            Ok(failure) => (failure.clone().map(|failure| error_of(lua, values.get(1), failure)).transpose()?, failure),
            Err(message) => {
                let frames = frames.clone();
                return Ok(Some(LuaError { message, origin: Origin::Bug, frames }));
            }
        },
        (Results::All, Some(LuaValue::Nil), Some(problem)) if !problem.is_nil() && !problem.is_boolean() => {
            (Some(problem.clone()), Some(outcome::failure_from(problem, "scope")))
        }
        (Results::All, ..) => (None, None),
    };
    let mut arguments = values;
    if problem.is_some() && matches!(watch.results, Results::One(_)) {
        // Of a value and an error only the error counts.
        arguments.clear();
    }
    arguments.push_front(problem.unwrap_or(LuaValue::Nil));
    settle(state, watch, arguments, failure)?;
    Ok(None)
}

/// The error that a function gave, as an object: one of its own stays the one it is.
fn error_of(lua: &Lua, given: Option<&LuaValue>, failure: Failure) -> mlua::Result<LuaValue> {
    match given {
        Some(given @ LuaValue::UserData(_)) => Ok(given.clone()),
        _ => error_object(lua, failure).map(LuaValue::UserData),
    }
}

/// A coroutine beside the main one raised an error; gives it back if it is one of the whole run.
pub(super) fn raised(lua: &Lua, state: &RunState, task: TaskId, error: LuaError) -> mlua::Result<Option<LuaError>> {
    let Origin::Author(author) = &error.origin else { return Ok(Some(error)) };
    let scope = state.tasks.scope_of_ended();
    let Some(watch) = watch_of(state, task) else {
        // It ended with its scope.
        return Ok((!author.is_canceled() || !state.tasks.is_stopped(scope)).then_some(error));
    };
    let failure = error.to_failure();
    let problem = error_object(lua, failure.clone())?;
    settle(state, watch, (&problem, LuaValue::Nil, &problem).into_lua_multi(lua)?, Some(failure))?;
    Ok(None)
}

fn watch_of(state: &RunState, task: TaskId) -> Option<Watch> {
    state.scopes.borrow_mut().as_deref_mut()?.watched.remove(&task)
}

fn settle(state: &RunState, watch: Watch, arguments: MultiValue, failure: Option<Failure>) -> mlua::Result<()> {
    state.tasks.close_scope(watch.scope);
    let taken: bool = watch.settle.call(arguments)?;
    if let Some(failure) = failure
        && !taken
        && !(failure.is_canceled() && state.tasks.is_stopped(watch.scope))
        && let Some(book) = state.scopes.borrow_mut().as_deref_mut()
    {
        book.unasked.insert(watch.scope, failure);
    }
    Ok(())
}

/// Somebody asked how a scope ended.
pub(super) fn was_asked(state: &RunState, scope: ScopeId) {
    if let Some(book) = state.scopes.borrow_mut().as_deref_mut() {
        book.unasked.remove(&scope);
    }
}

/// The oldest error of a scope that nobody asked for.
pub(super) fn first_unasked(state: &RunState) -> Option<Failure> {
    state.scopes.borrow_mut().as_deref_mut()?.unasked.pop_first().map(|(_, failure)| failure)
}

/// Why the running code is to end: shields keep a request off and do not hide it.
pub(super) fn reason(state: &RunState, scope: ScopeId) -> Option<String> {
    state.tasks.reason(scope).or_else(|| state.cancelled.borrow().clone())
}

/// The channel that tells why the running code's scope is to end.
pub(super) fn channel(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    let scope = state.tasks.scope();
    let known = state.scopes.borrow().as_deref().and_then(|book| book.channels.get(&scope).cloned());
    if let Some(channel) = known {
        return Ok(channel);
    }
    let channel: Table = channel_functions(lua)?.raw_get::<Function>("new")?.call(())?;
    if let Some(reason) = reason(state, scope) {
        push_last(lua, &channel, &reason)?;
    }
    let mut book = state.scopes.borrow_mut();
    let channels = &mut book.get_or_insert_default().channels;
    if channels.len() >= MANY {
        channels.retain(|scope, _| state.tasks.knows_scope(*scope));
    }
    channels.insert(scope, channel.clone());
    Ok(channel)
}

/// Tells every channel of a scope, and of those inside it, why it is to end.
pub(super) fn tell(lua: &Lua, state: &RunState, scope: ScopeId, reason: &str) -> mlua::Result<()> {
    let told: Vec<Table> = match state.scopes.borrow().as_deref() {
        None => return Ok(()),
        Some(book) => {
            let within = |(its, _): &(&ScopeId, &Table)| state.tasks.is_within(**its, scope);
            book.channels.iter().filter(within).map(|(_, channel)| channel.clone()).collect()
        }
    };
    told.iter().try_for_each(|channel| push_last(lua, channel, reason))
}

fn push_last(lua: &Lua, channel: &Table, reason: &str) -> mlua::Result<()> {
    let functions = channel_functions(lua)?;
    functions.raw_get::<Function>("push")?.call::<()>((channel, reason))?;
    functions.raw_get::<Function>("close")?.call(channel)
}

/// The list of what the run's coroutines await.
pub(super) fn conditions(lua: &Lua, state: &RunState) -> mlua::Result<Table> {
    let mut book = state.scopes.borrow_mut();
    let book = book.get_or_insert_default();
    match &book.conditions {
        Some(conditions) => Ok(conditions.clone()),
        None => Ok(book.conditions.insert(lua.create_table()?).clone()),
    }
}

/// Looks at what coroutines await, now that all of them wait; whether one can go on. How often is no
/// matter of the history, so no look may leave a trace.
pub(super) fn recheck(lua: &Lua, state: &RunState) -> mlua::Result<bool> {
    let conditions = state.scopes.borrow().as_deref().and_then(|book| book.conditions.clone());
    let Some(conditions) = conditions.filter(|conditions| !conditions.is_empty()) else { return Ok(false) };
    let look: Function = lua.named_registry_value(RECHECK)?;
    let mut functions = MultiValue::new();
    conditions.for_each_value(|entry: Table| {
        functions.push_back(entry.raw_get("condition")?);
        Ok(())
    })?;
    let ambient = Rc::new(Ambient::current(lua).aside(lua)?);
    let all = || look.call::<bool>((&conditions, false));
    let (any, changed) = look_aside(lua, &state.tasks, CONDITION, ambient, &functions, all)?;
    if changed.is_none() {
        return Ok(any);
    }
    // Looked at one by one, the one that changed something raises where it is awaited.
    Ok(look.call::<bool>((&conditions, true))? || any)
}

/// How a call ended: if it was cancelled with its scope, with that scope's reason.
pub(super) fn explain(state: &RunState, seq: Seq, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed(failure) => Outcome::Failed(explained(state, seq, failure)),
        outcome => outcome,
    }
}

/// The error of a call that was cancelled with its scope, and not for a reason of its own.
pub(super) fn explained(state: &RunState, seq: Seq, failure: Failure) -> Failure {
    if !failure.is_canceled() {
        return failure;
    }
    match state.tasks.stop_of(scope_of(state, seq)).and_then(|stop| failure_of(&stop.problem)) {
        Some(stopped) => stopped.caused_by(failure),
        None => failure,
    }
}
