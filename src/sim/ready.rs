//! Steps that could be taken now, in the order in which they came: workflow tasks and attempts of
//! activities, each in the line of its queue.

use std::collections::BTreeMap;

use crate::{sim::world::No, workflow::Seq};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Task(No),
    Attempt(No, Seq),
}

/// Which slots of a worker a step needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Task,
    Activity,
    Local,
}

/// Steps of one sort that wait for one queue's workers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    pub(super) slot: Slot,
    pub(super) namespace: String,
    pub(super) task_queue: String,
}

/// A place in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    line: Line,
    priority: u32,
    number: u64,
}

#[derive(Default)]
pub(super) struct Ready {
    lines: BTreeMap<Line, BTreeMap<(u32, u64), Step>>,
    last: u64,
}

impl Ready {
    /// Lower priorities go first; of one priority the first.
    pub(super) fn push(&mut self, line: Line, priority: u32, step: Step) -> Place {
        self.last += 1;
        let number = self.last;
        self.lines.entry(line.clone()).or_default().insert((priority, number), step);
        Place { line, priority, number }
    }

    pub(super) fn remove(&mut self, place: &Place) {
        if let Some(line) = self.lines.get_mut(&place.line) {
            line.remove(&(place.priority, place.number));
            if line.is_empty() {
                self.lines.remove(&place.line);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The first step, in the order of their coming, of those lines for which `by` finds somebody.
    pub(super) fn first<T>(&self, by: impl Fn(&Line, Step) -> Option<T>) -> Option<(Place, Step, T)> {
        let heads = self.lines.iter().filter_map(|(line, steps)| {
            let ((priority, number), step) = steps.first_key_value()?;
            let found = by(line, *step)?;
            Some((Place { line: line.clone(), priority: *priority, number: *number }, *step, found))
        });
        heads.min_by_key(|(place, ..)| place.number)
    }
}
