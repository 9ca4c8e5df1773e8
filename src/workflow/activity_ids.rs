//! The ids that the activities of a run have on the server: the one that a call names, or its number.
//!
//! The server fails a workflow task that asks for an id which is open already, and so does every later
//! attempt; the call hears of it instead. Of an activity that was cancelled and not waited for the run does
//! not know when it ends on the server: its id counts as free.

use std::collections::BTreeMap;

use crate::workflow::{
    Seq,
    state::{PendingKind, RunState},
};

/// So many are kept before those that have ended are looked for.
const FEW: usize = 16;

/// The ids that are no plain numbers of calls.
#[derive(Debug)]
pub(super) struct ActivityIds {
    named: BTreeMap<String, Seq>,
    /// When to look for ended ones.
    limit: usize,
}

impl Default for ActivityIds {
    fn default() -> Self {
        Self { named: BTreeMap::new(), limit: FEW }
    }
}

/// Whether an activity that has not ended has the id.
pub(super) fn is_open(state: &RunState, id: &str) -> bool {
    if is_named(state, id) {
        return true;
    }
    let Some(seq) = id.parse().ok().map(Seq).filter(|seq| seq.0.to_string() == id) else { return false };
    let is_activity = state.pending.borrow().get(&seq).is_some_and(|pending| pending.kind == PendingKind::Activity);
    let ids = state.activity_ids.borrow();
    is_activity && !ids.as_ref().is_some_and(|ids| ids.named.values().any(|named| *named == seq))
}

/// Notes the id of an activity that is asked for. One that names none has its number, or if another one
/// is named so, a longer one, which is given back.
pub(super) fn note(state: &RunState, seq: Seq, named: Option<&str>) -> Option<String> {
    let id = match named {
        Some(id) => id.to_owned(),
        None => {
            let number = seq.0.to_string();
            if !is_named(state, &number) {
                return None;
            }
            let mut id = format!("{number}+");
            while is_named(state, &id) {
                id.push('+');
            }
            id
        }
    };
    let mut ids = state.activity_ids.borrow_mut();
    let ids = ids.get_or_insert_default();
    if ids.named.len() >= ids.limit {
        let pending = state.pending.borrow();
        ids.named.retain(|_, seq| pending.get(seq).is_some());
        ids.limit = FEW.max(ids.named.len().saturating_mul(2));
    }
    ids.named.insert(id.clone(), seq);
    Some(id)
}

fn is_named(state: &RunState, id: &str) -> bool {
    let seq = state.activity_ids.borrow().as_ref().and_then(|ids| ids.named.get(id).copied());
    seq.is_some_and(|seq| state.pending.borrow().get(&seq).is_some())
}
