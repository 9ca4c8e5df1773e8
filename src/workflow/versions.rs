//! Which changes of its code a run has seen: patches, and versions on top of them.
//!
//! The server keeps a marker for each patch, and tells it again before the step in which the run asks
//! for it. A version is the patch `change-number`. The first answer for an id is the answer for the
//! whole run, so that a loop does not change its mind.
//!
//! A replay cannot tell whose marker one is. So a run never gets to write one, of a patch or of another
//! change, that reads as the version of a change it has; what was written before there was this rule is
//! replayed as it was.

use std::collections::{BTreeMap, BTreeSet};

use mlua::Lua;

use crate::workflow::{Command, state::RunState};

/// What is known of a run's patches.
#[derive(Debug, Default)]
pub(super) struct Patches {
    /// The server has told of these.
    announced: BTreeSet<String>,
    answered: BTreeMap<String, bool>,
    versions: BTreeMap<String, i64>,
}

/// Why the code has to be mended before the run can go on.
#[derive(Debug)]
pub(super) enum Refused {
    /// The run is on a version that its code does not support any more.
    Unsupported(i64),
    Ambiguous(Ambiguous),
}

/// A marker would be taken for a version of a change.
#[derive(Debug)]
pub(super) struct Ambiguous {
    /// What the marker is of.
    pub(super) marked: Marked,
    pub(super) change: String,
}

#[derive(Debug)]
pub(super) enum Marked {
    Patch(String),
    Version(i64, String),
}

/// The server tells that the run has passed a patch before.
pub(super) fn announce(state: &RunState, id: String) {
    with(state, |patches| patches.announced.insert(id));
}

/// Whether the run has the new behaviour. A run that passed this place before it was patched has not.
pub(super) fn patched(lua: &Lua, state: &RunState, id: &str) -> Result<bool, Ambiguous> {
    if let Some(known) = with(state, |patches| patches.answered.get(id).copied()) {
        return Ok(known);
    }
    check_patch(state, id)?;
    let new = with(state, |patches| patches.announced.contains(id)) || !state.replaying.get();
    with(state, |patches| patches.answered.insert(id.to_owned(), new));
    if new {
        state.command(lua, Command::SetPatch { id: id.to_owned(), deprecated: false });
    }
    Ok(new)
}

/// Every run that passes here has the new behaviour; the marker may be missing later.
pub(super) fn deprecate(lua: &Lua, state: &RunState, id: &str) -> Result<(), Ambiguous> {
    if !with(state, |patches| patches.answered.contains_key(id)) {
        check_patch(state, id)?;
    }
    let known = with(state, |patches| patches.answered.insert(id.to_owned(), true));
    if known != Some(true) {
        state.command(lua, Command::SetPatch { id: id.to_owned(), deprecated: true });
    }
    Ok(())
}

/// The version of a change that the run is on. A run that passed this place before there was a
/// version is on the lowest; a run that gets here first is on the highest.
pub(super) fn version(lua: &Lua, state: &RunState, change: &str, low: i64, high: i64) -> Result<i64, Refused> {
    let known = with(state, |patches| patches.versions.get(change).copied());
    let version = match known {
        Some(version) => version,
        None => {
            check_change(state, change, high).map_err(Refused::Ambiguous)?;
            let version = first_answer(lua, state, change, low, high);
            with(state, |patches| patches.versions.insert(change.to_owned(), version));
            version
        }
    };
    if (low..=high).contains(&version) { Ok(version) } else { Err(Refused::Unsupported(version)) }
}

fn first_answer(lua: &Lua, state: &RunState, change: &str, low: i64, high: i64) -> i64 {
    let recorded = with(state, |patches| patches.recorded(change));
    let version = match recorded {
        Some(version) => version,
        None if state.replaying.get() => return low,
        None => high,
    };
    state.command(lua, Command::SetPatch { id: marker(change, version), deprecated: false });
    version
}

/// No patch is asked for that reads as a version of a change.
fn check_patch(state: &RunState, id: &str) -> Result<(), Ambiguous> {
    let change = with(state, |patches| patches.versions.keys().find(|change| number(change, id).is_some()).cloned());
    refuse(state, change.map(|change| Ambiguous { marked: Marked::Patch(id.to_owned()), change }))
}

/// No version is asked for of a change whose marker a patch or another change has, nor one whose own
/// marker reads as a version of another change.
fn check_change(state: &RunState, change: &str, high: i64) -> Result<(), Ambiguous> {
    let found = with(state, |patches| {
        let patches_like_it = patches.answered.keys().filter(|id| number(change, id).is_some());
        let patch = patches_like_it.map(|id| (Marked::Patch(id.clone()), change.to_owned())).next();
        let others = || patches.versions.iter();
        let other = || {
            let (other, version) =
                others().find(|(other, version)| number(change, &marker(other, **version)).is_some())?;
            Some((Marked::Version(*version, other.clone()), change.to_owned()))
        };
        let own = || {
            let (other, _) = others().find(|(other, _)| number(other, &marker(change, high)).is_some())?;
            Some((Marked::Version(high, change.to_owned()), other.clone()))
        };
        patch.or_else(other).or_else(own)
    });
    refuse(state, found.map(|(marked, change)| Ambiguous { marked, change }))
}

/// Nothing is refused on a replay: what stands in a history was written.
fn refuse(state: &RunState, found: Option<Ambiguous>) -> Result<(), Ambiguous> {
    found.filter(|_| !state.replaying.get()).map_or(Ok(()), Err)
}

/// The name of the marker of a version, as Go's SDK names it for the search attribute.
fn marker(change: &str, version: i64) -> String {
    format!("{change}-{version}")
}

impl Patches {
    /// The version of a change that the server has told of.
    fn recorded(&self, change: &str) -> Option<i64> {
        let prefix = format!("{change}-");
        let of_change = self.announced.range(prefix.clone()..).take_while(|id| id.starts_with(&prefix));
        of_change.filter_map(|id| number(change, id)).max()
    }
}

/// The version of a change that a marker is of, if it is of one.
fn number(change: &str, id: &str) -> Option<i64> {
    let number = id.strip_prefix(change)?.strip_prefix('-')?.parse().ok()?;
    // `+1` and `01` are numbers, but never written so.
    (marker(change, number) == *id).then_some(number)
}

fn with<R>(state: &RunState, look: impl FnOnce(&mut Patches) -> R) -> R {
    look(state.patches.borrow_mut().get_or_insert_default())
}
