//! The steps of a run while they happen, whoever keeps it.

use super::AskError;
use crate::{
    app::LocalFollow,
    temporal::{Follow as ServerFollow, RunKey, Step},
};

/// Follows a run to its end, and on through those that continue it.
#[derive(Debug)]
pub(crate) enum Follow {
    Server(ServerFollow),
    Local(LocalFollow),
}

impl Follow {
    /// The run whose steps are given now.
    pub(crate) fn run(&self) -> &RunKey {
        match self {
            Self::Server(follow) => follow.run(),
            Self::Local(follow) => follow.run(),
        }
    }

    /// The next step; nothing after the end. Cancel-safe: a call that is dropped loses no step.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, AskError> {
        match self {
            Self::Server(follow) => Ok(follow.next().await?),
            Self::Local(follow) => Ok(follow.next().await?),
        }
    }
}
