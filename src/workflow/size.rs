//! How large a step is. The server ends a run whose step is too large, so it must not get there.

use std::io;

use crate::{
    value::{Failure, Map, Value},
    workflow::{Command, Emitted, Outcome, SearchAttributes, UpdateAnswer},
};

/// What the server adds to each command and payload, roughly.
const OVERHEAD: usize = 64;

/// The bytes of the largest payload of a command, and of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) largest: usize,
    pub(super) all: usize,
}

pub(super) fn of(emitted: &Emitted) -> Size {
    let mut size = Size { largest: 0, all: OVERHEAD };
    match &emitted.command {
        Command::ScheduleActivity(activity) => {
            size.add_all(activity.arguments.iter().chain(activity.headers.values()));
        }
        Command::AnswerQuery { answer, .. } => size = of_answer(answer),
        Command::AnswerUpdate { answer, .. } => match answer {
            UpdateAnswer::Complete(value) => size.add(value),
            UpdateAnswer::Reject(failure) => size.add_failure(failure),
            UpdateAnswer::Accept => {}
        },
        Command::StartChild(child) => {
            size.add_all(child.arguments.iter().chain(child.headers.values()).chain(child.memo.values()));
            size.add_attributes(&child.search_attributes);
        }
        Command::SignalWorkflow(signal) => size.add_all(signal.arguments.iter().chain(signal.headers.values())),
        Command::ContinueAsNew(next) => {
            let memo = next.memo.iter().flat_map(Map::values);
            size.add_all(next.arguments.iter().chain(next.headers.values()).chain(memo));
            next.search_attributes.iter().for_each(|attributes| size.add_attributes(attributes));
        }
        Command::UpsertSearchAttributes(attributes) => size.add_attributes(attributes),
        Command::UpsertMemo(memo) => size.add_all(memo.values()),
        Command::Complete(value) => size.add(value),
        Command::Fail(failure) => size.add_failure(failure),
        Command::StartTimer { .. }
        | Command::CancelTimer(_)
        | Command::CancelActivity { .. }
        | Command::CancelChild { .. }
        | Command::CancelSignal(_)
        | Command::CancelWorkflow { .. }
        | Command::SetPatch { .. }
        | Command::Cancelled => {}
    }
    size
}

/// The bytes that the record of what a local activity ended with has.
pub(super) fn of_outcome(outcome: &Outcome) -> usize {
    let mut size = Size { largest: 0, all: OVERHEAD };
    match outcome {
        Outcome::Completed(value) => size.add(value),
        Outcome::Failed(failure) => size.add_failure(failure),
        Outcome::Fired | Outcome::Backoff { .. } | Outcome::ChildStarted { .. } => {}
    }
    size.all
}

/// The bytes of an answer to a query.
pub(super) fn of_answer(answer: &Result<Value, Failure>) -> Size {
    let mut size = Size { largest: 0, all: OVERHEAD };
    match answer {
        Ok(value) => size.add(value),
        Err(failure) => size.add_failure(failure),
    }
    size
}

impl Size {
    fn add_all<'a>(&mut self, values: impl Iterator<Item = &'a Value>) {
        values.for_each(|value| self.add(value));
    }

    fn add_attributes(&mut self, attributes: &SearchAttributes) {
        self.add_all(attributes.values().map(|attribute| &attribute.value));
    }

    fn add(&mut self, value: &Value) {
        let bytes = encoded(value);
        self.largest = self.largest.max(bytes);
        self.all += bytes + OVERHEAD;
    }

    fn add_failure(&mut self, failure: &Failure) {
        self.all += failure.message.len() + failure.stack.len() + OVERHEAD;
        self.add_all(failure.details.iter());
        if let Some(cause) = &failure.cause {
            self.add_failure(cause);
        }
    }
}

/// The bytes of a value as it travels.
pub(crate) fn encoded(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bytes(bytes) => bytes.len(),
        value => {
            let mut counter = Counter(0);
            // A value has no way to fail, and the counter none either.
            let _ = serde_json::to_writer(&mut counter, value);
            counter.0
        }
    }
}

struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
