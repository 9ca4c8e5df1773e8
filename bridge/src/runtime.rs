//! What the core needs once per process.

use temporalio_sdk_core::{CoreRuntime, RuntimeOptions};

/// The core's view of the tokio runtime that called it. Its log lines go to the process's own
/// subscriber.
pub struct Runtime(pub(crate) CoreRuntime);

impl Runtime {
    /// Needs a running tokio runtime.
    pub fn new() -> Result<Self, String> {
        let options = RuntimeOptions::builder().build()?;
        CoreRuntime::new_assume_tokio(options).map(Self).map_err(|error| error.to_string())
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}
