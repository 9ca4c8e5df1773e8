//! What went wrong with a statement, as Lua code is told. SQLite's own words name tables and
//! columns; the statement and its parameters, which may hold secrets, are left out.

use rusqlite::{ErrorCode, ffi};

use super::{MOST_BYTES, MOST_ROWS};
use crate::{
    entry::EntryId,
    value::{Failure, Map, Value, failure_kind},
};

/// Why a statement has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum SqlError {
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{0}")]
    Refused(String),
    #[error("the statement was stopped")]
    Stopped,
    #[error("the statement has a zero byte in it")]
    ZeroByte,
    #[error("this is no statement")]
    Empty,
    #[error("these are several statements; run one at a time")]
    Several,
    #[error("the statement has {wanted} parameters, and {given} were given")]
    Parameters { wanted: usize, given: usize },
    #[error("the parameter `{0}` has no value")]
    NoValue(String),
    #[error("the statement has no parameter `{0}`")]
    NoParameter(String),
    #[error("the parameter at place {0} has no name; give a list, or name all of them")]
    Nameless(usize),
    #[error("the integer {0} does not fit 64 bits with a sign")]
    TooLarge(u64),
    #[error("{0} is no value of a database; encode it with `json`")]
    NoScalar(&'static str),
    #[error("two columns are called `{0}`; name one of them with `AS`")]
    SameName(String),
    #[error("the query gives more than {MOST_ROWS} rows; use `LIMIT`")]
    TooManyRows,
    #[error("the query gives more than {} MiB; ask for less at a time", MOST_BYTES >> 20)]
    TooManyBytes,
}

impl SqlError {
    /// As Lua code is told about the database `id`.
    pub(super) fn failure(self, id: &EntryId) -> Failure {
        match self {
            Self::Sqlite(error) => of_sqlite(id, &error),
            Self::Stopped => Failure::canceled(format!("`{id}`: {self}")),
            Self::Refused(_) => {
                let message = format!("`{id}`: {self}");
                Failure { retryable: Some(false), ..Failure::new(failure_kind::PERMISSION_DENIED, message) }
            }
            other => Failure::invalid(format!("`{id}`: {other}")),
        }
    }
}

/// Nobody can use the database now; it may be so another time.
pub(super) fn unavailable(message: impl Into<String>) -> Failure {
    Failure { retryable: Some(true), ..Failure::new(failure_kind::UNAVAILABLE, message) }
}

fn of_sqlite(id: &EntryId, error: &rusqlite::Error) -> Failure {
    let words = words(error);
    let Some(sqlite) = error.sqlite_error() else { return Failure::invalid(format!("`{id}`: {words}")) };
    let (kind, retryable) = match sqlite.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SchemaChanged => {
            (failure_kind::UNAVAILABLE, true)
        }
        ErrorCode::SystemIoFailure | ErrorCode::DiskFull | ErrorCode::CannotOpen | ErrorCode::OutOfMemory => {
            (failure_kind::UNAVAILABLE, true)
        }
        ErrorCode::ConstraintViolation => return constraint(id, sqlite.extended_code, &words),
        ErrorCode::OperationInterrupted => return SqlError::Stopped.failure(id),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => {
            (failure_kind::PERMISSION_DENIED, false)
        }
        ErrorCode::Unknown | ErrorCode::TooBig | ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange => {
            (failure_kind::INVALID, false)
        }
        _ => (failure_kind::INTERNAL, false),
    };
    Failure { retryable: Some(retryable), ..Failure::new(kind, format!("`{id}`: {words}")) }
}

/// A row that the schema does not allow; what it does not allow is told in the details.
fn constraint(id: &EntryId, code: i32, words: &str) -> Failure {
    let (kind, constraint) = match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE => (failure_kind::ALREADY_EXISTS, "unique"),
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            (failure_kind::ALREADY_EXISTS, "primary_key")
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => (failure_kind::INVALID, "not_null"),
        ffi::SQLITE_CONSTRAINT_CHECK => (failure_kind::INVALID, "check"),
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => (failure_kind::INVALID, "foreign_key"),
        ffi::SQLITE_CONSTRAINT_TRIGGER => (failure_kind::INVALID, "trigger"),
        ffi::SQLITE_CONSTRAINT_DATATYPE => (failure_kind::INVALID, "type"),
        _ => (failure_kind::INVALID, "other"),
    };
    let details = Map::from([("constraint".to_owned(), Value::from(constraint))]);
    Failure {
        retryable: Some(false),
        details: Some(Value::Map(details)),
        ..Failure::new(kind, format!("`{id}`: {words}"))
    }
}

/// What SQLite says, without the statement.
pub(super) fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqliteFailure(error, None) => error.to_string(),
        other => other.to_string(),
    }
}
