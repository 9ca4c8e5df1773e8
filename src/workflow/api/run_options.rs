//! The options of a run that another one starts: `workflow.run_timeout`, or without the prefix.

use std::{borrow::Cow, collections::BTreeSet};

use super::{
    attributes,
    policies::VersioningMode,
    words::{Worded, duration, entries, flag, name, priority, queue, retry, snake, text, twice, unknown, word, wrong},
};
use crate::{
    value::{Map, Value},
    workflow::{ChildCancellation, RunOptions, SAYS_TWO, SCHEDULE_HINT, VersioningOverride, wrong_schedule},
};

/// What may stand before a key.
const PREFIXES: [&str; 2] = ["temporal.workflow.", "workflow."];

/// Other names of keys, and those.
pub(crate) const ALIASES: [(&str, &str); 3] =
    [("static_summary", "summary"), ("static_details", "details"), ("typed_search_attributes", "search_attributes")];

/// Which sort of run is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Child,
    /// It takes the place of this run.
    Next,
}

/// What both sorts take.
const KEYS: [&str; 7] =
    ["task_queue", "run_timeout", "task_timeout", "retry_policy", "memo", "search_attributes", "versioning_intent"];
/// What only a child takes.
const CHILD_KEYS: [&str; 12] = [
    "id",
    "namespace",
    "execution_timeout",
    "id_reuse_policy",
    "parent_close_policy",
    "cancellation_type",
    "wait_for_cancellation",
    "cron_schedule",
    "priority",
    "summary",
    "details",
    "versioning_override",
];
/// What only the next run takes.
const NEXT_KEYS: [&str; 3] = ["type", "start_delay", "versioning_behavior"];

/// What others can say who start a run, and a workflow cannot.
const ELSEWHERE: [(&str, &str); 3] = [
    ("id_conflict_policy", "the server takes none for a child; `id_reuse_policy` says what a used id means"),
    ("execution_error_when_already_started", "a child whose id is in use is always an error, of kind AlreadyExists"),
    ("enable_eager_start", "a child is started by the server"),
];

/// Whether a run that takes this one's place moves to the newest version.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Upgrades;

impl Worded for Upgrades {
    const PREFIX: &'static str = "continue_as_new_versioning_behavior_";
    const WORDS: &'static [(&'static str, i64, Self)] = &[("auto_upgrade", 1, Self)];
}

/// Reads the options; the error says what is wrong with which.
pub(super) fn read(options: &Map, sort: Sort) -> Result<RunOptions, String> {
    let mut read = RunOptions::default();
    let mut keys = BTreeSet::new();
    for (given, value) in options {
        let key = bare(given);
        check_sort(given, &key, sort)?;
        take(&mut read, &key, value)?;
        if let Some(key) = keys.replace(key) {
            return Err(twice(&key));
        }
    }
    read.timeouts = read.timeouts.without_zeros();
    Ok(read)
}

/// Reads what somebody outside says of a start, in the words of workflow code.
pub(crate) fn start_options(options: &Map) -> Result<RunOptions, String> {
    let mut read = RunOptions::default();
    options.iter().try_for_each(|(key, value)| take(&mut read, key, value))?;
    read.timeouts = read.timeouts.without_zeros();
    Ok(read)
}

/// What an option is called without what may stand before it, and by one name.
pub(super) fn bare(given: &str) -> Cow<'_, str> {
    let key = snake(PREFIXES.iter().find_map(|prefix| given.strip_prefix(prefix)).unwrap_or(given));
    ALIASES.iter().find(|(other, _)| *other == key).map_or(key, |(_, name)| Cow::Borrowed(name))
}

/// Whether this sort of run takes the key.
fn check_sort(given: &str, key: &str, sort: Sort) -> Result<(), String> {
    let (mine, others, else_of) = match sort {
        Sort::Child => (&CHILD_KEYS[..], &NEXT_KEYS[..], "only a run that takes the place of this one has it"),
        Sort::Next => (&NEXT_KEYS[..], &CHILD_KEYS[..], "only a child has it"),
    };
    if KEYS.contains(&key) || mine.contains(&key) {
        return Ok(());
    }
    if others.contains(&key) {
        return Err(format!("`{given}` cannot be used here: {else_of}"));
    }
    if let Some((_, why)) = ELSEWHERE.iter().find(|(name, _)| *name == key) {
        return Err(format!("`{given}` cannot be used in a workflow: {why}"));
    }
    let known: Vec<&str> = KEYS.iter().chain(mine).copied().collect();
    Err(unknown(given, key, &known))
}

fn take(read: &mut RunOptions, key: &str, value: &Value) -> Result<(), String> {
    match key {
        "id" => read.workflow_id = Some(name(key, value)?),
        "type" => read.workflow_type = Some(name(key, value)?),
        "task_queue" => read.task_queue = Some(queue(key, value)?),
        "namespace" => read.namespace = Some(name(key, value)?),
        "execution_timeout" => read.timeouts.execution = Some(duration(key, value)?),
        "run_timeout" => read.timeouts.run = Some(duration(key, value)?),
        "task_timeout" => read.timeouts.task = Some(duration(key, value)?),
        "parent_close_policy" => read.parent_close = Some(word(key, value)?),
        "id_reuse_policy" => read.id_reuse = Some(word(key, value)?),
        "id_conflict_policy" => read.id_conflict = Some(word(key, value)?),
        "retry_policy" => read.retry = Some(retry(value)?),
        "cron_schedule" => read.cron = Some(schedule(key, value)?),
        "memo" => {
            let fields = entries("`memo`", value)?;
            read.memo = Some(fields.map(|(name, value)| (name.clone(), value.clone())).collect());
        }
        "search_attributes" => read.search_attributes = Some(attributes::read(value)?),
        "cancellation_type" => set_cancellation(read, word(key, value)?)?,
        "wait_for_cancellation" => {
            let waits = flag(key, value)?;
            set_cancellation(
                read,
                if waits { ChildCancellation::WaitCompleted } else { ChildCancellation::TryCancel },
            )?;
        }
        "priority" => read.priority = Some(priority(value)?),
        "summary" => read.summary = Some(text(key, value)?),
        "details" => read.details = Some(text(key, value)?),
        "versioning_override" => read.versioning = Some(versioning(value)?),
        "versioning_intent" => read.intent = Some(word(key, value)?),
        "start_delay" => read.delay = Some(duration(key, value)?),
        _ => {
            let Upgrades = word(key, value)?;
            read.upgrades = true;
        }
    }
    Ok(())
}

/// Two keys say the same thing; they may not say two things.
fn set_cancellation(read: &mut RunOptions, chosen: ChildCancellation) -> Result<(), String> {
    match read.cancellation.replace(chosen) {
        Some(other) if other != chosen => Err(SAYS_TWO.to_owned()),
        _ => Ok(()),
    }
}

fn schedule(key: &str, value: &Value) -> Result<String, String> {
    let schedule = text(key, value)?;
    match wrong_schedule(&schedule) {
        None => Ok(schedule),
        Some(why) => Err(format!("`{key}`: `{schedule}` is no schedule: {why}; {SCHEDULE_HINT}")),
    }
}

/// `"auto_upgrade"`, or `{mode = "pinned", version = {deployment_name =, build_id =}}`.
fn versioning(value: &Value) -> Result<VersioningOverride, String> {
    const KEY: &str = "versioning_override";
    if let Value::Text(_) = value {
        return match word(KEY, value)? {
            VersioningMode::AutoUpgrade => Ok(VersioningOverride::AutoUpgrade),
            VersioningMode::Pinned => Err(format!("`{KEY}.version` is missing, which `pinned` needs")),
        };
    }
    if !matches!(value, Value::Map(_)) {
        return Err(wrong(KEY, "`auto_upgrade` or a table", value));
    }
    let (mut mode, mut version) = (None, None);
    for (given, value) in entries("`versioning_override`", value)? {
        match &*snake(given) {
            "mode" => mode = Some(word("versioning_override.mode", value)?),
            "version" => version = Some(deployment(value)?),
            other => return Err(unknown(given, other, &["mode", "version"])),
        }
    }
    match (mode, version) {
        (None, _) => Err("`versioning_override.mode` is missing".to_owned()),
        (Some(VersioningMode::AutoUpgrade), None) => Ok(VersioningOverride::AutoUpgrade),
        (Some(VersioningMode::AutoUpgrade), Some(_)) => {
            Err("`versioning_override.version` has no effect: a run with the mode `auto_upgrade` is bound to none"
                .to_owned())
        }
        (Some(VersioningMode::Pinned), Some((deployment, build_id))) => {
            Ok(VersioningOverride::Pinned { deployment, build_id })
        }
        (Some(VersioningMode::Pinned), None) => {
            Err("`versioning_override.version` is missing, which `pinned` needs".to_owned())
        }
    }
}

fn deployment(value: &Value) -> Result<(String, String), String> {
    let (mut deployment, mut build_id) = (None, None);
    for (given, value) in entries("`versioning_override.version`", value)? {
        match &*snake(given) {
            "deployment_name" => deployment = Some(text("deployment_name", value)?),
            "build_id" => build_id = Some(text("build_id", value)?),
            other => return Err(unknown(given, other, &["deployment_name", "build_id"])),
        }
    }
    let missing = |name: &str| format!("`versioning_override.version.{name}` is missing, which `pinned` needs");
    Ok((deployment.ok_or_else(|| missing("deployment_name"))?, build_id.ok_or_else(|| missing("build_id"))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_at_all_says_nothing() {
        for key in ["execution_timeout", "run_timeout", "task_timeout"] {
            let options = Map::from_iter([(key.to_owned(), Value::from("0s"))]);
            assert_eq!(start_options(&options), Ok(RunOptions::default()));
        }
    }
}
