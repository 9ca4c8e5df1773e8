//! What the core needs once per process.

use std::sync::Arc;

use temporalio_common::telemetry::{TelemetryOptions, metrics::CoreMeter};
use temporalio_sdk_core::{CoreRuntime, RuntimeOptions};

use crate::{ConnectionMeter, Meter, meter::Adapter};

/// The core's view of the tokio runtime that called it. Its log lines go to the process's own
/// subscriber.
pub struct Runtime(pub(crate) CoreRuntime);

impl Runtime {
    /// Needs a running tokio runtime. Without a meter the core counts and measures nothing.
    pub fn new(meter: Option<Arc<dyn Meter>>) -> Result<Self, String> {
        let meter = meter.map(|meter| Arc::new(Adapter(meter)) as Arc<dyn CoreMeter>);
        let telemetry = TelemetryOptions::builder().maybe_metrics(meter).build();
        let options = RuntimeOptions::builder().telemetry_options(telemetry).build()?;
        CoreRuntime::new_assume_tokio(options).map(Self).map_err(|error| error.to_string())
    }

    /// What connections measure their calls with.
    pub fn connection_meter(&self) -> Option<ConnectionMeter> {
        ConnectionMeter::of(self.0.telemetry())
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}
