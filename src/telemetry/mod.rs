//! Logs and metrics: where they go, how they look, what never gets into them.
//!
//! Logs are talk and go to stderr: as text on a terminal, as JSON lines otherwise. Known secrets
//! are taken out of each line before it leaves. Set up once, by `cli`.

#[cfg(test)]
mod field;
mod json;
mod metrics;
mod panic;
mod quiet;
mod redact;

use std::io::IsTerminal;

use tracing::Metadata;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::FilterFn, fmt, layer::SubscriberExt, util::SubscriberInitExt,
};

use json::WithObjects;
pub(crate) use metrics::{Change, Kind, Measure, MetricInfo, Metrics, Series};
pub(crate) use panic::say_that_it_is_our_fault;
use quiet::Quiet;
use redact::Redacting;

/// What is logged unless it is told otherwise: the core talks too much.
pub(crate) const DEFAULT_LEVEL: &str = "info,temporalio_client=warn,temporalio_sdk_core=warn";

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    Text,
    Json,
}

/// Why a text is no log filter.
#[derive(Debug, thiserror::Error)]
#[error("`{filter}` is no log level or filter: {reason}")]
pub(crate) struct FilterError {
    filter: String,
    reason: String,
}

/// Begins to log. `filter` is a level, or levels by target: `info,hyper=warn`. A second call
/// changes nothing.
pub(crate) fn start(format: LogFormat, filter: &str, colour: bool) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| FilterError { filter: filter.to_owned(), reason: error.to_string() })?;
    let is_text = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let lines = fmt::layer().with_writer(|| Redacting::new(std::io::stderr()));
    let lines: Box<dyn Layer<Registry> + Send + Sync> = if is_text {
        let lines = lines.compact().with_target(false).with_ansi(colour);
        Box::new(lines.with_filter(filter).with_filter(all_but("metonic::fields")))
    } else {
        let lines = lines.json().flatten_event(true).with_ansi(false).map_event_format(WithObjects);
        Box::new(lines.with_filter(filter).with_filter(all_but("metonic::text")))
    };
    // Fails only where a subscriber is set already.
    let _ = tracing_subscriber::registry().with(lines.and_then(Quiet)).try_init();
    Ok(())
}

/// What is told in two forms has one target for lines of text and one for JSON.
fn all_but(target: &'static str) -> FilterFn<impl Fn(&Metadata<'_>) -> bool> {
    FilterFn::new(move |metadata| metadata.target() != target)
}
