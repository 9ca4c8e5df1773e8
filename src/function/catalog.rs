//! What a worker can run: activity types, and the functions behind them.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    diag::closest,
    entry::EntryId,
    function::http::Allow,
    lua::Program,
    value::{Failure, failure_kind},
};

/// One `function.lua`, ready to be run.
#[derive(Debug)]
pub(crate) struct FunctionEntry {
    pub(crate) id: EntryId,
    pub(crate) program: Arc<Program>,
    /// What it may reach beyond the public network.
    pub(crate) allow: Allow,
}

/// What one worker can run. Immutable; a reload swaps it for another.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    activities: BTreeMap<String, Arc<FunctionEntry>>,
    functions: BTreeMap<EntryId, Arc<FunctionEntry>>,
    /// Why a function of the project cannot be called: a variable has no value.
    unreadable: BTreeMap<EntryId, String>,
}

impl Catalog {
    /// The worker's activities by their types, and every function of the project, which those may
    /// call.
    pub(crate) fn new(
        activities: impl IntoIterator<Item = (String, Arc<FunctionEntry>)>,
        functions: impl IntoIterator<Item = Arc<FunctionEntry>>,
    ) -> Self {
        let activities: BTreeMap<_, _> = activities.into_iter().collect();
        let of_activities = activities.values().cloned().collect::<Vec<_>>();
        let functions = functions.into_iter().chain(of_activities).map(|entry| (entry.id.clone(), entry)).collect();
        Self { activities, functions, unreadable: BTreeMap::new() }
    }

    /// The same, and why there are functions that it has not.
    pub(crate) fn without(self, unreadable: BTreeMap<EntryId, String>) -> Self {
        Self { unreadable, ..self }
    }

    /// The function behind an activity type.
    pub(crate) fn activity(&self, activity_type: &str) -> Result<Arc<FunctionEntry>, Failure> {
        self.activities.get(activity_type).cloned().ok_or_else(|| {
            let known: Vec<String> = self.activities.keys().map(|name| format!("`{name}`")).collect();
            let has = if known.is_empty() { "none at all".to_owned() } else { known.join(", ") };
            let message = format!("this worker has no activity `{activity_type}`; it has {has}");
            Failure { retryable: Some(true), ..Failure::new(failure_kind::NOT_FOUND, message) }
        })
    }

    /// A function by its entry's id.
    pub(crate) fn function(&self, id: &EntryId) -> Result<Arc<FunctionEntry>, Failure> {
        if let Some(function) = self.functions.get(id) {
            return Ok(Arc::clone(function));
        }
        if let Some(why) = self.unreadable.get(id) {
            let message = format!("`{id}` cannot be called: {why}");
            return Err(Failure { retryable: Some(true), ..Failure::new(failure_kind::UNAVAILABLE, message) });
        }
        let known: Vec<String> = self.functions.keys().map(ToString::to_string).collect();
        let hint = closest(&id.to_string(), known.iter().map(String::as_str))
            .map(|close| format!("; did you mean `{close}`?"))
            .unwrap_or_default();
        let message = format!("no function of this project is called `{id}`{hint}");
        Err(Failure { retryable: Some(false), ..Failure::new(failure_kind::NOT_FOUND, message) })
    }
}
