//! What belongs to the process and is lent to every service.

use std::sync::Arc;

use crate::{
    diag::{Blame, Code, Diagnostic, Severity},
    service::Exports,
    temporal::Core,
};

/// Makes what belongs to the process. Needs a running tokio runtime.
pub(super) fn exports() -> Result<Exports, Diagnostic> {
    let core = Core::new().map_err(|error| {
        let headline = format!("the Temporal core does not start: {error}");
        Diagnostic::without_place(Code::InternalError, Severity::Error, Blame::Runtime, headline)
    })?;
    Ok(Exports::default().with_root(Arc::new(core)))
}
