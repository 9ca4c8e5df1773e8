//! What belongs to the process and is lent to every service.

use crate::service::Exports;

/// Makes what belongs to the process.
pub(super) fn exports() -> Exports {
    Exports::default()
}
