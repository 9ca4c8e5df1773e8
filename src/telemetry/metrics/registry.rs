//! All metrics of the process by name, each with its sets of labels.
//!
//! Labels that hold ids or texts would fill the memory here and at whoever reads them, so there is
//! a limit. What lies beyond it is not kept; nothing that is kept is ever lost for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    Change, Kind, Measure,
    series::Series,
    text::{self, Family as Shown},
};

/// Sets of labels of one metric.
pub(super) const MOST_SETS: usize = 1_000;

/// Sets of labels of all metrics of authors.
pub(super) const MOST_SETS_OF_ALL: usize = 10_000;

/// For histograms of authors, who may measure anything: seconds, amounts, sizes.
const BOUNDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0,
    5_000.0, 10_000.0,
];

/// What a histogram's own lines are called beside its name.
const HISTOGRAM_LINES: [&str; 3] = ["_bucket", "_count", "_sum"];

type Labels = Vec<(String, String)>;

/// A metric of the process itself.
#[derive(Clone, Debug)]
pub(crate) struct MetricInfo {
    pub(crate) name: String,
    pub(crate) help: String,
    pub(crate) kind: Kind,
    /// Upper bounds of a histogram, rising.
    pub(crate) buckets: &'static [f64],
}

/// Why something is not kept because of what is kept already.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum NotKept {
    #[error("`{name}` is a {is} already and cannot be a {asked} as well", is = is.name(), asked = asked.name())]
    OtherKind { name: String, is: Kind, asked: Kind },
    #[error("`{name}` has {is} already and cannot have {asked} as well", is = named(is), asked = named(asked))]
    OtherLabels { name: String, is: Vec<String>, asked: Vec<String> },
    #[error(
        "`{name}` would be mixed up with the lines of the histogram `{histogram}`; call one of them something else"
    )]
    OfHistogram { name: String, histogram: String },
    #[error(
        "`{name}` has {MOST_SETS} sets of labels, and more are not kept: a label names one of a few groups, never an id"
    )]
    ManySets { name: String },
    #[error("all metrics together have {MOST_SETS_OF_ALL} sets of labels, and more are not kept, as one of `{name}`")]
    ManyInAll { name: String },
}

#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Families>);

#[derive(Debug, Default)]
struct Families {
    by_name: BTreeMap<String, Family>,
    /// How many sets of labels the metrics of authors have.
    sets_of_authors: usize,
    /// The metrics of which something was not kept, as far as that was told.
    lost: BTreeSet<String>,
}

#[derive(Debug)]
struct Family {
    kind: Kind,
    help: String,
    sets: BTreeMap<Labels, Arc<Series>>,
}

impl Registry {
    pub(super) fn take(&self, measure: Measure) -> Result<(), NotKept> {
        let (name, change, labels) = measure.into_parts();
        let series = self.families().of_author(&name, change.kind(), labels)?;
        match change {
            Change::Count(by) | Change::Move(by) => series.add(by),
            Change::Set(to) => series.set(to),
            Change::Observe(value) => series.observe(value),
        }
        Ok(())
    }

    /// Where a metric of the process itself keeps what it has with these labels. Beyond the limit it
    /// is a place that nobody reads.
    pub(super) fn own(&self, metric: &MetricInfo, mut labels: Labels) -> Arc<Series> {
        labels.sort_unstable();
        let series = || Arc::new(Series::new(metric.kind, metric.buckets));
        let mut families = self.families();
        let family = families.by_name.entry(metric.name.clone()).or_insert_with(|| Family {
            kind: metric.kind,
            help: metric.help.clone(),
            sets: BTreeMap::new(),
        });
        if let Some(series) = family.sets.get(&labels) {
            return Arc::clone(series);
        }
        if family.sets.len() >= MOST_SETS || family.kind != metric.kind {
            return series();
        }
        Arc::clone(family.sets.entry(labels).or_insert_with(series))
    }

    /// Whether this was not asked about `name` before. Beyond a limit it always was.
    pub(super) fn is_first_loss_of(&self, name: &str) -> bool {
        let lost = &mut self.families().lost;
        lost.len() < MOST_SETS && lost.insert(name.to_owned())
    }

    pub(super) fn text(&self) -> String {
        let families = self.families();
        let shown = families.by_name.iter().map(|(name, family)| Shown {
            name,
            help: &family.help,
            kind: family.kind,
            sets: family.sets.iter().map(|(labels, series)| (labels.as_slice(), &**series)).collect(),
        });
        text::write(shown)
    }

    fn families(&self) -> MutexGuard<'_, Families> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Families {
    fn of_author(&mut self, name: &str, kind: Kind, labels: Labels) -> Result<Arc<Series>, NotKept> {
        if let Some(family) = self.by_name.get(name) {
            if family.kind != kind {
                return Err(NotKept::OtherKind { name: name.to_owned(), is: family.kind, asked: kind });
            }
            if let Some(series) = family.sets.get(&labels) {
                return Ok(Arc::clone(series));
            }
            let known = family.sets.keys().next().map(|labels| names(labels)).unwrap_or_default();
            if known != names(&labels) {
                return Err(NotKept::OtherLabels { name: name.to_owned(), is: known, asked: names(&labels) });
            }
            if family.sets.len() >= MOST_SETS {
                return Err(NotKept::ManySets { name: name.to_owned() });
            }
        } else if let Some((name, histogram)) = self.mixed_up(name, kind) {
            return Err(NotKept::OfHistogram { name, histogram });
        }
        if self.sets_of_authors >= MOST_SETS_OF_ALL {
            return Err(NotKept::ManyInAll { name: name.to_owned() });
        }
        self.sets_of_authors += 1;
        let new = || Family { kind, help: String::new(), sets: BTreeMap::new() };
        let family = self.by_name.entry(name.to_owned()).or_insert_with(new);
        Ok(Arc::clone(family.sets.entry(labels).or_insert_with(|| Arc::new(Series::new(kind, BOUNDS)))))
    }

    /// A metric and a histogram, one of them new, of which the first could be taken for a line of the
    /// second.
    fn mixed_up(&self, name: &str, kind: Kind) -> Option<(String, String)> {
        let is_histogram = |stem: &&str| self.by_name.get(*stem).is_some_and(|family| family.kind == Kind::Histogram);
        let histogram = HISTOGRAM_LINES.iter().filter_map(|line| name.strip_suffix(line)).find(is_histogram);
        if let Some(histogram) = histogram {
            return Some((name.to_owned(), histogram.to_owned()));
        }
        let mut lines = HISTOGRAM_LINES.iter().map(|line| format!("{name}{line}"));
        let line = lines.find(|line| kind == Kind::Histogram && self.by_name.contains_key(line))?;
        Some((line, name.to_owned()))
    }
}

fn names(labels: &[(String, String)]) -> Vec<String> {
    labels.iter().map(|(name, _)| name.clone()).collect()
}

fn named(labels: &[String]) -> String {
    if labels.is_empty() {
        return "no labels".to_owned();
    }
    let labels: Vec<_> = labels.iter().map(|label| format!("`{label}`")).collect();
    format!("the labels {}", labels.join(", "))
}
