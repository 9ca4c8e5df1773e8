//! The values of one metric with one set of labels.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use super::Kind;

/// The values of one metric with one set of labels. What does not fit its kind is nothing.
#[derive(Debug)]
pub(crate) enum Series {
    /// The bits of a counter's or gauge's value.
    Number(AtomicU64),
    Histogram(Mutex<Histogram>),
}

/// What a series held when it was looked at.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Number(f64),
    Histogram(Histogram),
}

/// How many values there were up to each bound.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what lies above all; each counts only what lies between.
    counts: Vec<u64>,
    sum: f64,
}

impl Series {
    pub(super) fn new(kind: Kind, bounds: &'static [f64]) -> Self {
        match kind {
            Kind::Counter | Kind::Gauge => Self::Number(AtomicU64::new(0.0_f64.to_bits())),
            Kind::Histogram => {
                Self::Histogram(Mutex::new(Histogram { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }))
            }
        }
    }

    pub(crate) fn add(&self, by: f64) {
        if let Self::Number(bits) = self {
            let more = |bits| Some((f64::from_bits(bits) + by).to_bits());
            // The closure always gives a value.
            let _ = bits.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        }
    }

    pub(crate) fn set(&self, to: f64) {
        if let Self::Number(bits) = self {
            bits.store(to.to_bits(), Ordering::Relaxed);
        }
    }

    pub(super) fn seen(&self) -> Seen {
        match self {
            Self::Number(bits) => Seen::Number(f64::from_bits(bits.load(Ordering::Relaxed))),
            Self::Histogram(histogram) => {
                Seen::Histogram(histogram.lock().unwrap_or_else(PoisonError::into_inner).clone())
            }
        }
    }

    pub(crate) fn observe(&self, value: f64) {
        if let Self::Histogram(histogram) = self {
            let mut histogram = histogram.lock().unwrap_or_else(PoisonError::into_inner);
            let place = histogram.bounds.partition_point(|bound| *bound < value);
            histogram.counts[place] += 1;
            histogram.sum += value;
        }
    }
}

impl Seen {
    /// Both as one: what is counted is added.
    pub(super) fn add(&mut self, other: Self) {
        match (self, other) {
            (Self::Number(value), Self::Number(other)) => *value += other,
            (Self::Histogram(histogram), Self::Histogram(other)) => {
                histogram.sum += other.sum;
                for (count, more) in histogram.counts.iter_mut().zip(other.counts) {
                    *count += more;
                }
            }
            // Those of one metric are of one kind.
            _ => {}
        }
    }
}

impl Histogram {
    /// Each bound with how many values did not exceed it; the last is above all.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        bounds.zip(&self.counts).scan(0, |sofar, (bound, count)| {
            *sofar += count;
            Some((bound, *sofar))
        })
    }

    pub(super) fn sum(&self) -> f64 {
        self.sum
    }
}
