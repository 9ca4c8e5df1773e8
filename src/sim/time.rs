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
    #[cfg_attr(not(test), expect(dead_code, reason = "as `Engine::sleep`"))]
    Sleep(Waiter<()>),
}

/// Names a due thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(SystemTime, u64);

pub(super) struct Time {
    clock: Clock,
    /// What the clock shows at the `anchor`; the skipping one shows it until it jumps.
    base: SystemTime,
    anchor: Instant,
    due: BTreeMap<Key, Due>,
    last: u64,
}

impl Time {
    pub(super) fn new(clock: Clock) -> Self {
        let base = match clock {
            Clock::Real => machine_time(),
            Clock::Skipping => SystemTime::UNIX_EPOCH + BEGINNING,
        };
        Self { clock, base, anchor: Instant::now(), due: BTreeMap::new(), last: 0 }
    }

    pub(super) fn skips(&self) -> bool {
        self.clock == Clock::Skipping
    }

    pub(super) fn now(&self) -> SystemTime {
        match self.clock {
            Clock::Real => self.base + self.anchor.elapsed(),
            Clock::Skipping => self.base,
        }
    }

    /// When `wait` will be over.
    pub(super) fn later(&self, wait: Duration) -> SystemTime {
        self.now() + wait.min(NEVER)
    }

    pub(super) fn at(&mut self, moment: SystemTime, due: Due) -> Key {
        self.last += 1;
        let key = Key(moment, self.last);
        self.due.insert(key, due);
        key
    }

    pub(super) fn after(&mut self, wait: Duration, due: Due) -> Key {
        self.at(self.later(wait), due)
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

    /// When a moment comes if it is waited for.
    pub(super) fn real(&self, moment: SystemTime) -> Instant {
        self.anchor + moment.duration_since(self.base).unwrap_or_default().min(NEVER)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one reading of the machine's clock for the engine")]
fn machine_time() -> SystemTime {
    SystemTime::now()
}
