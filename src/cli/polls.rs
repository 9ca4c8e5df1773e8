//! Whether nobody looks for work in a queue, by what a server says of it again and again.
//!
//! A server lists who polled for minutes after they have gone. A poll takes no longer than a minute and
//! leaves a time at its begin and its end, so a time that stays the same for longer is that of somebody
//! who has gone. Times of the server are compared with each other only: clocks differ.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::temporal::Polled;

/// Half a minute more than a poll takes.
const LONGEST_POLL: Duration = Duration::from_secs(90);

/// What was heard of a queue so far.
#[derive(Debug, Default)]
pub(super) struct Polls {
    /// The last poll, and since when it has been the last one.
    last: Option<(SystemTime, Instant)>,
}

/// What is known of who polls a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Nobody,
    Somebody,
    /// Time will tell.
    Nothing,
}

impl Polls {
    pub(super) fn hear(&mut self, polled: Polled, now: Instant) -> Known {
        let time = match polled {
            Polled::Nobody => return Known::Nobody,
            Polled::Now => return Known::Somebody,
            Polled::Last(time) => time,
        };
        match self.last {
            Some((last, since)) if last == time => {
                if now.duration_since(since) > LONGEST_POLL {
                    return Known::Nobody;
                }
            }
            _ => self.last = Some((time, now)),
        }
        Known::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is known after each word of a server: the second in which it is said, and that of the last poll.
    fn known(words: &[(u64, u64)]) -> Vec<Known> {
        let begin = Instant::now();
        let mut polls = Polls::default();
        let hear = |(at, last): &(u64, u64)| {
            let last = SystemTime::UNIX_EPOCH + Duration::from_secs(*last);
            polls.hear(Polled::Last(last), begin + Duration::from_secs(*at))
        };
        words.iter().map(hear).collect()
    }

    #[test]
    fn a_poll_that_stays_the_last_one_for_longer_than_polls_take_is_of_somebody_who_has_gone() {
        assert_eq!(known(&[(2, 7), (60, 7), (92, 7), (93, 7)])[1..], [Known::Nothing, Known::Nothing, Known::Nobody]);
    }

    #[test]
    fn a_new_poll_begins_the_wait_anew() {
        assert_eq!(known(&[(2, 7), (60, 8), (140, 8), (151, 8)])[1..], [Known::Nothing, Known::Nothing, Known::Nobody]);
    }

    #[test]
    fn who_is_not_listed_does_not_poll() {
        assert_eq!(Polls::default().hear(Polled::Nobody, Instant::now()), Known::Nobody);
    }
}
