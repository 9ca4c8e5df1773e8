//! What a run says about itself, as `temporal.api.sdk.v1.WorkflowMetadata`: its handlers and what they
//! are for, and the text that the Web UI shows.

use std::collections::BTreeMap;

use super::{KNOWN, PROGRESS, progress, stack::object};
use crate::{
    value::Value,
    workflow::{
        handlers::{ANY, Handler},
        state::RunState,
    },
};

pub(super) fn of(state: &RunState) -> Value {
    let mut queries: BTreeMap<String, String> =
        KNOWN.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect();
    queries.extend(progress(state).map(|_| (PROGRESS.to_owned(), "How far the workflow is".to_owned())));
    let (mut signals, mut updates, mut details) = (BTreeMap::new(), BTreeMap::new(), String::new());
    state.with_handlers(|handlers| {
        queries.extend(described(&handlers.queries));
        signals.extend(described(&handlers.signals));
        updates.extend(described(&handlers.updates));
        details.clone_from(&handlers.details);
    });
    let definition = object([
        ("type", Value::Text(state.facts.names.workflow_type.clone())),
        ("queryDefinitions", list(queries)),
        ("signalDefinitions", list(signals)),
        ("updateDefinitions", list(updates)),
    ]);
    object([("definition", definition), ("currentDetails", Value::Text(details))])
}

/// The handler of every name has none.
fn described(handlers: &BTreeMap<String, Handler>) -> impl Iterator<Item = (String, String)> {
    handlers.iter().map(|(name, handler)| {
        let name = if name == ANY { String::new() } else { name.clone() };
        (name, handler.description.clone())
    })
}

fn list(definitions: BTreeMap<String, String>) -> Value {
    let definitions = definitions
        .into_iter()
        .map(|(name, description)| object([("name", Value::Text(name)), ("description", Value::Text(description))]));
    Value::List(definitions.collect())
}
