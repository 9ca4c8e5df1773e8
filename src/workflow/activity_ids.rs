//! The ids that the activities of a run have on the server: the one that a call names, or its number.
//!
//! The server fails a workflow task that asks for an id which is open already, and so does every later
//! attempt; the call hears of it instead. Of an activity that was cancelled and not waited for the run never
//! hears when it ends on the server: its id stays taken.

use std::collections::{BTreeMap, BTreeSet};

use crate::workflow::{
    Cancellation, Outcome, Seq, scopes,
    state::{PendingKind, RunState},
};

/// So many are kept before those that have ended are looked for.
const FEW: usize = 16;

/// What is known of ids beside the numbers of calls that go on.
#[derive(Debug)]
pub(super) struct ActivityIds {
    /// The ids that are no plain numbers of calls.
    named: BTreeMap<String, Seq>,
    /// When to look for ended ones.
    limit: usize,
    /// Calls that go on, and whose end is waited for even if they are cancelled.
    awaited: BTreeSet<Seq>,
    /// Calls that ended for the run only.
    given_up: BTreeSet<Seq>,
}

impl Default for ActivityIds {
    fn default() -> Self {
        Self { named: BTreeMap::new(), limit: FEW, awaited: BTreeSet::new(), given_up: BTreeSet::new() }
    }
}

/// Why no other activity can have an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Open,
    /// Nobody will tell when it ends.
    GivenUp,
}

impl Taken {
    /// What the call that asks for it hears.
    pub(super) fn message(self, id: &str) -> String {
        match self {
            Self::Open => format!(
                "an activity with the id `{id}` is open in this run already; wait for its end, or give this call \
                 another `id`"
            ),
            Self::GivenUp => format!(
                "an activity with the id `{id}` was cancelled in this run and not waited for, so the server may have \
                 it open; give this call another `id`, or the first one `cancellation_type = \"wait_completed\"`"
            ),
        }
    }
}

/// Whether an activity has the id that may not have ended.
pub(super) fn taken(state: &RunState, id: &str) -> Option<Taken> {
    let named = state.activity_ids.borrow().as_ref().and_then(|ids| ids.named.get(id).copied());
    if let Some(taken) = named.and_then(|seq| of_call(state, seq)) {
        return Some(taken);
    }
    let seq = id.parse().ok().map(Seq).filter(|seq| seq.0.to_string() == id)?;
    let has_name = |ids: &ActivityIds| ids.named.values().any(|named| *named == seq);
    if state.activity_ids.borrow().as_deref().is_some_and(has_name) {
        return None;
    }
    of_call(state, seq)
}

/// Whether a call is an activity that may not have ended.
fn of_call(state: &RunState, seq: Seq) -> Option<Taken> {
    if state.pending.borrow().get(&seq).is_some_and(|pending| pending.kind == PendingKind::Activity) {
        return Some(Taken::Open);
    }
    let ids = state.activity_ids.borrow();
    ids.as_deref().is_some_and(|ids| ids.given_up.contains(&seq)).then_some(Taken::GivenUp)
}

/// Notes the id of an activity that is asked for. One that names none has its number, or if another one
/// is named so, a longer one, which is given back.
pub(super) fn note(state: &RunState, seq: Seq, named: Option<&str>, cancellation: Cancellation) -> Option<String> {
    let id = match named {
        Some(id) => Some(id.to_owned()),
        None => longer(state, seq),
    };
    if id.is_none() && cancellation != Cancellation::WaitCompleted {
        return None;
    }
    let mut ids = state.activity_ids.borrow_mut();
    let ids = ids.get_or_insert_default();
    if cancellation == Cancellation::WaitCompleted {
        ids.awaited.insert(seq);
    }
    let id = id?;
    if ids.named.len() >= ids.limit {
        let pending = state.pending.borrow();
        ids.named.retain(|_, seq| pending.contains_key(seq) || ids.given_up.contains(seq));
        ids.limit = FEW.max(ids.named.len().saturating_mul(2));
    }
    ids.named.insert(id.clone(), seq);
    Some(id)
}

/// The id of a call whose number is another one's name.
fn longer(state: &RunState, seq: Seq) -> Option<String> {
    let is_named = |id: &str| {
        let named = state.activity_ids.borrow().as_ref().and_then(|ids| ids.named.get(id).copied());
        named.is_some_and(|seq| of_call(state, seq).is_some())
    };
    let mut id = seq.0.to_string();
    if !is_named(&id) {
        return None;
    }
    while is_named(&id) {
        id.push('+');
    }
    Some(id)
}

/// An activity has ended for the run. One that was asked to end and is not waited for may go on.
pub(super) fn ended(state: &RunState, seq: Seq, outcome: &Outcome) {
    let was_awaited = state.activity_ids.borrow_mut().as_deref_mut().is_some_and(|ids| ids.awaited.remove(&seq));
    let is_cancelled = matches!(outcome, Outcome::Failed(failure) if failure.is_canceled());
    if is_cancelled && !was_awaited && scopes::was_to_end(state, seq) {
        state.activity_ids.borrow_mut().get_or_insert_default().given_up.insert(seq);
    }
}
