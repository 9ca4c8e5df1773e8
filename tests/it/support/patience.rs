//! Waiting for what others do: looked for again and again, but not for ever.

use std::{thread, time::Duration};

use tokio::time::Instant;

/// Whatever a test waits for comes sooner, however busy the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// A process that was asked to end is not waited for any longer, when nobody needs how it ends.
pub(crate) const LAST_WORDS: Duration = Duration::from_secs(10);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until there is something to be seen, and gives it. `what` says what is wrong when it never comes.
pub(crate) fn seen<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    seen_within(PATIENCE, look).unwrap_or_else(|| panic!("{what}"))
}

/// The same, where it is no end of the test that it never comes.
pub(crate) fn seen_within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if begun.elapsed() >= patience {
            return None;
        }
        thread::sleep(PAUSE);
    }
}

/// Looks until it is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    seen(what, || is_so().then_some(()));
}
