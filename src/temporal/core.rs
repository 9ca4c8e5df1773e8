//! What the core needs once per process. The process lends it as its own export.

use std::sync::Arc;

use metonic_bridge::{ConnectionMeter, Meter, Metric, MetricKind, Runtime, Series as CoreSeries};

use crate::telemetry::{Kind, MetricInfo, Metrics, Series};

/// The core's runtime, on the tokio runtime of whoever made it.
#[derive(Debug)]
pub(crate) struct Core(pub(super) Runtime);

impl Core {
    /// Needs a running tokio runtime. Unless metrics are kept, the core counts nothing.
    pub(crate) fn new(metrics: &Metrics) -> Result<Self, String> {
        let meter = metrics.is_kept().then(|| Arc::new(OfCore(metrics.clone())) as Arc<dyn Meter>);
        Runtime::new(meter).map(Self)
    }

    pub(super) fn connection_meter(&self) -> Option<ConnectionMeter> {
        self.0.connection_meter()
    }
}

/// The process's metrics as the core fills them.
#[derive(Debug)]
struct OfCore(Metrics);

impl Meter for OfCore {
    fn series(&self, metric: &Metric, labels: Vec<(String, String)>) -> Arc<dyn CoreSeries> {
        let (kind, buckets) = match metric.kind {
            MetricKind::Counter => (Kind::Counter, &[][..]),
            MetricKind::Gauge => (Kind::Gauge, &[][..]),
            MetricKind::Histogram(buckets) => (Kind::Histogram, buckets),
        };
        let info = MetricInfo { name: metric.name.clone(), help: metric.help.clone(), kind, buckets };
        Arc::new(Values(self.0.own(&info, labels)))
    }
}

struct Values(Arc<Series>);

impl CoreSeries for Values {
    fn add(&self, by: f64) {
        self.0.add(by);
    }

    fn set(&self, to: f64) {
        self.0.set(to);
    }

    fn observe(&self, value: f64) {
        self.0.observe(value);
    }
}
