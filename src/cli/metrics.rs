//! `--metrics-address`, for `run` and `dev`.

use super::{Exit, arguments::MetricsOption, output};
use crate::{app::Scrape, telemetry::Metrics};

/// Opens the door for who reads metrics, if it was asked for.
pub(super) async fn open(option: &MetricsOption) -> Result<Option<Scrape>, Exit> {
    let Some(address) = option.metrics_address else { return Ok(None) };
    Scrape::open(address).await.map(Some).map_err(|error| {
        output::talk(format_args!("error: {error}"));
        Exit::Unavailable
    })
}

/// What the project counts and measures with: nothing, if nobody reads it.
pub(super) fn kept(scrape: Option<&Scrape>) -> Metrics {
    scrape.map(Scrape::metrics).unwrap_or_default()
}

pub(super) async fn close(scrape: Option<Scrape>) {
    if let Some(scrape) = scrape {
        scrape.close().await;
    }
}
