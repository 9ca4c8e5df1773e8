//! `metonic workflow describe ID`: what the server knows of a run, and what the run waits for.

use std::{fmt::Write as _, io};

use serde_json::{Value as Json, json};

use super::{
    arguments::Describe,
    list::{json as row_json, time},
    on_runs,
    trouble::Trouble,
    watch::{activity_json, under_way},
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output, style::strong},
    temporal::{Description, PendingChild},
    value::{Map, Value},
};

pub(super) fn run(arguments: Describe, environment: Environment) -> io::Result<Exit> {
    let Describe { run, output: shown } = arguments;
    on_runs(&run.server, environment, async |runs| {
        let now = runs.describe(&run.key()).await;
        let now = now.map_err(|error| Trouble::refused("described", &run.id, error))?;
        match shown.format {
            OutputFormat::Text => output::data(text(&now))?,
            OutputFormat::Json => output::data(json(&now))?,
        }
        Ok(Exit::Done)
    })
}

/// Lines for what there is; a run that waits for nothing has none about waiting.
fn text(now: &Description) -> String {
    let row = &now.row;
    let mut text = format!("{}  {}  {}\n\n", strong(&row.workflow_type), row.run.workflow_id, row.status);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "  {name:<12}{value}");
        }
    };
    line("run", row.run.run_id.clone());
    line("queue", row.task_queue.clone());
    line("started", time(row.started));
    line("closed", time(row.closed));
    line("history", format!("{} events, {} bytes", row.history_length, row.history_size));
    line("parent", row.parent.clone().unwrap_or_default());
    line("attributes", fields(&row.search_attributes));
    line("memo", fields(&row.memo));
    if let Some((by, reason)) = &now.paused {
        line("paused", format!("by {by}  {reason}").trim_end().to_owned());
    }
    if now.cancel_requested {
        line("cancel", "requested".to_owned());
    }
    if let Some(attempt) = now.task_attempt {
        let what = if attempt > 1 { "fails and is tried again" } else { "waits or runs" };
        line("task", format!("{what}, attempt {attempt}"));
    }
    for activity in &now.activities {
        line("activity", format!("{}  {}", activity.activity_type, under_way(activity)));
    }
    for child in &now.children {
        line("child", format!("{}  {}", child.workflow_type, child.workflow_id));
    }
    text
}

fn fields(map: &Map) -> String {
    if map.is_empty() { String::new() } else { Value::Map(map.clone()).to_json() }
}

fn json(now: &Description) -> Json {
    let mut shown = row_json(&now.row);
    shown["cancelRequested"] = json!(now.cancel_requested);
    shown["paused"] = json!(now.paused.as_ref().map(|(by, reason)| json!({ "by": by, "reason": reason })));
    shown["taskAttempt"] = json!(now.task_attempt);
    shown["pendingActivities"] = now.activities.iter().map(activity_json).collect();
    let child = |child: &PendingChild| json!({ "type": child.workflow_type, "workflowId": child.workflow_id });
    shown["pendingChildren"] = now.children.iter().map(child).collect();
    shown
}
