//! A run's history as the steps its author wrote: what began, what it led to, who asked.
//!
//! Events come in their order, from a server or a file. What only the server cares about is no step;
//! a value that cannot be read is shown as it is encoded, never left out in silence.

mod ends;
mod event;
mod markers;
mod shown;
mod step;

#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use metonic_bridge::protos::temporal::api::history::v1::HistoryEvent;

use crate::{temporal::wire::from_timestamp, value::Value};

pub(super) use ends::{next_run, run_end};
pub(super) use event::update_outcome;
pub(super) use shown::{fields, some_value, some_values};
pub(crate) use step::{RunEnd, Step, What};

/// What is known of a run from its events so far.
#[derive(Debug, Default)]
pub(crate) struct Story {
    begun: Option<SystemTime>,
    /// What is under way, by the event that began it.
    open: BTreeMap<i64, Open>,
}

#[derive(Debug)]
enum Open {
    Activity { activity_type: String, arguments: Vec<Value>, since: SystemTime, attempt: i32 },
    Timer { after: Duration },
    Child { workflow_type: String, workflow_id: String, arguments: Vec<Value>, since: SystemTime },
    Update { name: String, id: String, since: SystemTime },
    SignalSent { name: String, workflow_id: String },
    CancelSent { workflow_id: String },
}

impl Story {
    /// What an event means to the author; nothing for what only the server cares about.
    pub(crate) fn take(&mut self, event: &HistoryEvent) -> Option<Step> {
        let time = event.event_time.as_ref().map_or(SystemTime::UNIX_EPOCH, from_timestamp);
        let begun = *self.begun.get_or_insert(time);
        let (what, by) = match run_end(event) {
            Some(end) => {
                self.open.clear();
                (What::Ended(end), event::who_ended(event))
            }
            None => self.read(event, time)?,
        };
        let by = Some(by).filter(|by| !by.is_empty());
        Some(Step { event: event.event_id, time, at: time.duration_since(begun).unwrap_or_default(), by, what })
    }
}
