//! `metonic workflow list` and `count`: which runs there are.

use std::{fmt::Write as _, io, time::SystemTime};

use serde_json::{Value as Json, json};

use super::{
    arguments::{Count, List},
    on_runs,
    trouble::Trouble,
};
use crate::{
    app::Environment,
    cli::{Exit, arguments::OutputFormat, output},
    temporal::RunRow,
    value::{Value, format_time},
};

pub(super) fn list(list: List, environment: Environment) -> io::Result<Exit> {
    on_runs(&list.server, environment, async |runs| {
        let rows = runs.list(&list.query, list.limit).await.map_err(|error| Trouble::of_many("listed", error))?;
        match list.output.format {
            OutputFormat::Text => output::data(table(&rows))?,
            OutputFormat::Json => output::data(rows.iter().map(json).collect::<Json>())?,
        }
        Ok(Exit::Done)
    })
}

pub(super) fn count(count: Count, environment: Environment) -> io::Result<Exit> {
    on_runs(&count.server, environment, async |runs| {
        let counted = runs.count(&count.query).await.map_err(|error| Trouble::of_many("counted", error))?;
        let groups = counted.groups.iter();
        match count.output.format {
            OutputFormat::Text => {
                let mut text = String::new();
                for (values, count) in groups {
                    let values: Vec<String> = values.iter().map(plain).collect();
                    // Writing to a text cannot fail.
                    let _ = writeln!(text, "{count:>8}  {}", values.join(" "));
                }
                let _ = writeln!(text, "{:>8}", counted.all);
                output::data(text)?;
            }
            OutputFormat::Json => {
                let groups: Vec<Json> =
                    groups.map(|(values, count)| json!({ "values": values, "count": count })).collect();
                output::data(json!({ "count": counted.all, "groups": groups }))?;
            }
        }
        Ok(Exit::Done)
    })
}

/// A line for each run; nothing but the names of the columns if there is none.
fn table(rows: &[RunRow]) -> String {
    let width = |cell: fn(&RunRow) -> &str, name: &str| {
        rows.iter().map(|row| cell(row).chars().count()).chain([name.len()]).max().unwrap_or(0)
    };
    let status = width(|row| &row.status, "STATUS");
    let id = width(|row| &row.run.workflow_id, "ID");
    let kind = width(|row| &row.workflow_type, "TYPE");
    let mut text = format!("{:<status$}  {:<id$}  {:<kind$}  {:<24}  CLOSED\n", "STATUS", "ID", "TYPE", "STARTED");
    for row in rows {
        let line = format!(
            "{:<status$}  {:<id$}  {:<kind$}  {:<24}  {}",
            row.status,
            row.run.workflow_id,
            row.workflow_type,
            time(row.started),
            time(row.closed),
        );
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A run as the lists and descriptions of machines have it.
pub(super) fn json(row: &RunRow) -> Json {
    json!({
        "workflowId": row.run.workflow_id,
        "runId": row.run.run_id,
        "type": row.workflow_type,
        "taskQueue": row.task_queue,
        "status": row.status,
        "startTime": row.started.map(format_time),
        "closeTime": row.closed.map(format_time),
        "historyLength": row.history_length,
        "historySize": row.history_size,
        "parent": row.parent,
        "memo": row.memo,
        "searchAttributes": row.search_attributes,
    })
}

pub(super) fn time(time: Option<SystemTime>) -> String {
    time.map(format_time).unwrap_or_default()
}

fn plain(value: &Value) -> String {
    value.as_text().map_or_else(|| value.to_json(), str::to_owned)
}
