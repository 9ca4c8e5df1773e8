//! Tells what goes wrong again and again: each thing once, to who looks on, else to the log.
//!
//! What failed is tried again; an error that shows each time hides the others.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use super::{Diagnostic, Report};
use crate::source::Digest;

/// More distinct errors than this are remembered by nobody; the oldest is forgotten first.
const REMEMBERED: usize = 10_000;

/// Shows a problem to whoever looks on.
pub(crate) type Show = Arc<dyn Fn(&Diagnostic) + Send + Sync>;

/// Where problems go, without repetition.
#[derive(Default)]
pub(crate) struct Teller {
    seen: Mutex<Seen>,
    show: Option<Show>,
}

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Digest>,
    order: VecDeque<Digest>,
}

impl Teller {
    pub(crate) fn shown_by(show: Option<Show>) -> Self {
        Self { seen: Mutex::default(), show }
    }

    /// Whether someone looks on.
    pub(crate) fn is_shown(&self) -> bool {
        self.show.is_some()
    }

    /// Whether nothing of these parts was told yet. They count as told from now on.
    pub(crate) fn is_new(&self, parts: &[&str]) -> bool {
        let digest = Digest::of_parts(parts.iter().map(|part| part.as_bytes()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.known.insert(digest) {
            return false;
        }
        seen.order.push_back(digest);
        if seen.order.len() > REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.known.remove(&oldest);
        }
        true
    }

    /// Tells it; `what` is what the log says of it, without a full stop.
    pub(crate) fn tell(&self, what: &str, report: &Report) {
        match &self.show {
            Some(show) => show(&report.diagnostic),
            None => report.log(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_new_once_per_run() {
        let teller = Teller::default();
        assert!(teller.is_new(&["run-1", "a"]));
        assert!(!teller.is_new(&["run-1", "a"]));
        assert!(teller.is_new(&["run-1", "b"]));
        assert!(teller.is_new(&["run-2", "a"]));
    }

    #[test]
    fn the_oldest_error_is_forgotten() {
        let teller = Teller::default();
        for at in 0..=REMEMBERED {
            teller.is_new(&["run-1", &at.to_string()]);
        }
        assert!(teller.is_new(&["run-1", "0"]));
    }
}
