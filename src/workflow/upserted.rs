//! A run's search attributes and memo: what it began with, and what it has made of them.

use crate::{
    value::{Map, Value},
    workflow::{SearchAttributeKind, SearchAttributes, state::RunState},
};

/// What a run has set; a null is what it has taken away.
#[derive(Debug, Default)]
pub(super) struct Upserted {
    search_attributes: SearchAttributes,
    memo: Map,
}

/// Notes what the run sets now.
pub(super) fn upsert(state: &RunState, search_attributes: &SearchAttributes, memo: &Map) {
    let mut upserted = state.upserted.borrow_mut();
    let upserted = upserted.get_or_insert_default();
    upserted.search_attributes.extend(search_attributes.iter().map(|(name, one)| (name.clone(), one.clone())));
    upserted.memo.extend(memo.iter().map(|(name, value)| (name.clone(), value.clone())));
}

/// The search attributes as they are now.
pub(super) fn search_attributes(state: &RunState) -> SearchAttributes {
    let mut attributes = state.facts.search_attributes();
    if let Some(upserted) = &*state.upserted.borrow() {
        attributes.extend(upserted.search_attributes.iter().map(|(name, one)| (name.clone(), one.clone())));
    }
    attributes.retain(|_, attribute| attribute.value != Value::Null);
    attributes
}

/// The type that a search attribute has, or had before it was taken away.
pub(super) fn kind_of(state: &RunState, name: &str) -> Option<SearchAttributeKind> {
    let own = state.upserted.borrow().as_ref().and_then(|own| own.search_attributes.get(name).map(|one| one.kind));
    own.or_else(|| state.facts.search_attributes().get(name).map(|one| one.kind))
}

/// The memo as it is now.
pub(super) fn memo(state: &RunState) -> Map {
    let mut memo = state.facts.memo();
    if let Some(upserted) = &*state.upserted.borrow() {
        memo.extend(upserted.memo.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    memo.retain(|_, value| *value != Value::Null);
    memo
}

/// The memo for the run that takes this one's place; nothing: the one that this run began with,
/// which the core hands on by itself.
pub(super) fn memo_to_hand_on(state: &RunState) -> Option<Map> {
    let changed = state.upserted.borrow().as_ref().is_some_and(|upserted| !upserted.memo.is_empty());
    changed.then(|| some_memo(state, memo(state)))
}

/// A memo as the next run's. To the core an empty one is none, and means the one that this run began
/// with; so the fields of that are taken away one by one.
pub(super) fn some_memo(state: &RunState, memo: Map) -> Map {
    if !memo.is_empty() {
        return memo;
    }
    state.facts.memo().into_keys().map(|name| (name, Value::Null)).collect()
}
