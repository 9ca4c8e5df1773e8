//! `metonic call`: runs a function of the project once, in this process, without a server.
//!
//! The function sees what an activity sees, as its first attempt; nothing is tried again.

use std::sync::Arc;

use tokio::{runtime::Handle, sync::watch};

use super::start::hint;
use crate::{
    diag::{Diagnostics, closest},
    entry::{EntryId, IdError},
    function::{Databases, FunctionContext, FunctionOutcome, FunctionTask, HttpClient, start_lanes},
    kinds::{DbSqlite, FunctionLua, WorkflowLua, caller, pool_config},
    registry::{BuildCx, Kind},
    service::Exports,
    value::{Failure, Value},
};

/// Why a function was not called.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Id(#[from] IdError),
    #[error("no entry is called `{id}`{}", hint(.similar.as_deref()))]
    Unknown { id: EntryId, similar: Option<String> },
    #[error("`{id}` is a `{kind}`, not a function{}", instead(.kind))]
    NotAFunction { id: EntryId, kind: &'static str },
    #[error("the code cannot be run")]
    Broken(Diagnostics),
    #[error("the operating system gives no threads: {0}")]
    NoThread(std::io::Error),
}

/// What does something with an entry of a kind that is not called.
fn instead(kind: &str) -> &'static str {
    if kind == WorkflowLua::NAME { "; `metonic start` starts a workflow" } else { "" }
}

/// Calls the function of an entry; what it returns, or why it failed.
pub(crate) async fn call(
    cx: &BuildCx,
    entry: &str,
    arguments: Vec<Value>,
) -> Result<Result<Value, Failure>, CallError> {
    let id = function(cx, entry)?;
    let databases = Databases::new(Handle::current());
    let process = Exports::default()
        .with_root(start_lanes(1).map_err(CallError::NoThread)?)
        .with_root(HttpClient::new(Handle::current()))
        .with_root(Arc::clone(&databases));
    // Opened by the first statement that one of them is asked for, and closed with this call. Which ones the
    // code asks for is known then.
    let mut opened = Vec::new();
    for (entry, _) in cx.registry.of_kind::<DbSqlite>() {
        match pool_config(entry, cx) {
            Ok(config) => opened.push(databases.add(config)),
            Err(wrong) => databases.lack(entry.id.clone(), wrong.headlines()),
        }
    }
    let functions = caller(&id, &BuildCx { process, ..cx.clone() }).map_err(CallError::Broken)?;
    // Kept until the end: a sender that is gone never asks the call to end.
    let (_never, cancelled) = watch::channel(None);
    let context = FunctionContext { cancel: cancelled, heartbeat: Arc::new(|_| {}) };
    let outcome = functions.run(task(&id, arguments), context).await;
    for database in opened {
        database.pool.close().await;
    }
    Ok(match outcome {
        FunctionOutcome::Completed(value) => Ok(value),
        FunctionOutcome::Failed(failure) | FunctionOutcome::Cancelled(failure) => Err(failure),
    })
}

fn function(cx: &BuildCx, text: &str) -> Result<EntryId, CallError> {
    let id = EntryId::parse(text, None)?;
    match cx.registry.get(&id) {
        Some(entry) if entry.spec::<FunctionLua>().is_some() => Ok(id),
        Some(entry) => Err(CallError::NotAFunction { id, kind: entry.kind.name }),
        None => {
            let known: Vec<String> =
                cx.registry.of_kind::<FunctionLua>().map(|(entry, _)| entry.id.to_string()).collect();
            let similar = closest(text, known.iter().map(String::as_str)).map(str::to_owned);
            Err(CallError::Unknown { id, similar })
        }
    }
}

/// An attempt that no workflow asked for.
fn task(id: &EntryId, arguments: Vec<Value>) -> FunctionTask {
    FunctionTask {
        activity_type: id.to_string(),
        activity_id: "call".to_owned(),
        token: Vec::new(),
        arguments,
        headers: <_>::default(),
        attempt: 1,
        namespace: String::new(),
        task_queue: String::new(),
        workflow_id: String::new(),
        run_id: String::new(),
        workflow_type: String::new(),
        heartbeat_details: Vec::new(),
        scheduled: None,
        started: None,
        schedule_to_close: None,
        start_to_close: None,
        heartbeat_timeout: None,
        is_local: false,
    }
}
