//! Who keeps the runs that a command is about, and the way there.

use std::sync::Arc;

use super::{Runs, start::hint};
use crate::{
    app::LocalDoor,
    diag::{Diagnostics, closest},
    entry::{EntryId, IdError},
    kinds::{ClientFields, TemporalClient},
    registry::{BuildCx, Entry},
    temporal::{ConnectError, connect, identity},
};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReachError {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("no entry is called `{id}`{}", hint(.similar.as_deref()))]
    Unknown { id: EntryId, similar: Option<String> },
    #[error("`{id}` is a `{kind}`, not a `temporal.client`")]
    NotAClient { id: EntryId, kind: &'static str },
    #[error("the project has no `temporal.client`")]
    None,
    #[error("the project has several connections, {}: name one with `--client`", list(.0))]
    Several(Vec<EntryId>),
    #[error("the settings cannot be read")]
    Settings(Diagnostics),
    #[error(transparent)]
    Connect(#[from] Box<ConnectError>),
}

/// Connects as an entry of the project says: the one that is named, else the only one.
pub(crate) async fn reach(cx: &BuildCx, client: Option<&str>) -> Result<Runs, ReachError> {
    let entry = match client {
        Some(name) => named(cx, name)?,
        None => only(cx)?,
    };
    runs_of(cx, &entry, "metonic-workflow").await
}

/// The runs behind a connection of the project: those of the local engine, if one is lent, else the
/// server's, to which one connects under a name.
pub(super) async fn runs_of(cx: &BuildCx, client: &Entry, name: &str) -> Result<Runs, ReachError> {
    if let Some(door) = cx.process.root::<LocalDoor>() {
        let fields = cx.spec::<TemporalClient>(client).map_err(ReachError::Settings)?;
        return Ok(Runs::Local(door.runs(&fields.namespace, &fields.tq_prefix)));
    }
    let config = ClientFields::config(client, cx).map_err(ReachError::Settings)?;
    Ok(Runs::Server(connect(&config, &identity(name)).await.map_err(Box::new)?))
}

fn named(cx: &BuildCx, name: &str) -> Result<Arc<Entry>, ReachError> {
    let id = EntryId::parse(name, None)?;
    match cx.registry.get(&id) {
        Some(entry) if entry.spec::<TemporalClient>().is_some() => Ok(Arc::clone(entry)),
        Some(entry) => Err(ReachError::NotAClient { id, kind: entry.kind.name }),
        None => {
            let known: Vec<String> = ids(cx).iter().map(ToString::to_string).collect();
            let similar = closest(name, known.iter().map(String::as_str)).map(str::to_owned);
            Err(ReachError::Unknown { id, similar })
        }
    }
}

fn only(cx: &BuildCx) -> Result<Arc<Entry>, ReachError> {
    match ids(cx).as_slice() {
        [] => Err(ReachError::None),
        [id] => cx.registry.get(id).cloned().ok_or(ReachError::None),
        several => Err(ReachError::Several(several.to_vec())),
    }
}

fn ids(cx: &BuildCx) -> Vec<EntryId> {
    cx.registry.of_kind::<TemporalClient>().map(|(entry, _)| entry.id.clone()).collect()
}

fn list(ids: &[EntryId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" and ")
}
