//! Points in time as texts.

use std::time::{Duration, SystemTime};

/// `2026-11-20T15:25:41.204Z`: RFC 3339, in UTC, to the millisecond.
pub(crate) fn format_time(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let milliseconds = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    match jiff::Timestamp::from_millisecond(milliseconds) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_with_its_milliseconds() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_188_341_020);
        assert_eq!(format_time(time), "2026-11-20T15:25:41.020Z");
    }
}
