//! The engine's time, and what is due when.
//!
//! Due things of one moment come in the order in which they were asked for.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use crate::{
    sim::{Clock, waits::Waiter, world::No},
    value::TimeoutKind,
    workflow::Seq,
};

/// Where the skipping clock begins: 2026-01-01, midnight UTC.
const BEGINNING: Duration = Duration::from_secs(1_767_225_600);

/// Nothing is due later than this from now; it stands for "never".
const NEVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// A real clock that something is waited for on is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What happens at a moment.
pub(super) enum Due {
    Timer {
        run: No,
        seq: Seq,
    },
    /// An activity has used up a time.
    Timeout {
        run: No,
        seq: Seq,
        kind: TimeoutKind,
    },
    /// An activity may be tried again.
    Attempt {
        run: No,
        seq: Seq,
    },
    /// A failed workflow task may be tried again.
    Task(No),
    /// A run that was to wait begins.
    Begin(No),
    /// A run has used up its time; or all runs of its chain, theirs.
    Over {
        run: No,
        chain: bool,
    },
    Sleep(Waiter<()>),
}

/// Names a due thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(SystemTime, u64);

pub(super) struct Time {
    clock: Clock,
    /// What the clock showed at the `anchor`; the skipping one shows it until it jumps.
    base: SystemTime,
    anchor: Instant,
    /// Reads the machine's clock.
    machine: fn() -> SystemTime,
    due: BTreeMap<Key, Due>,
    last: u64,
}

impl Time {
    pub(super) fn new(clock: Clock) -> Self {
        Self::on(clock, machine_time)
    }

    fn on(clock: Clock, machine: fn() -> SystemTime) -> Self {
        let base = match clock {
            Clock::Real => machine(),
            Clock::Skipping => SystemTime::UNIX_EPOCH + BEGINNING,
        };
        Self { clock, base, anchor: Instant::now(), machine, due: BTreeMap::new(), last: 0 }
    }

    pub(super) fn skips(&self) -> bool {
        self.clock == Clock::Skipping
    }

    /// The real clock is the machine's, so that a machine which slept has slept. Where that one was set
    /// back, time goes on from where it was.
    pub(super) fn now(&mut self) -> SystemTime {
        if self.clock == Clock::Real {
            let anchor = Instant::now();
            self.base = (self.base + (anchor - self.anchor)).max((self.machine)());
            self.anchor = anchor;
        }
        self.base
    }

    /// When `wait` will be over.
    pub(super) fn later(&mut self, wait: Duration) -> SystemTime {
        self.now() + wait.min(NEVER)
    }

    pub(super) fn at(&mut self, moment: SystemTime, due: Due) -> Key {
        self.last += 1;
        let key = Key(moment, self.last);
        self.due.insert(key, due);
        key
    }

    pub(super) fn after(&mut self, wait: Duration, due: Due) -> Key {
        let moment = self.later(wait);
        self.at(moment, due)
    }

    pub(super) fn forget(&mut self, key: Key) {
        self.due.remove(&key);
    }

    pub(super) fn clear(&mut self) {
        self.due.clear();
    }

    /// One thing whose moment has come.
    pub(super) fn take_due(&mut self) -> Option<Due> {
        let now = self.now();
        let first = self.due.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// When the next thing is due.
    pub(super) fn next(&self) -> Option<SystemTime> {
        self.due.first_key_value().map(|(key, _)| key.0)
    }

    /// The skipping clock jumps.
    pub(super) fn jump(&mut self, to: SystemTime) {
        self.base = self.base.max(to);
        self.anchor = Instant::now();
    }

    /// The skipping clock counts real time from here: something begins that time cannot jump over.
    pub(super) fn anchor(&mut self) {
        if self.skips() {
            self.anchor = Instant::now();
        }
    }

    /// When a moment comes if it is waited for. Waits know nothing of a machine that sleeps, so the
    /// real clock is looked at again and again.
    pub(super) fn real(&self, moment: SystemTime) -> Instant {
        let longest = if self.skips() { NEVER } else { LOOK_AGAIN };
        self.anchor + moment.duration_since(self.base).unwrap_or_default().min(longest)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one reading of the machine's clock for the engine")]
fn machine_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    thread_local! {
        static MACHINE: Cell<SystemTime> = const { Cell::new(SystemTime::UNIX_EPOCH) };
    }

    fn at(time: SystemTime) {
        MACHINE.set(time);
    }

    /// A real clock on a machine whose clock shows `time`.
    fn on(time: SystemTime) -> Time {
        at(time);
        Time::on(Clock::Real, || MACHINE.get())
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_due_while_the_machine_slept_is_due_when_it_wakes() {
        let start = SystemTime::UNIX_EPOCH + HOUR;
        let mut time = on(start);
        time.after(HOUR, Due::Begin(1));
        assert!(time.take_due().is_none());
        at(start + HOUR);
        assert!(matches!(time.take_due(), Some(Due::Begin(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_machine_that_may_sleep_is_looked_at_before_something_is_due() {
        let mut time = on(SystemTime::UNIX_EPOCH);
        let moment = time.later(HOUR);
        assert_eq!(time.real(moment), Instant::now() + LOOK_AGAIN);
    }

    #[tokio::test(start_paused = true)]
    async fn time_goes_on_where_the_clock_of_the_machine_was_set_back() {
        let start = SystemTime::UNIX_EPOCH + HOUR;
        let mut time = on(start);
        at(SystemTime::UNIX_EPOCH);
        tokio::time::advance(Duration::from_secs(9)).await;
        assert_eq!(time.now(), start + Duration::from_secs(9));
    }
}
