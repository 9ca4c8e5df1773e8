//! How often, and after which waits, a service is started again.

use std::time::Duration;

/// A growing, jittered back-off that begins anew once a service has been stable.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Restart {
    pub(crate) initial_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) backoff_factor: f64,
    /// The part of a delay by which it may be shorter or longer: 0 to 1.
    pub(crate) jitter: f64,
    /// So many starts that fail one after another, and no more; nothing: for ever.
    pub(crate) max_attempts: Option<u32>,
    /// A service that ran this long begins again at the first delay.
    pub(crate) stable_threshold: Duration,
}

impl Default for Restart {
    fn default() -> Self {
        Self {
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(90),
            backoff_factor: 2.0,
            jitter: 0.1,
            max_attempts: None,
            stable_threshold: Duration::from_secs(5),
        }
    }
}

impl Restart {
    /// The wait before the `attempt`-th new start, counted from 1. `random` is between 0 and 1.
    pub(crate) fn delay(&self, attempt: u32, random: f64) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
        let grown = self.initial_delay.as_secs_f64() * self.backoff_factor.powi(exponent);
        let longest = self.max_delay.as_secs_f64();
        let jittered = grown.min(longest) * (1.0 + self.jitter * (2.0 * random - 1.0));
        Duration::try_from_secs_f64(jittered.clamp(0.0, longest)).unwrap_or(self.max_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_limit() {
        let restart = Restart { jitter: 0.0, ..Restart::default() };
        let delays: Vec<u64> = (1..=9).map(|attempt| restart.delay(attempt, 0.5).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 90, 90]);
        assert_eq!(restart.delay(u32::MAX, 0.5), Duration::from_secs(90));
    }

    #[test]
    fn jitter_goes_both_ways() {
        let restart = Restart::default();
        assert_eq!(restart.delay(1, 0.0), Duration::from_millis(900));
        assert_eq!(restart.delay(1, 1.0), Duration::from_millis(1100));
        assert_eq!(restart.delay(9, 0.0), Duration::from_secs(81));
        assert_eq!(restart.delay(9, 1.0), Duration::from_secs(90), "no wait is longer than `max_delay`");
    }
}
