//! Points in time and spans of it.

use std::time::{Duration, SystemTime};

use metonic_bridge::{ProtoDuration, ProtoTimestamp};

pub(crate) fn from_timestamp(timestamp: &ProtoTimestamp) -> SystemTime {
    let nanos = Duration::from_nanos(u64::try_from(timestamp.nanos).unwrap_or(0));
    let seconds = Duration::from_secs(timestamp.seconds.unsigned_abs());
    let whole = if timestamp.seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    whole.and_then(|whole| whole.checked_add(nanos)).unwrap_or(SystemTime::UNIX_EPOCH)
}

pub(crate) fn to_timestamp(time: SystemTime) -> ProtoTimestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    ProtoTimestamp { seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX), nanos: nanos(since) }
}

/// A negative duration, which only a broken peer sends, is none.
pub(crate) fn from_duration(duration: ProtoDuration) -> Duration {
    match (u64::try_from(duration.seconds), u32::try_from(duration.nanos)) {
        (Ok(seconds), Ok(nanos)) => Duration::new(seconds, nanos.min(999_999_999)),
        _ => Duration::ZERO,
    }
}

/// Temporal takes an absent timeout and a timeout of zero for the same.
pub(crate) fn from_timeout(duration: Option<ProtoDuration>) -> Option<Duration> {
    duration.map(from_duration).filter(|duration| !duration.is_zero())
}

pub(crate) fn to_duration(duration: Duration) -> ProtoDuration {
    ProtoDuration { seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX), nanos: nanos(duration) }
}

fn nanos(duration: Duration) -> i32 {
    i32::try_from(duration.subsec_nanos()).expect("a second has fewer nanoseconds than 31 bits count")
}
