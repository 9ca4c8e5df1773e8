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
        Command, inbox,
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
    let (timers, activities) = waited_for(state);
    let spared: BTreeSet<Ticket> = timers.iter().chain(&activities).map(|(_, ticket)| *ticket).collect();
    state.tasks.stop_all(lua, &problem, |ticket| spared.contains(&ticket))?;
    for (seq, ticket) in timers {
        // The core tells nothing of a timer that is cancelled.
        state.pending.borrow_mut().remove(&seq);
        state.command(lua, Command::CancelTimer(seq));
        state.answer(Answerer::Ticket(ticket), LuaValue::Nil, problem.clone())?;
    }
    // How these end is for the core to say.
    let running: Vec<_> = {
        let pending = state.pending.borrow();
        pending.iter().filter(|(_, pending)| pending.kind == PendingKind::Activity).map(|(seq, _)| *seq).collect()
    };
    for seq in running {
        state.command(lua, Command::CancelActivity(seq));
    }
    Ok(())
}

type Waited = Vec<(crate::workflow::Seq, Ticket)>;

/// The timers and the activities that a coroutine waits for.
fn waited_for(state: &RunState) -> (Waited, Waited) {
    let (mut timers, mut activities) = (Vec::new(), Vec::new());
    for (seq, pending) in &*state.pending.borrow() {
        if let Answerer::Ticket(ticket) = &pending.answer {
            match pending.kind {
                PendingKind::Timer => timers.push((*seq, *ticket)),
                PendingKind::Activity => activities.push((*seq, *ticket)),
            }
        }
    }
    (timers, activities)
}
