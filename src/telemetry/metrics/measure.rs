//! One thing that an author's code counts or measures, checked by itself: whether it may be kept
//! beside the others is the registry's business.

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// What is done to a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    /// A counter grows.
    Count(f64),
    /// A gauge has a value.
    Set(f64),
    /// A gauge goes up or down.
    Move(f64),
    /// A histogram gets one value more.
    Observe(f64),
}

impl Change {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Count(_) => Kind::Counter,
            Self::Set(_) | Self::Move(_) => Kind::Gauge,
            Self::Observe(_) => Kind::Histogram,
        }
    }

    fn value(self) -> f64 {
        match self {
            Self::Count(value) | Self::Set(value) | Self::Move(value) | Self::Observe(value) => value,
        }
    }
}

/// Begins of names that authors may not use.
const RESERVED: [&str; 2] = ["temporal_", "metonic_"];

/// Bytes of a name, and of a label's value.
const LONGEST: usize = 200;

const MOST_LABELS: usize = 10;

/// One thing that is counted or measured, with names and values that Prometheus can read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Measure {
    name: String,
    change: Change,
    /// Sorted by name.
    labels: Vec<(String, String)>,
}

/// Why something cannot be counted or measured, whatever else there is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum MeasureError {
    #[error("`{name}` is no name of a metric: {}", allowed(name))]
    Name { name: String },
    #[error("`{name}` begins with `{prefix}`, which is for metonic's own metrics")]
    Reserved { name: String, prefix: &'static str },
    #[error("`{label}` is no name of a label: {}", allowed(label))]
    Label { label: String },
    #[error("the label `{label}` belongs to Prometheus; call it something else")]
    ReservedLabel { label: String },
    #[error(
        "the value of label `{label}` has {length} bytes, {LONGEST} are allowed; a label names one of a few groups"
    )]
    LongValue { label: String, length: usize },
    #[error("`{name}` has {count} labels, {MOST_LABELS} are allowed")]
    ManyLabels { name: String, count: usize },
    #[error("`{name}` cannot take {value}: it needs a finite number")]
    NotFinite { name: String, value: f64 },
    #[error("the counter `{name}` cannot take {value}: it only grows; use a gauge for what goes down")]
    Negative { name: String, value: f64 },
}

impl Measure {
    /// `labels` in any order, each name once.
    pub(crate) fn new(name: String, change: Change, mut labels: Vec<(String, String)>) -> Result<Self, MeasureError> {
        if !is_name(&name) {
            return Err(MeasureError::Name { name });
        }
        if let Some(prefix) = RESERVED.into_iter().find(|prefix| name.starts_with(prefix)) {
            return Err(MeasureError::Reserved { name, prefix });
        }
        if labels.len() > MOST_LABELS {
            return Err(MeasureError::ManyLabels { name, count: labels.len() });
        }
        labels.sort_unstable();
        for (label, value) in &labels {
            if !is_name(label) {
                return Err(MeasureError::Label { label: label.clone() });
            }
            if label.starts_with("__") || (label == "le" && change.kind() == Kind::Histogram) {
                return Err(MeasureError::ReservedLabel { label: label.clone() });
            }
            if value.len() > LONGEST {
                return Err(MeasureError::LongValue { label: label.clone(), length: value.len() });
            }
        }
        let value = change.value();
        if !value.is_finite() {
            return Err(MeasureError::NotFinite { name, value });
        }
        if matches!(change, Change::Count(_)) && value < 0.0 {
            return Err(MeasureError::Negative { name, value });
        }
        Ok(Self { name, change, labels })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn into_parts(self) -> (String, Change, Vec<(String, String)>) {
        (self.name, self.change, self.labels)
    }
}

/// Prometheus allows colons as well, but keeps them for rules.
fn is_name(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    text.len() <= LONGEST
        && text.bytes().next().is_some_and(is_letter)
        && text.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

/// What a name may be, and one that is near to `given`.
fn allowed(given: &str) -> String {
    let rule = "letters, digits and `_`, no digit first";
    if given.len() > LONGEST {
        return format!("it has {} bytes, {LONGEST} are allowed", given.len());
    }
    let near: String = given.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if is_name(&near) && near.bytes().any(|byte| byte != b'_') {
        format!("{rule}, as in `{near}`")
    } else {
        rule.to_owned()
    }
}
