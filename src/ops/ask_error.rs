//! Why a question about runs has no answer.

use crate::{
    app::LocalError,
    temporal::{AskError as ServerError, OperateError},
};

/// Why a question about runs has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error(transparent)]
    Local(#[from] LocalError),
    /// Whoever keeps the runs has nothing of the kind.
    #[error("{0}")]
    NotOffered(String),
}

impl AskError {
    /// Nobody answered, rather than refused.
    pub(crate) fn is_silence(&self) -> bool {
        match self {
            Self::Server(error) => error.is_silence(),
            Self::Local(error) => matches!(error, LocalError::Process(_)),
            Self::NotOffered(_) => false,
        }
    }
}

impl From<OperateError> for AskError {
    fn from(error: OperateError) -> Self {
        match error {
            OperateError::Ask(error) => Self::Server(error),
            error @ OperateError::NoPause { .. } => Self::NotOffered(error.to_string()),
        }
    }
}
