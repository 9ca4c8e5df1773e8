//! What the core needs once per process. The process lends it as its own export.

use metonic_bridge::Runtime;

/// The core's runtime, on the tokio runtime of whoever made it.
#[derive(Debug)]
pub(crate) struct Core(pub(super) Runtime);

impl Core {
    /// Needs a running tokio runtime.
    pub(crate) fn new() -> Result<Self, String> {
        Runtime::new().map(Self)
    }
}
