//! Completions as specifications write them: a command a line, with where it was made.

use crate::{
    value::{Failure, Map, Value, format_duration},
    workflow::{
        ChildCancellation, Command, Completion, ContinueAsNew, Emitted, Headers, ParentClosePolicy, Queue, Relative,
        RunTimeouts, SearchAttributes, SignalTarget, StartChild, UpdateAnswer,
    },
};

/// A completion as specifications write it.
pub(crate) fn show(completion: &Completion) -> String {
    match completion {
        Completion::Commands(commands) if commands.is_empty() => "nothing\n".to_owned(),
        Completion::Commands(commands) => commands.iter().map(|emitted| show_command(emitted) + "\n").collect(),
        Completion::TaskFailed(failed) => {
            let mut lines = vec![
                format!("TaskFailed {:?}", failed.cause),
                format!("{}: {}", failed.failure.kind, failed.failure.message),
            ];
            lines.extend(failed.failure.stack.lines().map(|line| format!("  {line}")));
            lines.join("\n") + "\n"
        }
    }
}

fn show_command(emitted: &Emitted) -> String {
    let text = match &emitted.command {
        Command::StartTimer { seq, after, summary } => {
            let summary = summary.as_ref().map(|summary| format!(" ({summary})")).unwrap_or_default();
            format!("{} StartTimer {}{summary}", seq.0, format_duration(*after))
        }
        Command::CancelTimer(seq) => format!("{} CancelTimer", seq.0),
        Command::ScheduleActivity(activity) => {
            let what = if activity.local.is_some() { "ScheduleLocalActivity" } else { "ScheduleActivity" };
            let mut words = vec![format!("{} {what} {}", activity.seq.0, activity.activity_type)];
            words.extend(activity.arguments.iter().map(Value::to_json));
            words.extend(show_headers(&activity.headers));
            words.extend((activity.queue != Queue::Own).then(|| format!("({:?})", activity.queue)));
            if let Some(local) = activity.local.as_ref().filter(|local| local.attempt > 1) {
                words.push(format!(
                    "(attempt {}, id {})",
                    local.attempt,
                    activity.activity_id.as_deref().unwrap_or("")
                ));
            }
            words.extend(activity.summary.as_ref().map(|summary| format!("(summary {summary})")));
            words.extend(activity.priority.as_ref().map(|priority| format!("({priority:?})")));
            words.extend(activity.intent.map(|intent| format!("({intent:?})")));
            words.join(" ")
        }
        Command::CancelActivity { seq, .. } => format!("{} CancelActivity", seq.0),
        Command::StartChild(child) => show_child(child),
        Command::CancelChild { seq, reason } => with_reason(format!("{} CancelChild", seq.0), reason),
        Command::SignalWorkflow(signal) => {
            let mut words = vec![format!("{} Signal", signal.seq.0)];
            words.push(match &signal.target {
                SignalTarget::Workflow(relative) => show_relative(relative),
                SignalTarget::Child(workflow_id) => format!("child {workflow_id}"),
            });
            words.push(signal.name.clone());
            words.extend(signal.arguments.iter().map(Value::to_json));
            words.extend(show_headers(&signal.headers));
            words.join(" ")
        }
        Command::CancelSignal(seq) => format!("{} CancelSignal", seq.0),
        Command::CancelWorkflow { seq, target, reason } => {
            with_reason(format!("{} CancelWorkflow {}", seq.0, show_relative(target)), reason)
        }
        Command::SetPatch { id, deprecated: false } => format!("SetPatch {id}"),
        Command::SetPatch { id, deprecated: true } => format!("SetPatch {id} (deprecated)"),
        Command::UpsertSearchAttributes(attributes) => {
            format!("UpsertSearchAttributes {}", show_attributes(attributes))
        }
        Command::UpsertMemo(memo) => format!("UpsertMemo {}", Value::Map(memo.clone()).to_json()),
        Command::ContinueAsNew(next) => show_next(next),
        Command::AnswerQuery { answer: Ok(value), .. } => format!("Answer {}", shown(value)),
        Command::AnswerQuery { answer: Err(failure), .. } => format!("Answer {}", show_failure(failure)),
        Command::AnswerUpdate { protocol_id, answer } => {
            let whose = match protocol_id.strip_prefix("protocol of ") {
                Some("update-1") | None => String::new(),
                Some(id) => format!("#{id} "),
            };
            match answer {
                UpdateAnswer::Accept => format!("Accept {whose}").trim_end().to_owned(),
                UpdateAnswer::Reject(failure) => format!("Reject {whose}{}", show_failure(failure)),
                UpdateAnswer::Complete(value) => format!("CompleteUpdate {whose}{}", value.to_json()),
            }
        }
        Command::Complete(value) => format!("Complete {}", value.to_json()),
        Command::Fail(failure) => format!("Fail {}", show_failure(failure)),
        Command::Cancelled => "Cancelled".to_owned(),
    };
    match emitted.site.first() {
        Some(site) => format!("{text}   {}", site.place),
        None => text,
    }
}

fn show_headers(headers: &Headers) -> impl Iterator<Item = String> {
    headers.iter().map(|(name, value)| format!("[{name} {}]", value.to_json()))
}

fn show_relative(relative: &Relative) -> String {
    let run = if relative.run_id.is_empty() { String::new() } else { format!("/{}", relative.run_id) };
    let namespace = if relative.namespace.is_empty() { String::new() } else { format!("{}:", relative.namespace) };
    format!("{namespace}{}{run}", relative.workflow_id)
}

fn with_reason(text: String, reason: &str) -> String {
    if reason.is_empty() { text } else { format!("{text}: {reason}") }
}

fn show_attributes(attributes: &SearchAttributes) -> String {
    let shown = attributes.iter().map(|(name, one)| format!("{name}={} ({})", one.value.to_json(), one.kind.name()));
    shown.collect::<Vec<_>>().join(" ")
}

/// What differs from the default, in the order of the fields.
fn show_child(child: &StartChild) -> String {
    let plain = plain_child(child);
    let mut words = vec![format!("{} StartChild {} {}", child.seq.0, child.workflow_type, child.workflow_id)];
    words.extend(child.arguments.iter().map(Value::to_json));
    words.extend(show_headers(&child.headers));
    let mut option = |shown: bool, text: String| words.extend(shown.then(|| format!("({text})")));
    option(child.namespace.is_some(), format!("namespace {}", child.namespace.as_deref().unwrap_or_default()));
    option(child.queue != plain.queue, format!("{:?}", child.queue));
    option(child.timeouts != plain.timeouts, format!("{:?}", child.timeouts));
    option(child.parent_close != plain.parent_close, format!("{:?}", child.parent_close));
    option(child.id_reuse.is_some(), format!("{:?}", child.id_reuse));
    option(child.retry.is_some(), format!("{:?}", child.retry));
    option(child.cron.is_some(), format!("cron {}", child.cron.as_deref().unwrap_or_default()));
    option(!child.memo.is_empty(), format!("memo {}", Value::Map(child.memo.clone()).to_json()));
    option(!child.search_attributes.is_empty(), show_attributes(&child.search_attributes));
    option(child.cancellation != plain.cancellation, format!("{:?}", child.cancellation));
    option(child.priority.is_some(), format!("{:?}", child.priority));
    option(child.versioning.is_some(), format!("{:?}", child.versioning));
    option(child.intent.is_some(), format!("{:?}", child.intent));
    option(child.summary.is_some(), format!("summary {}", child.summary.as_deref().unwrap_or_default()));
    option(child.details.is_some(), format!("details {}", child.details.as_deref().unwrap_or_default()));
    words.join(" ")
}

/// A child of which nothing was said.
fn plain_child(child: &StartChild) -> StartChild {
    StartChild {
        seq: child.seq,
        workflow_type: child.workflow_type.clone(),
        workflow_id: child.workflow_id.clone(),
        namespace: None,
        queue: Queue::Own,
        arguments: Vec::new(),
        headers: Headers::default(),
        timeouts: RunTimeouts::default(),
        parent_close: ParentClosePolicy::default(),
        id_reuse: None,
        retry: None,
        cron: None,
        memo: Map::new(),
        search_attributes: SearchAttributes::new(),
        cancellation: ChildCancellation::default(),
        priority: None,
        versioning: None,
        intent: None,
        summary: None,
        details: None,
    }
}

fn show_next(next: &ContinueAsNew) -> String {
    let mut words = vec!["ContinueAsNew".to_owned()];
    words.extend(next.workflow_type.clone());
    words.extend(next.arguments.iter().map(Value::to_json));
    words.extend(show_headers(&next.headers));
    let mut option = |shown: bool, text: String| words.extend(shown.then(|| format!("({text})")));
    option(next.queue != Queue::Own, format!("{:?}", next.queue));
    option(next.timeouts != RunTimeouts::default(), format!("{:?}", next.timeouts));
    option(next.memo.is_some(), format!("memo {}", Value::Map(next.memo.clone().unwrap_or_default()).to_json()));
    option(next.search_attributes.is_some(), next.search_attributes.as_ref().map(show_attributes).unwrap_or_default());
    option(next.retry.is_some(), format!("{:?}", next.retry));
    option(next.intent.is_some(), format!("{:?}", next.intent));
    option(next.delay.is_some(), format!("delay {}", format_duration(next.delay.unwrap_or_default())));
    option(next.upgrades, "upgrades".to_owned());
    words.join(" ")
}

fn shown(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_json(), |text| format!("\n{text}"))
}

fn show_failure(failure: &Failure) -> String {
    let retryable = match failure.retryable {
        Some(false) => " (not retryable)",
        _ => "",
    };
    format!("{}: {}{retryable}", failure.kind, failure.message)
}
