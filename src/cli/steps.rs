//! A run as its author thinks of it: a line for each step, named by what was written.

use std::{fmt::Write as _, time::Duration};

use super::style::{bad, doubtful, faint, good, strong};
use crate::{
    ops::Started,
    temporal::{RunEnd, Step, What},
    value::{Failure, Map, Value, format_duration},
};

/// The widths of the columns for the step and for its value.
const STEP: usize = 22;
const VALUE: usize = 44;

/// `app:order  order-7f3a  run 01a1f990  queue orders`.
pub(super) fn heading(started: &Started, ui: Option<&str>) -> String {
    let run: String = started.run.run_id.chars().take(8).collect();
    let (id, queue) = (&started.run.workflow_id, &started.task_queue);
    let mut line = format!("{}  {id}  run {run}  queue {queue}", strong(&started.entry));
    if let Some(ui) = ui {
        let _ = write!(line, "  {ui}/namespaces/{}/workflows/{id}", started.runs.namespace());
    }
    line + "\n"
}

/// One step.
pub(super) fn line(step: &Step) -> String {
    let at = faint(format!("{:>7.2}s", step.at.as_secs_f64()));
    let described = describe(&step.what, Payloads::Shown);
    let (name, value, after) = (&described.name, &described.value, described.after_all());
    let width = VALUE.saturating_sub(plain_width(value));
    let after = if after.is_empty() { String::new() } else { format!("{:width$}  {}", "", faint(after)) };
    format!("{at}  {name:<STEP$}  {value}{after}").trim_end().to_owned()
}

/// A line in the same columns for what has no place in time.
pub(super) fn line_without_time(name: &str, value: &str) -> String {
    format!("{:8}  {name:<STEP$}  {value}", "").trim_end().to_owned()
}

/// Whether what the run was given and gave is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payloads {
    Shown,
    LeftOut,
}

/// What a step is to people.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) value: String,
    took: Option<Duration>,
    attempt: u32,
}

impl Described {
    fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), took: None, attempt: 1 }
    }

    /// `96ms  attempt 3`
    pub(super) fn after_all(&self) -> String {
        let mut after = self.took.map(short).unwrap_or_default();
        if self.attempt > 1 {
            // Writing to a text cannot fail.
            let _ = write!(after, "  attempt {}", self.attempt);
        }
        after
    }

    fn after(self, took: Duration) -> Self {
        Self { took: Some(took), ..self }
    }

    fn at_attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }
}

pub(super) fn describe(what: &What, payloads: Payloads) -> Described {
    let outcome = |outcome: &Result<Value, Box<Failure>>| self::outcome(outcome, payloads);
    let list = |values: &[Value]| payloads.list(values);
    match what {
        What::Started { arguments, .. } => Described::new("started", list(arguments)),
        What::Activity { activity_type, took, attempt, outcome: ended, .. } => {
            Described::new(activity_type, outcome(ended)).after(*took).at_attempt(attempt.unsigned_abs())
        }
        What::LocalActivity { activity_type, attempt, outcome: ended } => {
            Described::new(format!("{activity_type} (local)"), outcome(ended)).at_attempt(*attempt)
        }
        What::SideEffect { outcome: ended } => Described::new("side effect", outcome(ended)),
        What::ChildStarted { workflow_type, workflow_id, arguments } => {
            Described::new(workflow_type, join(["started as", workflow_id, &list(arguments)]))
        }
        What::Child { workflow_type, took, outcome: ended, .. } => {
            Described::new(workflow_type, outcome(ended)).after(*took)
        }
        What::Timer { after } => Described::new(format!("timer {}", format_duration(*after)), ""),
        What::Signal { name, arguments } => Described::new(format!("signal {name}"), list(arguments)),
        What::SignalSent { name, workflow_id, refused } => {
            Described::new(format!("sent signal {name}"), sent(workflow_id, refused.as_deref()))
        }
        What::CancelSent { workflow_id, refused } => {
            Described::new("sent cancel", sent(workflow_id, refused.as_deref()))
        }
        What::UpdateAccepted { name, arguments, .. } => Described::new(format!("update {name}"), list(arguments)),
        What::Update { name, took, outcome: ended, .. } => {
            Described::new(format!("update {name}"), outcome(ended)).after(*took)
        }
        What::Attributes(changed) => Described::new("attributes", payloads.fields(changed)),
        What::Memo(changed) => Described::new("memo", payloads.fields(changed)),
        What::Patch { id, deprecated: false } => Described::new(format!("patch {id}"), ""),
        What::Patch { id, deprecated: true } => Described::new(format!("patch {id}"), "deprecated"),
        What::CancelRequested { reason } => Described::new("cancel requested", reason),
        What::Paused { reason } => Described::new("paused", reason),
        What::Unpaused { reason } => Described::new("unpaused", reason),
        What::TaskFailed { message } => {
            Described::new("task failed", doubtful(message.lines().next().unwrap_or_default()).to_string())
        }
        What::TaskTimedOut => Described::new("task timed out", doubtful("no worker answered in time").to_string()),
        What::Ended(end) => {
            let (name, value) = ending(end, payloads);
            Described::new(name, value)
        }
    }
}

fn outcome(outcome: &Result<Value, Box<Failure>>, payloads: Payloads) -> String {
    match outcome {
        Ok(value) => format!("{} {}", good("→"), payloads.value(value)),
        Err(failure) => self::failure(failure),
    }
}

fn ending(end: &RunEnd, payloads: Payloads) -> (&'static str, String) {
    match end {
        RunEnd::Completed(value) => ("completed", good(payloads.value(value)).to_string()),
        RunEnd::Failed(failure) => ("failed", self::failure(failure)),
        RunEnd::Canceled => ("canceled", String::new()),
        RunEnd::Terminated(reason) => ("terminated", reason.clone()),
        RunEnd::TimedOut => ("timed out", String::new()),
        RunEnd::ContinuedAsNew { run_id, arguments } => {
            ("continued as new", join(["run", run_id, &payloads.list(arguments)]))
        }
    }
}

/// `OutOfStock: there are no unicorns left`, of the failure that began it all.
pub(super) fn failure(failure: &Failure) -> String {
    let mut first = failure;
    // The core gives the cause of a cancellation no words.
    while let Some(cause) = first.cause.as_deref().filter(|cause| !cause.message.is_empty()) {
        first = cause;
    }
    let text = if first.kind.is_empty() { first.message.clone() } else { format!("{}: {}", first.kind, first.message) };
    bad(text).to_string()
}

fn sent(workflow_id: &str, refused: Option<&str>) -> String {
    match refused {
        None => format!("to {workflow_id}"),
        Some(why) => format!("to {workflow_id}: {}", bad(why)),
    }
}

impl Payloads {
    pub(super) fn value(self, value: &Value) -> String {
        match self {
            Self::Shown => value.to_json(),
            Self::LeftOut => "…".to_owned(),
        }
    }

    pub(super) fn list(self, values: &[Value]) -> String {
        values.iter().map(|value| self.value(value)).collect::<Vec<_>>().join(" ")
    }

    /// The names are no values.
    fn fields(self, map: &Map) -> String {
        match self {
            Self::Shown => Value::Map(map.clone()).to_json(),
            Self::LeftOut => map.keys().map(String::as_str).collect::<Vec<_>>().join(" "),
        }
    }
}

fn join<const N: usize>(words: [&str; N]) -> String {
    words.join(" ").trim_end().to_owned()
}

/// To the millisecond below a second, to the hundredth above.
fn short(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{}ms", took.as_millis())
    } else {
        format!("{:.2}s", took.as_secs_f64())
    }
}

/// How wide a text is without its colours.
fn plain_width(text: &str) -> usize {
    let mut inside = false;
    let counts = |character: &char| {
        inside |= *character == '\u{1b}';
        let counts = !inside;
        inside &= *character != 'm';
        counts
    };
    text.chars().filter(counts).count()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn plain(what: What) -> String {
        let at = Duration::from_millis(1234);
        let line = line(&Step { event: 7, time: SystemTime::UNIX_EPOCH, at, by: None, what });
        anstream::adapter::strip_str(&line).to_string()
    }

    fn activity(attempt: i32) -> What {
        let outcome = Ok(Value::from_json(br#"{"id":"pay_1"}"#).unwrap());
        let (activity_type, took) = ("app:charge".to_owned(), Duration::from_millis(96));
        What::Activity { activity_type, arguments: Vec::new(), took, attempt, outcome }
    }

    #[test]
    fn a_step_is_named_by_what_was_written() {
        let expected = format!("   1.23s  {:22}  {:44}  96ms", "app:charge", r#"→ {"id":"pay_1"}"#);
        assert_eq!(plain(activity(1)), expected);
    }

    #[test]
    fn an_attempt_that_is_not_the_first_is_counted() {
        assert!(plain(activity(3)).ends_with("  96ms  attempt 3"));
    }

    #[test]
    fn a_failure_is_shown_as_its_author_made_it() {
        let made = Failure::new("OutOfStock", "there are no unicorns left");
        let wrapped = Failure::new("", "activity error").caused_by(made);
        let line = plain(What::Ended(RunEnd::Failed(Box::new(wrapped))));
        assert_eq!(line, "   1.23s  failed                  OutOfStock: there are no unicorns left");
    }

    #[test]
    fn a_failure_whose_cause_has_no_words_is_shown_by_its_own() {
        let wrapped = Failure::new("Canceled", "the child was cancelled").caused_by(Failure::new("Canceled", ""));
        let line = plain(What::Ended(RunEnd::Failed(Box::new(wrapped))));
        assert_eq!(line, "   1.23s  failed                  Canceled: the child was cancelled");
    }

    #[test]
    fn a_timer_is_shown_as_it_was_written() {
        assert_eq!(plain(What::Timer { after: Duration::from_secs(90) }), "   1.23s  timer 1m30s");
    }

    #[test]
    fn a_message_to_another_workflow_says_why_it_did_not_arrive() {
        let refused = Some("namespace not found".to_owned());
        let line = plain(What::SignalSent { name: "go".into(), workflow_id: "w-2".into(), refused });
        assert_eq!(line, "   1.23s  sent signal go          to w-2: namespace not found");
    }
}
