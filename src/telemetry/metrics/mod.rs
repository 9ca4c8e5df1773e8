//! Metrics: what authors and the core count and measure, kept in one registry and told in
//! Prometheus' text format.
//!
//! A registry exists only if somebody may ask for it: without one, nothing is kept. What depends on
//! what others have counted before is never told to a workflow, whose replay would see another answer.

mod measure;
mod registry;
mod series;
mod text;

use std::sync::Arc;

pub(crate) use measure::{Change, Kind, Measure};
pub(crate) use registry::MetricInfo;
use registry::{NotKept, Registry};
pub(crate) use series::Series;

/// What the process counts and measures. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics(Option<Arc<Registry>>);

impl Metrics {
    /// Keeps what it is told from now on; the default keeps nothing.
    pub(crate) fn kept() -> Self {
        let registry = Registry::default();
        let build = MetricInfo {
            name: "metonic_build_info".to_owned(),
            help: "Which metonic this is; always 1.".to_owned(),
            kind: Kind::Gauge,
            buckets: &[],
        };
        registry.own(&build, vec![("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]).set(1.0);
        Self(Some(Arc::new(registry)))
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    /// Takes what an author's code counts or measures.
    pub(crate) fn take(&self, measure: Measure) -> Result<(), NotKept> {
        self.0.as_ref().map_or(Ok(()), |registry| registry.take(measure))
    }

    /// Takes what a workflow counts or measures; what cannot be kept is told to the log, once for
    /// each metric.
    pub(crate) fn take_silently(&self, measure: Measure) {
        let Some(registry) = &self.0 else { return };
        let name = measure.name().to_owned();
        if let Err(error) = registry.take(measure)
            && registry.is_first_loss_of(&name)
        {
            tracing::warn!(%error, "A metric of a workflow is not kept.");
        }
    }

    /// Where the values of a metric of the process itself go, with these labels.
    pub(crate) fn own(&self, metric: &MetricInfo, labels: Vec<(String, String)>) -> Arc<Series> {
        match &self.0 {
            Some(registry) => registry.own(metric, labels),
            None => Arc::new(Series::new(metric.kind, metric.buckets)),
        }
    }

    /// Everything that is kept, as Prometheus reads it.
    pub(crate) fn text(&self) -> String {
        self.0.as_ref().map(|registry| registry.text()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
