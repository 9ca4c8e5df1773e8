//! A run as its author thinks of it: a line for each step, named by what was written.

use std::{fmt::Write as _, time::Duration};

use super::style::{bad, doubtful, faint, good, strong};
use crate::{
    ops::Started,
    temporal::{RunEnd, Step, What},
    value::{Failure, Value, format_duration},
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
        let _ = write!(line, "  {ui}/namespaces/{}/workflows/{id}", started.client.namespace);
    }
    line + "\n"
}

/// One step.
pub(super) fn line(step: &Step) -> String {
    let at = faint(format!("{:>7.2}s", step.at.as_secs_f64()));
    let (name, value, took) = describe(&step.what);
    let width = VALUE.saturating_sub(plain_width(&value));
    let took = took.map(|took| format!("{:width$}  {}", "", faint(short(took)))).unwrap_or_default();
    format!("{at}  {name:<STEP$}  {value}{took}").trim_end().to_owned()
}

fn describe(what: &What) -> (String, String, Option<Duration>) {
    match what {
        What::Started { arguments } => ("started".to_owned(), list(arguments), None),
        What::Activity { activity_type, took, outcome } => {
            let outcome = match outcome {
                Ok(value) => format!("{} {}", good("→"), value.to_json()),
                Err(failure) => self::failure(failure),
            };
            (activity_type.clone(), outcome, Some(*took))
        }
        What::Timer { after } => (format!("timer {}", format_duration(*after)), String::new(), None),
        What::Signal { name, arguments } => (format!("signal {name}"), list(arguments), None),
        What::CancelRequested => ("cancel requested".to_owned(), String::new(), None),
        What::TaskFailed { message } => {
            ("task failed".to_owned(), doubtful(message.lines().next().unwrap_or_default()).to_string(), None)
        }
        What::Ended(end) => {
            let (name, value) = ending(end);
            (name.to_owned(), value, None)
        }
    }
}

fn ending(end: &RunEnd) -> (&'static str, String) {
    match end {
        RunEnd::Completed(value) => ("completed", good(value.to_json()).to_string()),
        RunEnd::Failed(failure) => ("failed", self::failure(failure)),
        RunEnd::Canceled => ("canceled", String::new()),
        RunEnd::Terminated(reason) => ("terminated", reason.clone()),
        RunEnd::TimedOut => ("timed out", String::new()),
        RunEnd::ContinuedAsNew(run) => ("continued as new", format!("run {run}")),
    }
}

/// `OutOfStock: there are no unicorns left`, of the failure that began it all.
fn failure(failure: &Failure) -> String {
    let mut first = failure;
    while let Some(cause) = &first.cause {
        first = cause;
    }
    let text = if first.kind.is_empty() { first.message.clone() } else { format!("{}: {}", first.kind, first.message) };
    bad(text).to_string()
}

fn list(values: &[Value]) -> String {
    values.iter().map(Value::to_json).collect::<Vec<_>>().join(" ")
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
    use super::*;

    fn plain(what: What) -> String {
        let line = line(&Step { at: Duration::from_millis(1234), what });
        anstream::adapter::strip_str(&line).to_string()
    }

    #[test]
    fn a_step_is_named_by_what_was_written() {
        let outcome = Ok(Value::from_json(br#"{"id":"pay_1"}"#).unwrap());
        let step = What::Activity { activity_type: "app:charge".into(), took: Duration::from_millis(96), outcome };
        let expected = format!("   1.23s  {:22}  {:44}  96ms", "app:charge", r#"→ {"id":"pay_1"}"#);
        assert_eq!(plain(step), expected);
    }

    #[test]
    fn a_failure_is_shown_as_its_author_made_it() {
        let made = Failure::new("OutOfStock", "there are no unicorns left");
        let wrapped = Failure::new("", "activity error").caused_by(made);
        let line = plain(What::Ended(RunEnd::Failed(Box::new(wrapped))));
        assert_eq!(line, "   1.23s  failed                  OutOfStock: there are no unicorns left");
    }

    #[test]
    fn a_timer_is_shown_as_it_was_written() {
        assert_eq!(plain(What::Timer { after: Duration::from_secs(90) }), "   1.23s  timer 1m30s");
    }
}
