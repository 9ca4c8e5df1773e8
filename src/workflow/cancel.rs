//! A run, or a scope of it, is asked to end.
//!
//! A run that listens to `process.events()` gets the event and decides for itself. In every other
//! run the request cancels the root scope. In a cancelled scope every wait is refused: those that
//! stand, and those that come later, give `nil, err` of kind Canceled; what has no such result, as a
//! channel's `receive`, raises that error. Only a shield keeps it off.

use std::{collections::BTreeSet, rc::Rc};

use mlua::{Lua, Value as LuaValue};

use crate::{
    lua::{ScopeId, Stop, Ticket, error_object},
    value::{Failure, Map, Value},
    workflow::{
        Command, Seq, children, inbox, local, outgoing, scopes,
        state::{Answerer, PendingKind, RunState},
    },
};

/// The server hands on that someone asks the run to end.
pub(super) fn request(lua: &Lua, state: &RunState, reason: String) -> mlua::Result<()> {
    if state.cancelled.borrow().is_some() {
        return Ok(());
    }
    *state.cancelled.borrow_mut() = Some(reason.clone());
    if inbox::announce_cancel(lua, state, &reason)? {
        return scopes::tell(lua, state, ScopeId::ROOT, &reason);
    }
    scope(lua, state, ScopeId::ROOT, "the workflow was asked to end", reason)
}

/// Cancels a scope and what is inside it.
pub(super) fn scope(lua: &Lua, state: &RunState, id: ScopeId, what: &str, reason: String) -> mlua::Result<()> {
    let failure = failure(what, &reason);
    let problem = LuaValue::UserData(error_object(lua, failure)?);
    let stop = Rc::new(Stop::new(problem.clone(), reason));
    let reached = state.tasks.stop_scope(id, &stop);
    if reached.is_empty() {
        return Ok(());
    }
    scopes::keep_reason(state, &reached, &stop.reason)?;
    // Who waits for the reason gets it; who waits for something else is stopped.
    scopes::tell(lua, state, id, &stop.reason)?;
    let (timers, others) = pending_in(state, &reached);
    let answered: BTreeSet<Ticket> =
        timers.iter().chain(&others).flat_map(|(_, _, tickets)| tickets).copied().collect();
    let picked = |scope, ticket| reached.contains(&scope) && !answered.contains(&ticket);
    if state.tasks.stop_waits(lua, &problem, picked)? || !timers.is_empty() || !others.is_empty() {
        stop.meet();
    }
    for (seq, _, _) in timers {
        // The core tells nothing of a timer that is cancelled.
        let timer = state.pending.borrow_mut().remove(&seq);
        if let Some(timer) = timer {
            state.command(lua, Command::CancelTimer(seq));
            state.answer(timer.answer, LuaValue::Nil, problem.clone())?;
        }
    }
    // How these end is for the core to say.
    for (seq, kind, _) in others {
        end(lua, state, seq, kind, &stop.reason)?;
    }
    Ok(())
}

/// Asks something that is pending to end, unless it was asked before.
pub(super) fn end(lua: &Lua, state: &RunState, seq: Seq, kind: PendingKind, reason: &str) -> mlua::Result<()> {
    if kind == PendingKind::LocalActivity {
        return local::cancel(lua, state, seq);
    }
    if kind == PendingKind::Signal && outgoing::take_back(lua, state, seq)? {
        return Ok(());
    }
    if let Some(command) = ending(seq, kind, reason)
        && scopes::begins_to_end(state, seq)
        && !children::ask(lua, state, seq, reason)?
    {
        state.command(lua, command);
    }
    Ok(())
}

/// What waits end with.
fn failure(what: &str, reason: &str) -> Failure {
    let message = if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") };
    let details = Map::from_iter([("reason".to_owned(), Value::from(reason))]);
    Failure { details: Some(Value::Map(details)), ..Failure::canceled(message) }
}

/// What asks something that is pending to end. Timers, whose end nobody tells, and local activities
/// are not meant here.
fn ending(seq: Seq, kind: PendingKind, reason: &str) -> Option<Command> {
    match kind {
        PendingKind::Activity => Some(Command::CancelActivity { seq, local: false }),
        PendingKind::ChildStart | PendingKind::Child => Some(Command::CancelChild { seq, reason: reason.to_owned() }),
        PendingKind::Signal => Some(Command::CancelSignal(seq)),
        PendingKind::LocalActivity | PendingKind::Timer | PendingKind::CancelRequest => None,
    }
}

/// A request, and the coroutines that wait for it.
type Waited = (Seq, PendingKind, Vec<Ticket>);

/// The timers in some scopes; and everything else, which ends by itself. What is sent and not waited for
/// is sent, whatever becomes of the sender's scope.
fn pending_in(state: &RunState, scopes: &BTreeSet<ScopeId>) -> (Vec<Waited>, Vec<Waited>) {
    let pending = state.pending.borrow();
    let inside = pending.iter().filter(|(seq, pending)| {
        !matches!(pending.answer, Answerer::Nobody) && scopes.contains(&scopes::scope_of(state, **seq))
    });
    let waited = inside.map(|(seq, pending)| {
        let tickets = match &pending.answer {
            Answerer::Ticket(ticket) => vec![*ticket],
            Answerer::Child(child) => child.tickets(),
            Answerer::Function(_) | Answerer::Asked(_) | Answerer::Nobody => Vec::new(),
        };
        (*seq, pending.kind, tickets)
    });
    waited.partition(|(_, kind, _)| *kind == PendingKind::Timer)
}
