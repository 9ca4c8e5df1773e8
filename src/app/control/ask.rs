//! Asks the process that runs a project.

use std::{io, path::Path};

use serde::{Serialize, de::DeserializeOwned};

use super::{Answer, Request};
use crate::diag::shell_word;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskProcess {
    #[error("no process runs the project `{0}`: start one with `metonic run {word}`", word = shell_word(.0))]
    NobodyRuns(String),
    #[error(
        "a process runs the project `{0}`, and its control socket is gone: it can be neither told nor asked anything; \
         end it and start it anew with `metonic run {word}`", word = shell_word(.0)
    )]
    Deaf(String),
    #[error("the process that runs the project cannot be asked: {0}")]
    Io(io::Error),
}

/// Tells the process that runs the project in `folder` to start or stop a service, and waits for its
/// answer.
pub(crate) async fn ask(folder: &Path, request: &Request) -> Result<Answer, AskProcess> {
    exchange(folder, request).await
}

/// Whether a process runs the project in `folder` that can be told.
pub(crate) fn is_run(folder: &Path) -> bool {
    #[cfg(unix)]
    return folder.canonicalize().is_ok_and(|root| super::socket::is_owned(&root));
    #[cfg(not(unix))]
    return false;
}

/// One request and its answer, however long that takes.
#[cfg(unix)]
pub(in crate::app) async fn exchange<T: DeserializeOwned>(
    folder: &Path,
    request: &impl Serialize,
) -> Result<T, AskProcess> {
    use super::{message, socket};

    let nobody = || AskProcess::NobodyRuns(folder.display().to_string());
    let root = folder.canonicalize().map_err(|_| nobody())?;
    let silent = || if socket::is_owned(&root) { AskProcess::Deaf(folder.display().to_string()) } else { nobody() };
    let mut stream = match socket::connect(&root).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Err(silent());
        }
        Err(error) => return Err(AskProcess::Io(error)),
    };
    let answer = async {
        message::write(&mut stream, request).await?;
        message::read_answer(&mut stream).await
    };
    answer.await.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => AskProcess::Io(io::Error::other("it ended before it answered")),
        _ => AskProcess::Io(error),
    })
}

/// There are no sockets with owners here.
#[cfg(not(unix))]
pub(in crate::app) async fn exchange<T: DeserializeOwned>(_: &Path, _: &impl Serialize) -> Result<T, AskProcess> {
    Err(AskProcess::Io(io::ErrorKind::Unsupported.into()))
}
