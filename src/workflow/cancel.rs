//! A run is asked to end.
//!
//! A run that listens to `process.events()` gets the event and decides for itself. In every other
//! run the request reaches each coroutine once: the call that it waits in, or the next one that
//! would wait, gives `nil, err` of kind Canceled; what has no such result, as a channel's
//! `receive`, raises that error. Calls after that work, so there is room to clean up.

use std::collections::BTreeSet;

use mlua::{Lua, Value as LuaValue};

use crate::{
    lua::{Ticket, error_object},
    value::Failure,
    workflow::{
        Command, Seq, inbox,
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
        return Ok(());
    }
    let message = if reason.is_empty() {
        "the workflow was asked to end".to_owned()
    } else {
        format!("the workflow was asked to end: {reason}")
    };
    let problem = LuaValue::UserData(error_object(lua, Failure::canceled(message))?);
    let (timers, others) = waited_for(state);
    let spared: BTreeSet<Ticket> = timers.iter().map(|(_, ticket)| *ticket).chain(others).collect();
    state.tasks.stop_all(lua, &problem, |ticket| spared.contains(&ticket))?;
    for (seq, ticket) in timers {
        // The core tells nothing of a timer that is cancelled.
        state.pending.borrow_mut().remove(&seq);
        state.command(lua, Command::CancelTimer(seq));
        state.answer(Answerer::Ticket(ticket), LuaValue::Nil, problem.clone())?;
    }
    // How these end is for the core to say.
    let running: Vec<_> = state.pending.borrow().iter().map(|(seq, pending)| (*seq, pending.kind)).collect();
    for (seq, kind) in running {
        if let Some(command) = ending(seq, kind, &reason) {
            state.command(lua, command);
        }
    }
    Ok(())
}

/// What asks something that is pending to end. Timers, whose end nobody tells, are not meant here.
fn ending(seq: Seq, kind: PendingKind, reason: &str) -> Option<Command> {
    match kind {
        PendingKind::Activity => Some(Command::CancelActivity { seq, local: false }),
        PendingKind::LocalActivity => Some(Command::CancelActivity { seq, local: true }),
        PendingKind::ChildStart | PendingKind::Child => Some(Command::CancelChild { seq, reason: reason.to_owned() }),
        PendingKind::Signal => Some(Command::CancelSignal(seq)),
        PendingKind::Timer | PendingKind::CancelRequest => None,
    }
}

/// The timers that a coroutine waits for; and who waits for something that ends by itself.
fn waited_for(state: &RunState) -> (Vec<(Seq, Ticket)>, Vec<Ticket>) {
    let (mut timers, mut others) = (Vec::new(), Vec::new());
    for (seq, pending) in &*state.pending.borrow() {
        match (&pending.answer, pending.kind) {
            (Answerer::Ticket(ticket), PendingKind::Timer) => timers.push((*seq, *ticket)),
            (Answerer::Ticket(ticket), _) => others.push(*ticket),
            (Answerer::Child(child), _) => others.extend(child.tickets()),
            (Answerer::Function(_) | Answerer::Nobody, _) => {}
        }
    }
    (timers, others)
}
