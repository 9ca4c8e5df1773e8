//! Instants and calendars without a clock: what a time is called in a zone, and back.
//!
//! Layouts are Go's: an example of the reference time, `Mon Jan 2 15:04:05 MST 2006`, shows how a
//! time is written (<https://pkg.go.dev/time#pkg-constants>). Zones are UTC and fixed offsets; the
//! machine's zone is never read.

mod civil;
mod format;
mod layout;
mod parse;

pub(crate) use civil::{Civil, Date};
pub(crate) use format::format;
pub(crate) use parse::{Parsed, parse};

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z. Covers far more than the years that
/// layouts can write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Instant(pub(crate) i128);

/// A zone with one offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) name: String,
    /// Seconds east of UTC.
    pub(crate) offset: i32,
}

pub(crate) const NANOS: i128 = 1_000_000_000;

impl Instant {
    pub(crate) fn from_unix(seconds: i64, nanos: i64) -> Self {
        Self(i128::from(seconds) * NANOS + i128::from(nanos))
    }

    /// Whole seconds since 1970, rounded down.
    pub(crate) fn unix(self) -> i64 {
        i64::try_from(self.0.div_euclid(NANOS)).unwrap_or(if self.0 < 0 { i64::MIN } else { i64::MAX })
    }

    /// The nanoseconds beyond [`Instant::unix`].
    pub(crate) fn subsecond(self) -> u32 {
        u32::try_from(self.0.rem_euclid(NANOS)).expect("a remainder of a billion fits")
    }
}

impl Zone {
    pub(crate) fn utc() -> Self {
        Self { name: "UTC".to_owned(), offset: 0 }
    }
}

#[cfg(test)]
mod tests;
