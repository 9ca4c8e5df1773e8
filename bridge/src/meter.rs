//! Hands what the core counts and measures to whoever keeps it.
//!
//! The core's own exporter binds a socket of its own, counts whole numbers only and has no limit on
//! labels; this is the public trait below it. The core makes all its instruments anew for each run in
//! memory, and binds one to its labels when it is first used.

use std::{collections::HashMap, error::Error, sync::Arc, time::Duration};

use temporalio_common::telemetry::{
    METRIC_PREFIX, TelemetryInstance,
    metrics::{
        CoreMeter, Counter, CounterBase, Gauge, GaugeBase, GaugeF64, GaugeF64Base, Histogram, HistogramBase,
        HistogramDuration, HistogramDurationBase, HistogramF64, HistogramF64Base, MetricAttributable, MetricAttributes,
        MetricParameters, NewAttributes, TemporalMeter, UpDownCounter, UpDownCounterBase, default_buckets_for,
    },
};

/// Keeps what the core counts and measures.
pub trait Meter: Send + Sync + std::fmt::Debug {
    /// Where the values of `metric` with these labels go; they are in no order.
    fn series(&self, metric: &Metric, labels: Vec<(String, String)>) -> Arc<dyn Series>;
}

/// The values of one metric with one set of labels.
pub trait Series: Send + Sync {
    fn add(&self, by: f64);
    fn set(&self, to: f64);
    fn observe(&self, value: f64);
}

/// A metric of the core: a counter ends with `_total`, a time is in seconds and ends with `_seconds`.
#[derive(Clone, Debug)]
pub struct Metric {
    pub name: String,
    pub help: String,
    pub kind: MetricKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MetricKind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets, rising.
    Histogram(&'static [f64]),
}

/// What a connection measures its calls with.
#[derive(Clone, Debug)]
pub struct ConnectionMeter(pub(crate) TemporalMeter);

impl ConnectionMeter {
    pub(crate) fn of(telemetry: &TelemetryInstance) -> Option<Self> {
        telemetry.get_temporal_metric_meter().map(Self)
    }
}

/// A [`Meter`] as the core wants it.
#[derive(Debug)]
pub(crate) struct Adapter(pub(crate) Arc<dyn Meter>);

impl Adapter {
    fn instrument(&self, parameters: MetricParameters, suffix: &str, kind: MetricKind) -> Arc<Instrument> {
        let name = format!("{}{suffix}", parameters.name);
        let metric = Metric { name, help: parameters.description.into_owned(), kind };
        Arc::new(Instrument { meter: Arc::clone(&self.0), metric })
    }

    fn histogram_of(&self, parameters: MetricParameters, suffix: &str, in_seconds: bool) -> Arc<Instrument> {
        let bare = parameters.name.strip_prefix(METRIC_PREFIX).unwrap_or(&parameters.name);
        let kind = MetricKind::Histogram(default_buckets_for(bare, in_seconds));
        self.instrument(parameters, suffix, kind)
    }
}

impl CoreMeter for Adapter {
    fn new_attributes(&self, attributes: NewAttributes) -> MetricAttributes {
        MetricAttributes::NoOp(Arc::new(attributes.into()))
    }

    fn extend_attributes(&self, existing: MetricAttributes, attributes: NewAttributes) -> MetricAttributes {
        let mut all = labels(&existing).cloned().unwrap_or_default();
        all.extend::<HashMap<String, String>>(attributes.into());
        MetricAttributes::NoOp(Arc::new(all))
    }

    fn counter(&self, parameters: MetricParameters) -> Counter {
        Counter::new(self.instrument(parameters, "_total", MetricKind::Counter))
    }

    fn histogram(&self, parameters: MetricParameters) -> Histogram {
        Histogram::new(self.histogram_of(parameters, "", false))
    }

    fn histogram_f64(&self, parameters: MetricParameters) -> HistogramF64 {
        HistogramF64::new(self.histogram_of(parameters, "", false))
    }

    fn histogram_duration(&self, parameters: MetricParameters) -> HistogramDuration {
        HistogramDuration::new(self.histogram_of(parameters, "_seconds", true))
    }

    fn gauge(&self, parameters: MetricParameters) -> Gauge {
        Gauge::new(self.instrument(parameters, "", MetricKind::Gauge))
    }

    fn gauge_f64(&self, parameters: MetricParameters) -> GaugeF64 {
        GaugeF64::new(self.instrument(parameters, "", MetricKind::Gauge))
    }

    fn up_down_counter(&self, parameters: MetricParameters) -> UpDownCounter {
        UpDownCounter::new(self.instrument(parameters, "", MetricKind::Gauge))
    }
}

/// The core reads the labels of this kind of attributes itself, for what it tells the server of its
/// pollers and slots.
fn labels(attributes: &MetricAttributes) -> Option<&HashMap<String, String>> {
    match attributes {
        MetricAttributes::NoOp(labels) => Some(labels),
        _ => None,
    }
}

/// One of the core's metrics, of any labels.
struct Instrument {
    meter: Arc<dyn Meter>,
    metric: Metric,
}

impl Instrument {
    fn bound(&self, attributes: &MetricAttributes) -> Bound {
        let labels = labels(attributes).map(|labels| labels.clone().into_iter().collect()).unwrap_or_default();
        Bound(self.meter.series(&self.metric, labels))
    }
}

/// … with its labels.
struct Bound(Arc<dyn Series>);

/// Each kind of instrument is a trait of its own to the core.
macro_rules! instrument {
    ($base:ident, $method:ident, $value:ty, $series:ident, $to_number:expr) => {
        impl $base for Bound {
            fn $method(&self, value: $value) {
                self.0.$series($to_number(value));
            }
        }

        impl MetricAttributable<Box<dyn $base>> for Instrument {
            fn with_attributes(&self, attributes: &MetricAttributes) -> Result<Box<dyn $base>, Box<dyn Error>> {
                Ok(Box::new(self.bound(attributes)))
            }
        }
    };
}

instrument!(CounterBase, adds, u64, add, whole);
instrument!(GaugeBase, records, u64, set, whole);
instrument!(GaugeF64Base, records, f64, set, std::convert::identity);
instrument!(HistogramBase, records, u64, observe, whole);
instrument!(HistogramF64Base, records, f64, observe, std::convert::identity);
instrument!(HistogramDurationBase, records, Duration, observe, seconds);
instrument!(UpDownCounterBase, adds, i64, add, signed);

#[expect(clippy::cast_precision_loss, reason = "all metrics are doubles in the end")]
fn whole(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "all metrics are doubles in the end")]
fn signed(value: i64) -> f64 {
    value as f64
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
