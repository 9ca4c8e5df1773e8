//! What a run asks of other runs: signals, and that they end.
//!
//! The server hands on at once, and in any order, what one workflow task asks for. So of all that goes to one
//! workflow id a single request is under way, and the next is sent when it is known what became of it: then the
//! other run gets everything in the order in which it was sent. A line may go on after the code of its run has
//! ended ([`End`](super::end::End)).

use std::collections::{BTreeMap, VecDeque};

use mlua::{Buffer, Lua, Value as LuaValue};

use crate::{
    lua::{Meter, Tripped, error_object, weight},
    value::Failure,
    workflow::{
        Command, Emitted, Seq,
        outbox::call_site,
        scopes, size,
        state::{Pending, RunState},
    },
};

/// Many small requests share one ballast of so many bytes.
const BATCH: usize = 16 * 1024;

/// Kept once there is something to keep.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// What waits behind the request that is under way, by the workflow id that it goes to.
    lines: BTreeMap<String, VecDeque<Waiting>>,
    /// Where each of those goes that are under way.
    under_way: BTreeMap<Seq, String>,
    /// The bytes of requests since the last one that has ballast.
    unweighed: usize,
}

/// A request that is not sent yet.
#[derive(Debug)]
struct Waiting {
    seq: Seq,
    emitted: Emitted,
    /// The engine counts what lies here.
    _ballast: Option<Buffer>,
}

impl Outgoing {
    fn ballast(&mut self, lua: &Lua, emitted: &Emitted) -> mlua::Result<Option<Buffer>> {
        self.unweighed += size_of::<Waiting>() + size::of(emitted).all;
        if self.unweighed < BATCH {
            return Ok(None);
        }
        weight::ballast(lua, std::mem::take(&mut self.unweighed))
    }
}

/// Asks something of the run with a workflow id, after all that was asked of it before.
pub(super) fn ask(
    lua: &Lua,
    state: &RunState,
    to: &str,
    pending: Pending,
    command: impl FnOnce(Seq) -> Command,
) -> mlua::Result<()> {
    let seq = state.number(pending);
    let command = command(seq);
    let mut outgoing = state.outgoing.borrow_mut();
    let outgoing = outgoing.get_or_insert_default();
    if !outgoing.lines.contains_key(to) {
        outgoing.lines.insert(to.to_owned(), VecDeque::new());
        outgoing.under_way.insert(seq, to.to_owned());
        state.command(lua, command);
        return Ok(());
    }
    let emitted = Emitted { command, site: call_site(lua, &state.program) };
    if !state.outbox.borrow_mut().sent.check(&emitted) {
        // The task has failed.
        Meter::trip(lua, Tripped::Memory);
    }
    let ballast = outgoing.ballast(lua, &emitted)?;
    if let Some(line) = outgoing.lines.get_mut(to) {
        line.push_back(Waiting { seq, emitted, _ballast: ballast });
    }
    Ok(())
}

/// The server tells what became of a request: the next one of its line is sent.
pub(super) fn known(state: &RunState, seq: Seq) {
    let mut outgoing = state.outgoing.borrow_mut();
    let Some(outgoing) = outgoing.as_deref_mut() else { return };
    let Some(to) = outgoing.under_way.remove(&seq) else { return };
    match outgoing.lines.get_mut(&to).and_then(VecDeque::pop_front) {
        Some(Waiting { seq, emitted, .. }) => {
            outgoing.under_way.insert(seq, to);
            // What the server does not take fails the task: nothing is to be done about it here.
            state.outbox.borrow_mut().push(emitted.command, emitted.site);
        }
        None => drop(outgoing.lines.remove(&to)),
    }
}

/// Takes a request back that is not sent yet; whether it is such a one. Who waits for it is told.
pub(super) fn take_back(lua: &Lua, state: &RunState, seq: Seq) -> mlua::Result<bool> {
    let is_taken_back = state.outgoing.borrow_mut().as_deref_mut().is_some_and(|outgoing| {
        outgoing.lines.values_mut().any(|line| {
            let at = line.iter().position(|waiting| waiting.seq == seq);
            at.and_then(|at| line.remove(at)).is_some()
        })
    });
    if !is_taken_back {
        return Ok(false);
    }
    let pending = state.pending.borrow_mut().remove(&seq);
    if let Some(pending) = pending {
        let failure = Failure::canceled("the message was taken back before it was sent");
        let problem = error_object(lua, scopes::explained(state, seq, failure))?;
        state.answer(pending.answer, LuaValue::Nil, LuaValue::UserData(problem))?;
    }
    Ok(true)
}

/// Whether it is known what became of all requests.
pub(super) fn are_known(state: &RunState) -> bool {
    state.outgoing.borrow().as_deref().is_none_or(|outgoing| outgoing.under_way.is_empty())
}
