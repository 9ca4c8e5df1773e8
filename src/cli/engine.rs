//! Whom a command about runs asks: a Temporal server, or the process that runs the project with the
//! local engine.
//!
//! Such a process answers without a flag, since nobody else knows its runs; that it did is said.

use std::{path::Path, sync::Arc};

use super::{Exit, arguments::Engine, output};
use crate::{
    app::{AskProcess, LocalDoor},
    diag::shell_word,
    registry::BuildCx,
};

/// The project, with the local engine if that is who is asked.
pub(super) async fn with_engine(cx: BuildCx, folder: &Path, engine: Option<Engine>) -> Result<BuildCx, Exit> {
    let found = match engine {
        Some(Engine::Temporal) => return Ok(cx),
        Some(Engine::Local) => LocalDoor::find(folder).await,
        // It may be the one that keeps the runs: who is told of a server then would not understand.
        None => Ok(LocalDoor::find(folder).await.unwrap_or_else(|error| {
            output::talk(format_args!("note: {error}; a server is asked"));
            None
        })),
    };
    match found {
        Ok(Some(local)) => {
            output::talk("asking the local engine of the process that runs this project");
            let process = cx.process.with_root(Arc::new(local));
            Ok(BuildCx { process, ..cx })
        }
        Ok(None) if engine.is_none() => Ok(cx),
        Ok(None) => {
            let folder = folder.to_string_lossy();
            let word = shell_word(&folder);
            output::talk(format_args!(
                "error: no process runs the project `{folder}` with the local engine: start one with `metonic dev \
                 {word} --engine local`"
            ));
            Err(Exit::Unavailable)
        }
        Err(error) => {
            output::talk(format_args!("error: {error}"));
            Err(match error {
                AskProcess::NobodyRuns(_) | AskProcess::Deaf(_) => Exit::Unavailable,
                AskProcess::Io(_) => Exit::Problems,
            })
        }
    }
}
