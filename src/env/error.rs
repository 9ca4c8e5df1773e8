//! Why a variable cannot be read or written.

use crate::value::{Failure, failure_kind};

/// Why a variable cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvError {
    #[error("no entry declares the variable `{0}`")]
    UnknownVariable(String),
    #[error("the variable `{0}` is not set and has no default")]
    Unset(String),
    #[error("the variable `{0}` is read-only")]
    ReadOnlyVariable(String),
    #[error("no entry is the storage `{0}`")]
    UnknownStorage(String),
    #[error("the storage `{0}` is read-only")]
    ReadOnlyStorage(String),
    #[error("the router `{0}` leads to itself")]
    RouterLoop(String),
    #[error("there is no file `{0}` of variables")]
    FileMissing(String),
    #[error("the file `{path}` of variables cannot be read: {reason}")]
    File { path: String, reason: String },
    #[error("line {line} of the file `{path}` of variables cannot be read: {reason}")]
    Line { path: String, line: usize, reason: &'static str },
    #[error("the value of `{0}` cannot be written to a file: it has a line break")]
    LineBreak(String),
}

impl EnvError {
    /// As Lua code sees it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::UnknownVariable(_) | Self::Unset(_) | Self::UnknownStorage(_) | Self::FileMissing(_) => {
                failure_kind::NOT_FOUND
            }
            Self::ReadOnlyVariable(_) | Self::ReadOnlyStorage(_) => failure_kind::PERMISSION_DENIED,
            Self::RouterLoop(_) | Self::LineBreak(_) | Self::Line { .. } => failure_kind::INVALID,
            Self::File { .. } => failure_kind::UNAVAILABLE,
        }
    }
}

impl From<EnvError> for Failure {
    fn from(error: EnvError) -> Self {
        let retryable = matches!(error, EnvError::File { .. });
        Self { retryable: Some(retryable), ..Self::new(error.kind(), error.to_string()) }
    }
}
