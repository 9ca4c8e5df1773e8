//! What belongs to the process and is lent to every service.

use std::sync::Arc;

use crate::{
    diag::{Blame, Code, Diagnostic, Diagnostics, Severity},
    service::Exports,
    temporal::Core,
};

/// Makes what belongs to the process. Needs a running tokio runtime.
pub(super) fn exports() -> Result<Exports, Diagnostics> {
    let core = Core::new().map_err(|error| {
        let headline = format!("the Temporal core does not start: {error}");
        Diagnostics::from(Diagnostic::without_place(Code::InternalError, Severity::Error, Blame::Runtime, headline))
    })?;
    Ok(Exports::default().with_root(Arc::new(core)))
}
