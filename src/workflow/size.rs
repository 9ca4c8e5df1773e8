//! How large a step is. The server ends a run whose step is too large, so it must not get there: every
//! text and every value of a command counts, whoever wrote it.

use std::io;

use crate::{
    value::{Failure, FailureInfo, Map, Value},
    workflow::{
        Command, ContinueAsNew, Emitted, Headers, Outcome, Priority, Queue, Relative, RetryPolicy, ScheduleActivity,
        SearchAttributes, SignalTarget, SignalWorkflow, StartChild, Update, UpdateAnswer, VersioningOverride,
    },
};

/// What the server adds to each command and payload, roughly.
const OVERHEAD: usize = 64;

/// The bytes of the largest payload of a command, and of everything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) largest: usize,
    pub(super) all: usize,
}

pub(super) fn of(emitted: &Emitted) -> Size {
    let mut size = Size { largest: 0, all: OVERHEAD };
    match &emitted.command {
        Command::StartTimer { summary, .. } => size.add_shown([summary]),
        Command::ScheduleActivity(activity) => size.add_activity(activity),
        Command::StartChild(child) => size.add_child(child),
        Command::CancelChild { reason, .. } => size.add_texts([reason]),
        Command::SignalWorkflow(signal) => size.add_signal(signal),
        Command::CancelWorkflow { target, reason, .. } => {
            size.add_relative(target);
            size.add_texts([reason]);
        }
        // The core writes it as a marker and as a search attribute.
        Command::SetPatch { id, .. } => size.add_texts([id, id]),
        Command::UpsertSearchAttributes(attributes) => size.add_attributes(attributes),
        Command::UpsertMemo(memo) => size.add_map(memo),
        Command::AnswerQuery { answer, .. } => size = of_answer(answer),
        Command::AnswerUpdate { protocol_id, answer } => {
            size.add_texts([protocol_id]);
            match answer {
                UpdateAnswer::Complete(value) => size.add(value),
                UpdateAnswer::Reject(failure) => size.add_failure(failure),
                UpdateAnswer::Accept => {}
            }
        }
        Command::Complete(value) => size.add(value),
        Command::Fail(failure) => size.add_failure(failure),
        Command::ContinueAsNew(next) => size.add_next(next),
        Command::CancelTimer(_) | Command::CancelActivity { .. } | Command::CancelSignal(_) | Command::Cancelled => {}
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

/// The bytes of what an update asks, as it came if that is more.
pub(super) fn of_update(update: &Update) -> usize {
    let mut size = Size { largest: 0, all: OVERHEAD };
    size.add_texts([&update.id, &update.name]);
    size.add_headers(&update.headers);
    update.arguments.iter().for_each(|argument| size.add(argument));
    size.all.max(update.bytes)
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
    fn add_activity(&mut self, activity: &ScheduleActivity) {
        let ScheduleActivity { activity_type, activity_id, queue, arguments, headers, summary, .. } = activity;
        self.add_texts([activity_type]);
        self.add_texts(activity_id);
        self.add_queue(queue);
        self.add_all(arguments);
        self.add_headers(headers);
        self.add_retry(activity.retry.as_ref());
        self.add_priority(activity.priority.as_ref());
        self.add_shown([summary]);
    }

    fn add_child(&mut self, child: &StartChild) {
        let StartChild { workflow_type, workflow_id, namespace, cron, summary, details, .. } = child;
        self.add_texts([workflow_type, workflow_id].into_iter().chain(namespace).chain(cron));
        self.add_queue(&child.queue);
        self.add_all(&child.arguments);
        self.add_headers(&child.headers);
        self.add_map(&child.memo);
        self.add_attributes(&child.search_attributes);
        self.add_retry(child.retry.as_ref());
        self.add_priority(child.priority.as_ref());
        if let Some(VersioningOverride::Pinned { deployment, build_id }) = &child.versioning {
            self.add_texts([deployment, build_id]);
        }
        self.add_shown([summary, details]);
    }

    fn add_signal(&mut self, signal: &SignalWorkflow) {
        let SignalWorkflow { seq: _, target, name, arguments, headers } = signal;
        match target {
            SignalTarget::Workflow(target) => self.add_relative(target),
            SignalTarget::Child(id) => self.add_texts([id]),
        }
        self.add_texts([name]);
        self.add_all(arguments);
        self.add_headers(headers);
    }

    fn add_next(&mut self, next: &ContinueAsNew) {
        self.add_texts(&next.workflow_type);
        self.add_queue(&next.queue);
        self.add_all(&next.arguments);
        self.add_headers(&next.headers);
        next.memo.iter().for_each(|memo| self.add_map(memo));
        next.search_attributes.iter().for_each(|attributes| self.add_attributes(attributes));
        self.add_retry(next.retry.as_ref());
    }

    fn add_relative(&mut self, run: &Relative) {
        self.add_texts([&run.namespace, &run.workflow_id, &run.run_id]);
    }

    fn add_queue(&mut self, queue: &Queue) {
        if let Queue::Named(name) | Queue::Full(name) = queue {
            self.add_texts([name]);
        }
    }

    fn add_retry(&mut self, retry: Option<&RetryPolicy>) {
        self.add_texts(retry.iter().flat_map(|retry| &retry.non_retryable_error_types));
    }

    fn add_priority(&mut self, priority: Option<&Priority>) {
        self.add_texts(priority.map(|priority| &priority.fairness_key));
    }

    fn add_headers(&mut self, headers: &Headers) {
        self.add_texts(headers.keys());
        self.add_all(headers.values());
    }

    fn add_map(&mut self, map: &Map) {
        self.add_texts(map.keys());
        self.add_all(map.values());
    }

    fn add_attributes(&mut self, attributes: &SearchAttributes) {
        self.add_texts(attributes.keys());
        self.add_all(attributes.values().map(|attribute| &attribute.value));
    }

    fn add_all<'a>(&mut self, values: impl IntoIterator<Item = &'a Value>) {
        values.into_iter().for_each(|value| self.add(value));
    }

    fn add(&mut self, value: &Value) {
        let bytes = encoded(value);
        self.largest = self.largest.max(bytes);
        self.all += bytes + OVERHEAD;
    }

    /// Names and such, which stand as they are.
    fn add_texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) {
        self.all += texts.into_iter().map(String::len).sum::<usize>();
    }

    /// What people are shown beside a command; it travels as a value.
    fn add_shown<const COUNT: usize>(&mut self, texts: [&Option<String>; COUNT]) {
        self.all += texts.into_iter().flatten().map(|text| json(text) + OVERHEAD).sum::<usize>();
    }

    fn add_failure(&mut self, failure: &Failure) {
        let anew = Self::of_failure_anew(failure);
        self.largest = self.largest.max(anew.largest);
        // It is sent on as it came, or written anew.
        self.all += anew.all.max(failure.original.len()) + OVERHEAD;
        if let Some(cause) = &failure.cause {
            self.add_failure(cause);
        }
    }

    /// A failure without its cause, made of its fields.
    fn of_failure_anew(failure: &Failure) -> Self {
        let Failure { kind, foreign_type, message, stack, source, .. } = failure;
        let mut size = Self { largest: 0, all: 0 };
        size.add_texts([kind, foreign_type, message, stack, source]);
        match &failure.info {
            // Details that came from elsewhere are sent in the place of ours, which show the same.
            FailureInfo::Application { foreign_details, .. } if !foreign_details.is_empty() => {
                size.add_all(foreign_details);
                return size;
            }
            FailureInfo::None
            | FailureInfo::Application { .. }
            | FailureInfo::Terminated
            | FailureInfo::Server { .. } => {}
            FailureInfo::Timeout { last_heartbeat: values, .. } | FailureInfo::Canceled { details: values } => {
                size.add_all(values);
            }
            FailureInfo::Activity { activity_id, activity_type, identity, .. } => {
                size.add_texts([activity_id, activity_type, identity]);
            }
            FailureInfo::Child { namespace, workflow_id, run_id, workflow_type, .. } => {
                size.add_texts([namespace, workflow_id, run_id, workflow_type]);
            }
            FailureInfo::Other(bytes) => size.all += bytes.len(),
        }
        size.add_all(&failure.details);
        size
    }
}

/// The bytes of a value as it travels.
pub(crate) fn encoded(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bytes(bytes) => bytes.len(),
        value => json(value),
    }
}

/// The bytes of what is written as JSON.
fn json<T: serde::Serialize + ?Sized>(value: &T) -> usize {
    let mut counter = Counter(0);
    // Neither a value nor a text has a way to fail, and the counter none either.
    let _ = serde_json::to_writer(&mut counter, value);
    counter.0
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

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(failure: Failure) -> usize {
        let mut size = Size { largest: 0, all: 0 };
        size.add_failure(&failure);
        size.all
    }

    fn from_elsewhere(details: Vec<Value>) -> Failure {
        let info = FailureInfo::Application { next_retry_delay: None, foreign_details: details.clone() };
        Failure { details: details.first().cloned(), info, ..Failure::default() }
    }

    #[test]
    fn details_that_came_from_elsewhere_count_once() {
        let details = vec![Value::from("x".repeat(1_000))];
        assert_eq!(bytes(from_elsewhere(details)) - bytes(Failure::default()), 1_002 + OVERHEAD);
    }

    #[test]
    fn a_failure_that_is_sent_on_as_it_came_counts_once() {
        let details = vec![Value::from("x".repeat(1_000))];
        let original = vec![0; 1_500];
        assert_eq!(bytes(Failure { original, ..from_elsewhere(details) }), 1_500 + OVERHEAD);
    }

    #[test]
    fn each_cause_counts() {
        let cause = Failure { message: "x".repeat(100), original: vec![0; 200], ..Failure::default() };
        let failure = Failure { message: "y".repeat(10), cause: Some(Box::new(cause)), ..Failure::default() };
        assert_eq!(bytes(failure), 10 + OVERHEAD + 200 + OVERHEAD);
    }
}
